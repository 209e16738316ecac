"""Builds a Policy out of parsed files and refuses one that is incomplete or contradicts itself, naming file and key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import cast, get_args

from lending.domain.application import Outcome
from lending.domain.errors import PolicyError
from lending.domain.policy import (
    Condition,
    Dated,
    Operator,
    Parameter,
    Policy,
    Product,
    ReasonText,
    Rule,
    Tier,
    Unit,
    Wording,
)
from lending.domain.policy_bounds import check_figures, check_rules
from lending.domain.policy_leaves import (
    Tree,
    choice_of,
    keys_of,
    list_of,
    number_of,
    refuse,
    text_of,
    texts_of,
    tree_of,
    words_of,
)

_WORD_OPERATORS = ("one_of", "none_of", "includes", "excludes")
FIELDS = frozenset(
    {
        "age_years", "age_at_maturity_years", "flag_count", "credit_score", "counted_income", "employment_status",
        "employment_months", "amount", "cash_out", "term_months", "collateral_kind", "collateral_value", "documents",
        "expired_documents", "co_applicant", "ltv", "ltv_at_maturity", "dti", "dti_stressed", "foir", "required_rate",
        "pd_12m",
    }
)  # fmt: skip
"""What a rule may look at; see `lending.domain.eligibility.fields`."""
_SAYS_A_WORD = ("employment_status", "collateral_kind", "co_applicant")
"""What a condition may look at: known before any rule is, and a word."""


def build_policy(files: Mapping[str, Tree], market: str, version: str, sha256: str) -> Policy:
    """A checked policy for one market.

    Args:
        files: path below kb/ to its parsed content, all leaves as text.
        market: name of the file under `markets/`.
        version: name of the policy.
        sha256: hash over the text of the files.

    Raises:
        PolicyError: naming the file, the key, what was found and what is expected.
    """
    place = f"markets/{market}.yaml"
    if place not in files:
        known = ", ".join(sorted(p[8:-5] for p in files if p.startswith("markets/")))
        raise PolicyError(f"market is {market}; kb/markets has {known}", field="market", found=market, expected=known,
                          do="Set CANDOR_MARKET to one of these.")  # fmt: skip
    home = keys_of(
        files[place], place, ("market", "currency", "locale", "apr_method", "parameters"), ("products", "rules")
    )
    wording = _wording(tree_of(files.get("reasons.yaml", {}), "reasons.yaml"))
    parameters = parameters_of(home["parameters"], place)
    rules = list(_rules(home.get("rules", []), place, wording))
    for path, tree in sorted(files.items()):
        if path.startswith("policy/"):
            shared = keys_of(tree, path, ("parameters",), ("rules", "description"))
            # A market says its own figure of what all share, such as a share that its law sets.
            parameters = parameters_of(shared["parameters"], path) | parameters
            rules += _rules(shared.get("rules", []), path, wording)
    own = tree_of(home.get("products", {}), f"{place}: products")
    products = _products(files, market, own, wording, parameters, rules)
    _known_parameters(rules, parameters, "policy/")
    text = {key: text_of(home[key], f"{place}: {key}") for key in ("currency", "locale", "apr_method")}
    return Policy(version, sha256, market, text["currency"], text["locale"], text["apr_method"],
                  parameters, tuple(rules), products, wording)  # fmt: skip


def _products(
    files: Mapping[str, Tree],
    market: str,
    overrides: Tree,
    wording: Wording,
    shared: Mapping[str, Parameter],
    rules: Sequence[Rule],
) -> dict[str, Product]:
    found: dict[str, Product] = {}
    for path, tree in sorted(files.items()):
        if path.startswith("products/"):
            product, markets = _product(tree, path, overrides, wording)
            if market in markets:
                known = {**shared, **product.parameters}
                _known_parameters(product.rules, known, path)
                check_figures(product, known, path)
                check_rules([*rules, *product.rules], path)
                found[product.name] = product
    return found


def _product(tree: Tree, path: str, overrides: Tree, wording: Wording) -> tuple[Product, tuple[str, ...]]:
    needed = ("product", "name", "market", "collateral", "repayment", "rate_kind", "benefits", "conditions",
              "parameters", "rules")  # fmt: skip
    keys = keys_of(tree, path, needed, ("interest", "assess", "before_payout"))
    name = text_of(keys["product"], f"{path}: product")
    override = tree_of(overrides.get(name, {}), f"markets: products.{name}")
    product = Product(
        name=name,
        title=text_of(keys["name"], f"{path}: name"),
        collateral=choice_of(keys["collateral"], ("none", "vehicle", "property", "gold"), f"{path}: collateral"),
        repayment=choice_of(keys["repayment"], ("instalment", "bullet", "moratorium"), f"{path}: repayment"),
        interest=choice_of(keys.get("interest", "compound"), ("paid", "simple", "compound"), f"{path}: interest"),
        assess=choice_of(keys.get("assess", "everybody"), ("everybody", "strongest"), f"{path}: assess"),
        rate_kind=choice_of(keys["rate_kind"], ("fixed", "variable"), f"{path}: rate_kind"),
        parameters=parameters_of(keys["parameters"], path) | parameters_of(override, f"markets: products.{name}"),
        rules=_rules(keys["rules"], path, wording),
        benefits=words_of(keys["benefits"], f"{path}: benefits"),
        terms=words_of(keys["conditions"], f"{path}: conditions"),
        before_payout=_codes(keys.get("before_payout", []), tuple(wording.conditions), f"{path}: before_payout"),
    )
    return product, words_of(keys["market"], f"{path}: market")


def parameters_of(value: object, path: str) -> dict[str, Parameter]:
    """Named figures, each with a unit, dates and sources. Raises PolicyError naming file and key."""
    return {name: _parameter(name, item, f"{path}: {name}") for name, item in tree_of(value, path).items()}


def _parameter(name: str, value: object, place: str) -> Parameter:
    keys = keys_of(value, place, ("description", "unit", "values"))
    unit = choice_of(keys["unit"], get_args(Unit), f"{place}.unit")
    dated = [_dated(day, item, f"{place}.values") for day, item in tree_of(keys["values"], f"{place}.values").items()]
    if not dated:
        refuse(f"{place}.values", "empty", "at least one date")
    if any(a.since >= b.since for a, b in pairwise(dated)):
        refuse(f"{place}.values", "dates out of order", "dates from old to new, each once")
    return Parameter(name, text_of(keys["description"], f"{place}.description"), cast("Unit", unit), tuple(dated))


def _dated(day: str, value: object, place: str) -> Dated:
    here = f"{place}.{day}"
    tiered = "tiers" in tree_of(value, here)
    keys = keys_of(value, here, ("tiers" if tiered else "value", "source"))
    try:
        since = date.fromisoformat(day)
    except ValueError:
        refuse(here, day, "a date such as 2025-10-01")
    tiers = _tiers(keys["tiers"], f"{here}.tiers") if tiered else ()
    number = tiers[-1].value if tiers else number_of(keys["value"], f"{here}.value")
    return Dated(since, number, text_of(keys["source"], f"{here}.source"), tiers)


def _tiers(value: object, place: str) -> tuple[Tier, ...]:
    """Amounts rise from tier to tier; the last tier, and only that, has none."""
    found = [keys_of(item, f"{place}[{n}]", ("value",), ("up_to",)) for n, item in enumerate(list_of(value, place))]
    amounts = [number_of(item["up_to"], f"{place}.up_to") for item in found if "up_to" in item]
    if not found or ["up_to" in item for item in found] != [True] * len(amounts) + [False]:
        refuse(place, f"{len(amounts)} of {len(found)} tiers with up_to", "up_to on every tier but the last")
    if any(a >= b for a, b in pairwise(amounts)):
        refuse(place, "amounts out of order", "amounts from small to large, each once")
    values = [number_of(item["value"], f"{place}.value") for item in found]
    return tuple(Tier(up_to, number) for up_to, number in zip([*amounts, None], values, strict=True))


def _rules(value: object, path: str, wording: Wording) -> tuple[Rule, ...]:
    return tuple(_rule(item, f"{path}: rules[{n}]", wording) for n, item in enumerate(list_of(value, f"{path}: rules")))


def _rule(value: object, place: str, wording: Wording) -> Rule:
    keys = keys_of(value, place, ("id", "field", "operator", "fail", "reason"),
                 ("parameter", "words", "when", "ways_in", "confidential"))  # fmt: skip
    place = f"{place} ({keys['id']})"
    operator = cast("Operator", choice_of(keys["operator"], get_args(Operator), f"{place}.operator"))
    words = words_of(keys.get("words", []), f"{place}.words")
    wants_words, has_parameter = operator in _WORD_OPERATORS, "parameter" in keys
    if operator != "present" and (wants_words != bool(words) or wants_words == has_parameter):
        refuse(place, f"operator {operator}", "words" if wants_words else "a parameter and no words")
    reason = choice_of(keys["reason"], tuple(wording.reasons), f"{place}.reason")
    ways = _codes(keys.get("ways_in", []), tuple(wording.ways_in), f"{place}.ways_in")
    return Rule(
        id=text_of(keys["id"], f"{place}.id"),
        field=choice_of(keys["field"], tuple(sorted(FIELDS)), f"{place}.field"),
        operator=operator,
        parameter=text_of(keys["parameter"], f"{place}.parameter") if has_parameter else None,
        words=words,
        fail=Outcome(choice_of(keys["fail"], ("decline", "refer"), f"{place}.fail")),
        reason=reason,
        when=tuple(_condition(c, f"{place}.when[{n}]") for n, c in enumerate(list_of(keys.get("when", []), place))),
        ways_in=ways,
        confidential=choice_of(keys.get("confidential", "false"), ("true", "false"), f"{place}.confidential") == "true",
    )


def _codes(value: object, known: tuple[str, ...], place: str) -> tuple[str, ...]:
    """Codes of kb/reasons.yaml."""
    return tuple(choice_of(code, known, place) for code in words_of(value, place))


def _condition(value: object, place: str) -> Condition:
    keys = keys_of(value, place, ("field", "operator", "words"))
    operator = choice_of(keys["operator"], ("one_of", "none_of"), f"{place}.operator")
    field = choice_of(keys["field"], _SAYS_A_WORD, f"{place}.field")
    return Condition(field, operator, words_of(keys["words"], f"{place}.words"))


def _wording(tree: Tree) -> Wording:
    place = "reasons.yaml"
    keys = keys_of(tree, place, ("reasons", "features", "ways_in", "conditions", "offers", "alternatives"))
    reasons: dict[str, ReasonText] = {}
    for code, item in tree_of(keys["reasons"], f"{place}: reasons").items():
        texts = keys_of(item, f"{place}: reasons.{code}", ("customer", "officer", "notice"))
        reasons[code] = ReasonText(
            *(text_of(texts[k], f"{place}: {code}.{k}") for k in ("customer", "officer", "notice"))
        )
    features = texts_of(keys["features"], f"{place}: features")
    for feature, code in features.items():
        choice_of(code, tuple(reasons), f"{place}: features.{feature}")
    plain = (texts_of(keys[key], f"{place}: {key}") for key in ("ways_in", "conditions", "offers", "alternatives"))
    return Wording(reasons, features, *plain)


def _known_parameters(rules: Sequence[Rule], known: Mapping[str, Parameter], path: str) -> None:
    for rule in rules:
        if rule.parameter is not None and rule.parameter not in known:
            refuse(f"{path}: rule {rule.id}.parameter", rule.parameter, f"one of {', '.join(sorted(known))}")
