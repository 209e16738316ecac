"""Hard rules, before any model: each gives a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import NamedTuple

from lending.domain.application import Applicant, Application, Outcome, Person
from lending.domain.income import counted_income
from lending.domain.money import plain
from lending.domain.people import age_at_maturity, cash_out, people, score_that_counts, signing, years_between
from lending.domain.policy import MODEL_DRIVEN, DatedRule, Rulebook, Value

_SIX_PLACES = Decimal("0.000001")
BEYOND = Decimal("999999.999999")
"""What a share of nothing counts as: above every limit."""
REQUEST_FIELDS = frozenset(
    {"age_at_maturity_years", "amount", "cash_out", "term_months", "collateral_kind", "collateral_value", "ltv"}
)
"""What depends on what is asked for, not on who asks alone."""
EACH_PERSON = MODEL_DRIVEN | {"age_at_maturity_years", "age_years", "credit_score", "expired_documents"}
"""What is looked at for each person apart."""


class Finding(NamedTuple):
    """One rule's result. `value` is None where the bank does not know it; then the rule refers.

    A tuple, as every decision makes some twenty, and those are made several times as quickly.
    """

    rule: str
    field: str
    value: str | None
    limit: str
    unit: str
    operator: str
    passed: bool
    source: str
    outcome: Outcome
    reason: str
    ways_in: tuple[str, ...] = ()
    confidential: bool = False
    person: Person = "applicant"
    """Whose own record it is about; the applicant where it is about the request or about both."""

    def as_dict(self) -> dict[str, str | bool | None]:
        """As kept in the record (CONTRACTS: findings)."""
        return {
            "rule": self.rule,
            "field": self.field,
            "value": self.value,
            "limit": self.limit,
            "unit": self.unit,
            "operator": self.operator,
            "passed": self.passed,
            "source": self.source,
            "person": self.person,
        }

    def with_value(self, value: Value) -> Finding:
        """The same finding of another figure, which passes or fails alike."""
        text = plain(value) if type(value) is Decimal else value_text(value)
        return Finding._make((*self[:2], text, *self[3:]))


def share(part: Decimal, whole: Decimal | None) -> Decimal | None:
    """A ratio rounded up at six places, so that rounding never lets a limit be passed.

    None of what is not known; of a known zero it is above every limit.
    """
    if whole is None:
        return None
    if whole <= 0:
        return BEYOND
    return (part / whole).quantize(_SIX_PLACES, ROUND_CEILING)


def collateral_value(application: Application, book: Rulebook) -> Decimal | None:
    """What the security is worth: gold by weight, purity and the price of the day, otherwise as stated."""
    item = application.request.collateral
    if item is None or item.kind != book.product.collateral:
        return None
    if item.kind == "gold":
        if item.weight_g is None or item.purity_k is None:
            return None
        return (item.weight_g * item.purity_k / 24 * book["gold_price_per_gram"]).quantize(Decimal("0.01"))
    return item.value


def fields(application: Application, book: Rulebook, as_of: date) -> dict[str, Value]:
    """Everything a rule may look at before model and price; what is EACH_PERSON's own is in `own_fields`."""
    request, person = application.request, application.applicant
    value, expired = collateral_value(application, book), _expired(person, as_of)
    return {
        "flag_count": Decimal(sum([len(p.flags) for p in people(application)])),
        "counted_income": counted_income(application, book, as_of),
        "employment_status": person.employment_status,
        "employment_months": _number(person.employment_months),
        "amount": request.amount,
        "cash_out": cash_out(application),
        "term_months": Decimal(request.term_months),
        "collateral_kind": request.collateral.kind if request.collateral else "none",
        "collateral_value": value,
        "ltv": share(request.amount, value),
        "documents": tuple([d for d in person.documents if d not in expired]) if expired else person.documents,
        "co_applicant": "yes" if application.co_applicant else "no",
    }


def own_fields(application: Application, book: Rulebook, as_of: date) -> dict[Person, dict[str, Value]]:
    """The values of EACH_PERSON before model and price: of everybody who signs, and the scores that count."""
    scores, term_months = score_that_counts(application, book), application.request.term_months
    found: dict[Person, dict[str, Value]] = {}
    for role, person in signing(application).items():
        found[role] = {
            "age_years": Decimal(years_between(person.birth_date, as_of)),
            "age_at_maturity_years": Decimal(age_at_maturity(person.birth_date, as_of, term_months)),
            "expired_documents": _expired(person, as_of),
        }
        if role in scores:
            found[role]["credit_score"] = _number(scores[role])
    return found


