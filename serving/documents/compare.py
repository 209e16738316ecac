"""What was read against what was asked, what the bank knows, and what the application says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any

from lending.document_ports import PaperState
from serving.documents.figures import Found, read_figures
from serving.documents.lines import Reading
from serving.documents.recognise import normal, recognise
from serving.documents.rules import Rules

Finding = dict[str, Any]
"""`{code, slots}`; the words are in the catalogue of papers. No finding tells what the bank has on record."""

_ASIDE = re.compile(r"\([^)]*\)")
_MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Known:
    """What a paper is compared with.

    Attributes:
        kinds: accepted for what was asked.
        name: of whoever it must be about, as on record.
        income: gross and a month, of the record; None where the bank has none.
        stated: what the application says, by the name of the question; empty for a paper of the co-applicant.
        security: what the application says of the gold: weight_g and purity_k.
        valid_days: how old the paper may be; None for any age.
        day_first: whether 03/04/2026 is in April.
    """

    kinds: tuple[str, ...]
    name: str
    birth_date: date
    income: Decimal | None
    today: date
    valid_days: int | None = None
    stated: Mapping[str, str] = field(default_factory=dict[str, str])
    security: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    day_first: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check of one paper came to."""

    state: PaperState
    kind: str
    findings: tuple[Finding, ...]
    read: Mapping[str, Found]
    confidence: Decimal


def judge(reading: Reading, known: Known, rules: Rules) -> Verdict:
    """Accepted when the kind, every figure and every comparison hold; else a person looks, or nothing was readable."""
    if reading.how == "none":
        return Verdict("needs_person", "", (_finding("could_not_be_read_here"),), {}, Decimal(0))
    if not reading.lines:
        return Verdict("refused", "", (_finding("nothing_readable"),), {}, Decimal(0))
    guess, sure = recognise(reading, rules.kinds), Decimal(str(reading.confidence)).quantize(Decimal("0.01"))
    if guess.score < rules.checks["kind_least"] or guess.lead < rules.checks["kind_lead"]:
        return Verdict(
            "needs_person", "", (_finding("kind_unknown"), *_orders(reading, rules)), {}, min(sure, guess.score)
        )
    figures = rules.kinds[guess.kind].figures
    read = read_figures(reading, figures, day_first=known.day_first)
    findings = list(_orders(reading, rules))
    if guess.kind not in known.kinds:
        findings.append(_finding("kind_other", found=guess.kind))
    else:
        checks = {name: figure.check for name, figure in figures.items() if figure.check}
        findings += _compared(checks, read, known, rules.checks)
    confidence = min([sure, guess.score, *(read[n].confidence for n, f in figures.items() if f.check and n in read)])
    if not findings and _unsure(sure, confidence, rules.checks):
        findings.append(_finding("unsure"))
    state: PaperState = "needs_person" if findings else "accepted"
    return Verdict(state, guess.kind, tuple(findings) or (_finding("all_fits"),), read, confidence)


def _unsure(page: Decimal, figures: Decimal, checks: Mapping[str, Decimal]) -> bool:
    return page < checks["page_confidence_least"] or figures < checks["confidence_least"]


def _orders(reading: Reading, rules: Rules) -> Iterator[Finding]:
    """Text on a paper is never obeyed; one that tries to give orders is looked at by a person."""
    if rules.orders.search(" ".join(reading.text.split())):
        yield _finding("signs_of_orders")


def _compared(
    checks: Mapping[str, str], read: Mapping[str, Found], known: Known, least: Mapping[str, Decimal]
) -> Iterator[Finding]:
    for name, check in checks.items():
        what, _, field_name = check.partition(":")
        if what in ("stated", "security") and field_name not in getattr(known, what):
            continue
        if name not in read:
            yield _finding("figure_missing", figure=name)
            continue
        finding = _CHECKS[what](read[name].value, name, field_name, known, least)
        if finding is not None:
            yield finding


_Limits = Mapping[str, Decimal]


def fits(name: str, check: str, found: Found, known: Known, least: _Limits) -> bool:
    """Whether one figure that was read agrees with what it is compared with (`check`, as in kb/papers_needed.yaml)."""
    what, _, field_name = check.partition(":")
    return _CHECKS[what](found.value, name, field_name, known, least) is None


def _name(value: str, _name: str, _field: str, known: Known, least: _Limits) -> Finding | None:
    return None if likeness(value, known.name) >= least["name_least"] else _finding("name_differs")


def _income(value: str, _name: str, _field: str, known: Known, least: _Limits, months: int = 1) -> Finding | None:
    if known.income is not None and _near(Decimal(value) / months, known.income, least["income_tolerance"]):
        return None
    return _finding("income_differs")


def _yearly_income(value: str, name: str, field_name: str, known: Known, least: _Limits) -> Finding | None:
    return _income(value, name, field_name, known, least, _MONTHS_A_YEAR)


def _date(value: str, _name: str, _field: str, known: Known, _least: _Limits) -> Finding | None:
    day = date.fromisoformat(value)
    if day > known.today:
        return _finding("in_future", found=value)
    if known.valid_days is not None and day < known.today - timedelta(days=known.valid_days):
        return _finding("too_old", found=value)
    return None


def _until(value: str, _name: str, _field: str, known: Known, _least: _Limits) -> Finding | None:
    return _finding("expired", found=value) if date.fromisoformat(value) < known.today else None


def _birth_date(value: str, _name: str, _field: str, known: Known, _least: _Limits) -> Finding | None:
    return None if date.fromisoformat(value) == known.birth_date else _finding("birth_date_differs")


def _stated(value: str, name: str, field_name: str, known: Known, least: _Limits) -> Finding | None:
    stated = known.stated[field_name]
    try:
        fits = _near(Decimal(value), Decimal(stated), least["stated_tolerance"])
    except ArithmeticError:
        fits = value == stated or likeness(value, stated) >= least["name_least"]
    return None if fits else _finding("stated_differs", figure=name)


def _security(value: str, name: str, field_name: str, known: Known, least: _Limits) -> Finding | None:
    fits = _near(Decimal(value), known.security[field_name], least["stated_tolerance"])
    return None if fits else _finding("stated_differs", figure=name)


_CHECKS: Mapping[str, Callable[[str, str, str, Known, _Limits], Finding | None]] = {
    "name": _name, "income": _income, "yearly_income": _yearly_income, "date": _date, "until": _until,
    "birth_date": _birth_date, "stated": _stated, "security": _security,
}  # fmt: skip


def likeness(found: str, expected: str) -> Decimal:
    """How well the words of a name stand in another one, 0 to 1; what stands in brackets does not count.

    >>> likeness("Ms Linnea A. Berg", "Linnea Berg (demo persona)"), likeness("Marlo", "Greta") < Decimal("0.5")
    (Decimal('1.00'), True)
    """
    wanted, there = normal(_ASIDE.sub(" ", expected)).split(), normal(_ASIDE.sub(" ", found)).split()
    if not wanted or not there:
        return Decimal(0)
    best = [max(SequenceMatcher(None, word, other).ratio() for other in there) for word in wanted]
    return Decimal(str(min(best))).quantize(Decimal("0.01"))


def _near(found: Decimal, expected: Decimal, tolerance: Decimal) -> bool:
    return abs(found - expected) <= expected * tolerance


def _finding(code: str, **slots: str) -> Finding:
    return {"code": code, "slots": slots}
