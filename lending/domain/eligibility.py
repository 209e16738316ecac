"""Hard rules, before any model: each gives a finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_CEILING, Decimal

from lending.domain.application import Applicant, Application, Employment, Outcome
from lending.domain.money import plain
from lending.domain.policy import DatedRule, Rulebook, Value

_SIX_PLACES = Decimal("0.000001")
AFFORDABILITY_FIELDS = frozenset({"dti", "dti_stressed", "foir", "required_rate", "pd_12m"})
"""What is known only once the model and the price have spoken."""
REQUEST_FIELDS = frozenset({"amount", "term_months", "collateral_kind", "collateral_value", "ltv"})
"""What depends on what is asked for, not on who asks."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's result. `value` is None where the bank does not know it; then the rule refers."""

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
        }


def share(part: Decimal, whole: Decimal | None) -> Decimal | None:
    """A ratio rounded up at six places, so that rounding never lets a limit be passed; None of nothing or zero."""
    if whole is None or whole <= 0:
        return None
    return (part / whole).quantize(_SIX_PLACES, ROUND_CEILING)


def years_between(start: date, end: date) -> int:
    """Whole years completed."""
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


def people(application: Application) -> tuple[Applicant, ...]:
    """Everybody who signs."""
    other = application.co_applicant
    return (application.applicant,) if other is None else (application.applicant, other)


def assessed(application: Application, book: Rulebook) -> Applicant:
    """Whose record the model scores: the applicant's, or for a student the co-applicant's.

    A product with `score_if_none` scores a person without a credit score as if they had that one.
    """
    person = application.applicant
    if person.employment_status == Employment.STUDENT and application.co_applicant is not None:
        person = application.co_applicant
    if person.credit_score is None and (stand_in := book.get("score_if_none")) is not None:
        person = replace(person, credit_score=int(stand_in))
    return person


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is known; None when nothing is."""
    known = [a for a in amounts if a is not None]
    return sum(known, Decimal(0)) if known else None


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
    """Everything a rule may look at before model and price."""
    request, person, signing = application.request, application.applicant, people(application)
    value = collateral_value(application, book)
    return {
        "age_years": Decimal(min(years_between(p.birth_date, as_of) for p in signing)),
        "flag_count": Decimal(sum(len(p.flags) for p in signing)),
        "credit_score": _number(assessed(application, book).credit_score),
        "gross_monthly_income": total(p.gross_monthly_income for p in signing),
        "employment_status": person.employment_status,
        "employment_months": _number(person.employment_months),
        "amount": request.amount,
        "term_months": Decimal(request.term_months),
        "collateral_kind": request.collateral.kind if request.collateral else "none",
        "collateral_value": value,
        "ltv": share(request.amount, value),
        "documents": person.documents,
        "co_applicant": "yes" if application.co_applicant else "no",
    }


def check(rules: Iterable[DatedRule], values: Mapping[str, Value]) -> list[Finding]:
    """One finding per rule that applies."""
    return [_finding(rule, values[rule.rule.field]) for rule in rules if _applies(rule, values)]


def check_eligibility(application: Application, book: Rulebook, as_of: date) -> list[Finding]:
    """Findings of all rules that need neither model nor price."""
    rules = [r for r in book.rules if r.rule.field not in AFFORDABILITY_FIELDS]
    return check(rules, fields(application, book, as_of))


def _applies(rule: DatedRule, values: Mapping[str, Value]) -> bool:
    return all((values[c.field] in c.words) == (c.operator == "one_of") for c in rule.rule.when)


def _finding(dated: DatedRule, value: Value) -> Finding:
    rule = dated.rule
    known = value is not None
    limit = plain(dated.limit) if dated.limit is not None else ", ".join(rule.words)
    return Finding(
        rule=rule.id,
        field=rule.field,
        value=_text(value),
        limit=limit,
        unit=dated.unit,
        operator=rule.operator,
        passed=known and _holds(rule.operator, value, dated.limit, rule.words),
        source=dated.source,
        outcome=rule.fail if known else Outcome.REFER,
        reason=rule.reason if known else f"missing_{rule.field}",
        ways_in=rule.ways_in,
        confidential=rule.confidential,
    )


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
        case _:
            return value is not None


def _number(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _text(value: Value) -> str | None:
    if isinstance(value, Decimal):
        return plain(value)
    return ", ".join(value) if isinstance(value, tuple) else value