def _expired(person: Applicant, as_of: date) -> tuple[str, ...]:
    return tuple([e.document for e in person.expiries if e.valid_until < as_of]) if person.expiries else ()


def check(
    rules: Iterable[DatedRule],
    values: Mapping[str, Value],
    own: Mapping[Person, Mapping[str, Value]],
) -> list[Finding]:
    """One finding per rule that applies, and per person where each is looked at apart.

    Args:
        rules: of the product.
        values: from `fields`.
        own: from `own_fields`.
    """
    found: list[Finding] = []
    for rule in rules:
        field = rule.rule.field
        if not applies(rule, values):
            continue
        if field in EACH_PERSON:
            found += [_finding(rule, theirs[field], values, role) for role, theirs in own.items() if field in theirs]
        else:
            found.append(_finding(rule, values[field], values))
    return found


def thin_files(findings: Iterable[Finding]) -> frozenset[Person]:
    """Who has no credit score where a rule asks for one; the model's word about them declines nobody."""
    return frozenset([f.person for f in findings if f.field == "credit_score" and f.value is None])


def holds(dated: DatedRule, values: Mapping[str, Value], own: Mapping[Person, Mapping[str, Value]]) -> bool:
    """Whether none of the findings that `check` makes of a rule would fail, without making them."""
    field = dated.rule.field
    if not applies(dated, values):
        return True
    if field in EACH_PERSON:
        return all(passes(dated, theirs[field], values) for theirs in own.values() if field in theirs)
    return passes(dated, values[field], values)


def applies(rule: DatedRule, values: Mapping[str, Value]) -> bool:
    """Whether a rule's conditions hold."""
    when = rule.rule.when
    return not when or all((values[c.field] in c.words) == (c.operator == "one_of") for c in when)


def _finding(dated: DatedRule, value: Value, values: Mapping[str, Value], person: Person = "applicant") -> Finding:
    rule, known, bound = dated.rule, value is not None, _bound(dated, values)
    return Finding(
        rule=rule.id,
        field=rule.field,
        value=value_text(value),
        limit=", ".join(rule.words) if bound is None else _limit_said(bound),
        unit=dated.unit,
        operator=rule.operator,
        passed=known and _holds(rule.operator, value, bound, rule.words),
        source=dated.source,
        outcome=rule.fail if known else Outcome.REFER,
        reason=rule.reason if known else f"missing_{rule.field}",
        ways_in=rule.ways_in,
        confidential=rule.confidential,
        person=person,
    )


def _bound(dated: DatedRule, values: Mapping[str, Value]) -> Decimal | None:
    amount = values["amount"]
    return dated.limit_for(amount) if isinstance(amount, Decimal) else dated.limit


def passes(dated: DatedRule, value: Value, values: Mapping[str, Value]) -> bool:
    """Whether a figure is known and meets a rule."""
    return value is not None and _holds(dated.rule.operator, value, _bound(dated, values), dated.rule.words)


def test_of(dated: DatedRule) -> Callable[[Value], bool]:
    """`passes` of a rule whose limit is the same for every amount, for figures that are known."""
    operator, limit, words = dated.rule.operator, dated.limit, dated.rule.words
    if limit is not None and operator == "at_least":
        return lambda value: isinstance(value, Decimal) and value >= limit
    if limit is not None and operator == "at_most":
        return lambda value: isinstance(value, Decimal) and value <= limit
    return lambda value: _holds(operator, value, limit, words)


def _holds(operator: str, value: Value, limit: Decimal | None, words: tuple[str, ...]) -> bool:
    match operator:
        case "at_least":
            return isinstance(value, Decimal) and limit is not None and value >= limit
        case "at_most":
            return isinstance(value, Decimal) and limit is not None and value <= limit
        case "one_of":
            return value in words
        case "none_of":
            return value not in words
        case "includes":
            return isinstance(value, tuple) and all(word in value for word in words)
        case "excludes":
            return isinstance(value, tuple) and not any(word in value for word in words)
        case _:
            return value is not None


_limit_said = lru_cache(maxsize=1024)(plain)
"""Kept, as limits are few and asked for by every decision; equal limits have one text."""


def _number(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def value_text(value: Value) -> str | None:
    """What a rule looked at, as a finding says it."""
    if isinstance(value, Decimal):
        return plain(value)
    return ", ".join(value) if isinstance(value, tuple) else value
