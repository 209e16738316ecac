"""Builds a Policy out of parsed files and refuses one that is incomplete or contradicts itself, naming file and key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NoReturn, TypeVar, cast, get_args

from lending.domain.application import Outcome
from lending.domain.errors import InputError, PolicyError
from lending.domain.money import finite
from lending.domain.policy import (
    Condition,
    Dated,
    Operator,
    Parameter,
    Policy,
    Product,
    ReasonText,
    Rule,
    Unit,
    Wording,
)

_T = TypeVar("_T", bound=str)
Tree = Mapping[str, object]
_WORD_OPERATORS = ("one_of", "none_of", "includes")
FIELDS = frozenset(
    {
        "age_years", "flag_count", "credit_score", "gross_monthly_income", "employment_status", "employment_months",
        "amount", "term_months", "collateral_kind", "collateral_value", "documents", "co_applicant",
        "ltv", "dti", "dti_stressed", "foir", "required_rate", "pd_12m",
    }
)  # fmt: skip
"""What a rule may look at; see `lending.domain.eligibility.fields`."""


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
    home = _keys(
        files[place], place, ("market", "currency", "locale", "apr_method", "parameters"), ("products", "rules")
    )
    wording = _wording(_tree(files.get("reasons.yaml", {}), "reasons.yaml"))
    parameters = _parameters(home["parameters"], place)
    rules = list(_rules(home.get("rules", []), place, wording))
    for path, tree in sorted(files.items()):
        if path.startswith("policy/"):
            shared = _keys(tree, path, ("parameters",), ("rules", "description"))
            parameters |= _parameters(shared["parameters"], path)
            rules += _rules(shared.get("rules", []), path, wording)
    own = _tree(home.get("products", {}), f"{place}: products")
    products = _products(files, market, own, wording, parameters)
    _known_parameters(rules, parameters, "policy/")
    text = {key: _text(home[key], f"{place}: {key}") for key in ("currency", "locale", "apr_method")}
    return Policy(version, sha256, market, text["currency"], text["locale"], text["apr_method"],
                  parameters, tuple(rules), products, wording)  # fmt: skip


def _products(
    files: Mapping[str, Tree], market: str, overrides: Tree, wording: Wording, shared: Mapping[str, Parameter]
) -> dict[str, Product]:
    found: dict[str, Product] = {}
    for path, tree in sorted(files.items()):
        if path.startswith("products/"):
            product, markets = _product(tree, path, overrides, wording)
            if market in markets:
                known = {**shared, **product.parameters}
                _known_parameters(product.rules, known, path)
                _bounds(known, path)
                found[product.name] = product
    return found


def _product(tree: Tree, path: str, overrides: Tree, wording: Wording) -> tuple[Product, tuple[str, ...]]:
    needed = ("product", "name", "market", "collateral", "repayment", "rate_kind", "benefits", "conditions",
              "parameters", "rules")  # fmt: skip
    keys = _keys(tree, path, needed)
    name = _text(keys["product"], f"{path}: product")
    override = _tree(overrides.get(name, {}), f"markets: products.{name}")
    product = Product(
        name=name,
        title=_text(keys["name"], f"{path}: name"),
        collateral=_choice(keys["collateral"], ("none", "vehicle", "property", "gold"), f"{path}: collateral"),
        repayment=_choice(keys["repayment"], ("instalment", "bullet", "moratorium"), f"{path}: repayment"),
        rate_kind=_choice(keys["rate_kind"], ("fixed", "variable"), f"{path}: rate_kind"),
        parameters=_parameters(keys["parameters"], path) | _parameters(override, f"markets: products.{name}"),
        rules=_rules(keys["rules"], path, wording),
        benefits=_words(keys["benefits"], f"{path}: benefits"),
        terms=_words(keys["conditions"], f"{path}: conditions"),
    )
    return product, _words(keys["market"], f"{path}: market")


def _parameters(value: object, path: str) -> dict[str, Parameter]:
    return {name: _parameter(name, item, f"{path}: {name}") for name, item in _tree(value, path).items()}


def _parameter(name: str, value: object, place: str) -> Parameter:
    keys = _keys(value, place, ("description", "unit", "values"))
    unit = _choice(keys["unit"], get_args(Unit), f"{place}.unit")
    dated = [_dated(day, item, f"{place}.values") for day, item in _tree(keys["values"], f"{place}.values").items()]
    if not dated:
        _refuse(f"{place}.values", "empty", "at least one date")
    if any(a.since >= b.since for a, b in pairwise(dated)):
        _refuse(f"{place}.values", "dates out of order", "dates from old to new, each once")
    return Parameter(name, _text(keys["description"], f"{place}.description"), cast("Unit", unit), tuple(dated))


def _dated(day: str, value: object, place: str) -> Dated:
    keys = _keys(value, f"{place}.{day}", ("value", "source"))
    try:
        since = date.fromisoformat(day)
        number = finite(_text(keys["value"], f"{place}.{day}.value"), "value")
    except (ValueError, InputError):
        _refuse(f"{place}.{day}", f"{day}: {keys['value']}", "a date such as 2025-10-01 and a number")
    return Dated(since, number, _text(keys["source"], f"{place}.{day}.source"))


def _rules(value: object, path: str, wording: Wording) -> tuple[Rule, ...]:
    return tuple(_rule(item, f"{path}: rules[{n}]", wording) for n, item in enumerate(_list(value, f"{path}: rules")))


def _rule(value: object, place: str, wording: Wording) -> Rule:
    keys = _keys(value, place, ("id", "field", "operator", "fail", "reason"),
                 ("parameter", "words", "when", "ways_in", "confidential"))  # fmt: skip
    place = f"{place} ({keys['id']})"
    operator = cast("Operator", _choice(keys["operator"], get_args(Operator), f"{place}.operator"))
    words = _words(keys.get("words", []), f"{place}.words")
    wants_words, has_parameter = operator in _WORD_OPERATORS, "parameter" in keys
    if operator != "present" and (wants_words != bool(words) or wants_words == has_parameter):
        _refuse(place, f"operator {operator}", "words" if wants_words else "a parameter and no words")
    reason = _choice(keys["reason"], tuple(wording.reasons), f"{place}.reason")
    ways = _words(keys.get("ways_in", []), f"{place}.ways_in")
    for way in ways:
        _choice(way, tuple(wording.ways_in), f"{place}.ways_in")
    return Rule(
        id=_text(keys["id"], f"{place}.id"),
        field=_choice(keys["field"], tuple(sorted(FIELDS)), f"{place}.field"),
        operator=operator,
        parameter=_text(keys["parameter"], f"{place}.parameter") if has_parameter else None,
        words=words,
        fail=Outcome(_choice(keys["fail"], ("decline", "refer"), f"{place}.fail")),
        reason=reason,
        when=tuple(_condition(c, f"{place}.when[{n}]") for n, c in enumerate(_list(keys.get("when", []), place))),
        ways_in=ways,
        confidential=_choice(keys.get("confidential", "false"), ("true", "false"), f"{place}.confidential") == "true",
    )


def _condition(value: object, place: str) -> Condition:
    keys = _keys(value, place, ("field", "operator", "words"))
    operator = _choice(keys["operator"], ("one_of", "none_of"), f"{place}.operator")
    field = _choice(keys["field"], tuple(sorted(FIELDS)), f"{place}.field")
    return Condition(field, operator, _words(keys["words"], f"{place}.words"))


def _wording(tree: Tree) -> Wording:
    place = "reasons.yaml"
    keys = _keys(tree, place, ("reasons", "features", "ways_in", "conditions"))
    reasons: dict[str, ReasonText] = {}
    for code, item in _tree(keys["reasons"], f"{place}: reasons").items():
        texts = _keys(item, f"{place}: reasons.{code}", ("customer", "officer", "notice"))
        reasons[code] = ReasonText(
            *(_text(texts[k], f"{place}: {code}.{k}") for k in ("customer", "officer", "notice"))
        )
    features = _texts(keys["features"], f"{place}: features")
    for feature, code in features.items():
        _choice(code, tuple(reasons), f"{place}: features.{feature}")
    return Wording(reasons, features, _texts(keys["ways_in"], f"{place}: ways_in"),
                   _texts(keys["conditions"], f"{place}: conditions"))  # fmt: skip


def _known_parameters(rules: Sequence[Rule], known: Mapping[str, Parameter], path: str) -> None:
    for rule in rules:
        if rule.parameter is not None and rule.parameter not in known:
            _refuse(f"{path}: rule {rule.id}.parameter", rule.parameter, f"one of {', '.join(sorted(known))}")


def _bounds(parameters: Mapping[str, Parameter], path: str) -> None:
    """On every day on which anything changes, a `_min` is not above its `_max`."""
    for name, least in parameters.items():
        most = parameters.get(f"{name.removesuffix('_min')}_max") if name.endswith("_min") else None
        if most is None:
            continue
        start = max(least.values[0].since, most.values[0].since)
        for day in sorted({v.since for v in (*least.values, *most.values) if v.since >= start}):
            low, high = least.at(day).value, most.at(day).value
            if low > high:
                _refuse(f"{path}: {name}", f"{low} above {most.name} {high} on {day}", "a minimum below its maximum")


def _keys(value: object, place: str, needed: Sequence[str], optional: Sequence[str] = ()) -> Tree:
    tree = _tree(value, place)
    for key in needed:
        if key not in tree:
            _refuse(f"{place}: {key}", "missing", f"the keys {', '.join(needed)}")
    for key in tree:
        if key not in needed and key not in optional:
            _refuse(f"{place}: {key}", "not known", f"only {', '.join((*needed, *optional))}")
    return tree


def _tree(value: object, place: str) -> Tree:
    if not isinstance(value, Mapping):
        _refuse(place, repr(value)[:40], "keys with values")
    return cast("Tree", value)


def _list(value: object, place: str) -> list[object]:
    if not isinstance(value, list):
        _refuse(place, repr(value)[:40], "a list")
    return cast("list[object]", value)


def _words(value: object, place: str) -> tuple[str, ...]:
    return tuple(_text(item, place) for item in _list(value, place))


def _texts(value: object, place: str) -> dict[str, str]:
    return {key: _text(item, f"{place}.{key}") for key, item in _tree(value, place).items()}


def _text(value: object, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        _refuse(place, repr(value)[:40], "a text")
    return value


def _choice(value: object, allowed: Sequence[_T], place: str) -> _T:
    if value not in allowed:
        _refuse(place, repr(value)[:40], f"one of {', '.join(allowed)}")
    return cast("_T", value)


def _refuse(place: str, found: str, expected: str) -> NoReturn:
    raise PolicyError(f"kb/{place} is {found}; expected {expected}", field=place, found=found, expected=expected,
                      do=f"Correct kb/{place.split(':')[0]}.")  # fmt: skip
