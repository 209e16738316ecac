"""Many amounts and terms for one applicant at once: the vector twin of `lending.domain.decision`.

What a rule looks at either depends on the person alone, and is checked once by the domain itself, or on amount, term
and risk, and is compared in whole numbers. A property test ties every point to the decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from lending.domain.application import Application, Learned, Outcome, Person
from lending.domain.eligibility import (
    EACH_PERSON,
    Finding,
    applies,
    check,
    fields,
    own_fields,
    thin_files,
)
from lending.domain.learned import OUTSIDE
from lending.domain.people import assessed
from lending.domain.policy import AFFORDABILITY_FIELDS, MODEL_DRIVEN, DatedRule, Policy, Rulebook, rulebook
from lending.domain.reasons import CO_APPLICANT_RECORD, PERSON_NEEDED
from lending.grid.cuts import spans
from lending.grid.figures import Figures, Mask, Points
from lending.grid.scaled import CENTS, Whole, ceiled, floored

OUTCOMES = (Outcome.APPROVE, Outcome.REFER, Outcome.DECLINE)
"""What an outcome's number stands for; a higher one overrules a lower one."""
BY_REQUEST = frozenset({"amount", "term_months", "ltv", "cash_out", "age_at_maturity_years", "counted_income"})
"""What moves with amount or term before model and price have spoken."""
_APPROVE, _REFER = 0, 1


@dataclass(frozen=True, eq=False)
class Answers:
    """What would be decided, all of shape (n,).

    Attributes:
        outcome: index into OUTCOMES.
        rate8: priced rate in units of 1e-8, also where it lies above the product's top.
        due: instalment in cents; 0 where no loan can have such a term.
        code: index into `codes` of the reason that decided; -1 where approved.
        late: whether that reason is one that the model drives, which counts after all others.
        hidden: where a confidential rule failed: whatever else fails, the answer is to refer.
        outside: where the model has no say, since it learned from other loans.
    """

    outcome: NDArray[np.int8]
    rate8: Whole
    due: Whole
    code: NDArray[np.int16]
    codes: tuple[str, ...]
    late: Mask
    hidden: Mask
    outside: Mask


@dataclass(frozen=True, eq=False)
class _Failure:
    """Where something fails, what follows, and why."""

    where: Mask
    outcome: int
    reason: str
    late: bool = False
    confidential: bool = False


class Grid:
    """Decides on many points for one application, whose own amount and term are not looked at."""

    def __init__(
        self, application: Application, policy: Policy, as_of: date, horizon_months: int, learned: Learned | None = None
    ) -> None:
        """Check everything that does not move with amount, term or risk. Raises NotFoundError: no such product."""
        self.learned = learned
        self._application, self._policy, self._as_of, self._horizon = application, policy, as_of, horizon_months
        self.book: Rulebook = rulebook(policy, application.request.product, as_of)
        self._assessed = assessed(application, self.book)
        self._values = fields(application, self.book, as_of)
        self._own = own_fields(application, self.book, as_of)
        self.rules = [rule for rule in _as_ranked(self.book) if applies(rule, self._values)]
        self._fixed = {r.rule.id: list(self._failed(r)) for r in self.rules if not _moves(r)}
        self._thin = thin_files(finding for failed in self._fixed.values() for _, _, finding in failed)

    def evaluate(self, points: Points, apart: frozenset[str] = frozenset()) -> Answers:
        """Decide on every point.

        Args:
            points: what is asked, and how risky it is.
            apart: rules that are left for others to look at.

        Raises:
            InexactError: a figure of the policy or the record has more places than whole numbers here stand for.
        """
        figures = self.figures(points)
        rules, away = (rule for rule in self.rules if rule.rule.id not in apart), self._outside(points)
        failures = [_Failure(away, _REFER, OUTSIDE)]
        failures += [_scored(failure, rule, away) for rule in rules for failure in self._failures(rule, figures)]
        outcome, hidden = np.zeros(len(points.cents), dtype=np.int8), np.zeros(len(points.cents), dtype=bool)
        for failure in failures:
            outcome[failure.where] = np.maximum(outcome[failure.where], failure.outcome)
            hidden |= failure.where & failure.confidential
        outcome[hidden] = _REFER
        told = self._codes(outcome, failures, hidden & ~away)
        return Answers(outcome, figures.rate8, figures.due, *told, hidden, away)

    def _outside(self, points: Points) -> Mask:
        """Where the model has no say (`lending.domain.learned.is_outside`)."""
        learned, cents = self.learned or Learned(), points.cents
        unknown = learned.products is not None and self.book.product.name not in learned.products
        away = np.full(len(cents), unknown)
        for span, values, places in ((learned.amount, cents, CENTS), (learned.term_months, points.terms, 0)):
            if span is not None:
                away |= (values > floored(span.high, places)) | (values < ceiled(span.low, places))
        return away

    def figures(self, points: Points) -> Figures:
        """What the rules look at."""
        return Figures(self._application, self.book, self._as_of, self._horizon, points)

    def _failed(self, rule: DatedRule) -> Iterator[tuple[int, int, Finding]]:
        """What fails of a rule whose figure does not move: first and last cent of the tier, and the finding."""
        for first, last, _ in spans(rule):
            values = {**self._values, "amount": Decimal(last).scaleb(-CENTS)}
            yield from ((first, last, f) for f in check([rule], values, self._own) if not f.passed)

    def _failures(self, rule: DatedRule, figures: Figures) -> list[_Failure]:
        cents, confidential = figures.points.cents, rule.rule.confidential
        if rule.rule.id in self._fixed:
            return [
                self._failure(f, (cents >= first) & (cents <= last)) for first, last, f in self._fixed[rule.rule.id]
            ]
        late, failures = rule.rule.field in MODEL_DRIVEN, list[_Failure]()
        for whose in self.looks_at(rule):
            looked_at, known, passed = figures.holds(rule, whose)
            looked_at = looked_at & self._theirs(figures.points, whose) if late else looked_at
            level = _REFER if late and whose in self._thin else OUTCOMES.index(rule.rule.fail)
            reason, unknown = (_told(said, whose) for said in (rule.rule.reason, f"missing_{rule.rule.field}"))
            failures.append(_Failure(looked_at & known & ~passed, level, reason, late, confidential))
            failures.append(_Failure(looked_at & ~known, _REFER, unknown, False, confidential))
        return failures

    def looks_at(self, rule: DatedRule) -> Sequence[Person]:
        """Whose figure a rule looks at; the applicant's where it is of the request or of everybody together."""
        field = rule.rule.field
        if field in MODEL_DRIVEN:
            return list(self._assessed)
        return [role for role, own in self._own.items() if field in own] if field in EACH_PERSON else ["applicant"]

    def _theirs(self, points: Points, whose: Person) -> Mask:
        """Where the word that counts is somebody's; that of the first who is assessed where the points do not say."""
        if points.theirs is None:
            return np.full(len(points.cents), whose == next(iter(self._assessed)))
        return points.theirs == (whose == "co_applicant")

    @staticmethod
    def _failure(finding: Finding, where: Mask) -> _Failure:
        reason = _told(finding.reason, finding.person)
        return _Failure(where, OUTCOMES.index(finding.outcome), reason, False, finding.confidential)

    def _codes(
        self, outcome: NDArray[np.int8], failures: list[_Failure], hidden: Mask
    ) -> tuple[NDArray[np.int16], tuple[str, ...], Mask]:
        """The first failure that has the outcome of its point, in the order in which reasons count."""
        names = [code_of(failure.reason, self._policy) for failure in failures]
        codes = tuple(dict.fromkeys([PERSON_NEEDED, *names]))
        found, late = np.where(hidden, 0, -1).astype(np.int16), np.zeros(len(outcome), dtype=bool)
        for failure, name in zip(failures, names, strict=True):
            first = failure.where & (found < 0) & (outcome == failure.outcome)
            found[first], late[first] = codes.index(name), failure.late
        return found, codes, late


def _scored(failure: _Failure, rule: DatedRule, away: Mask) -> _Failure:
    """Rules that read the score or its price are not looked at where the model has no say."""
    return replace(failure, where=failure.where & ~away) if rule.rule.field in AFFORDABILITY_FIELDS else failure


def code_of(reason: str, policy: Policy) -> str:
    """The code under which a reason has words."""
    return reason if reason in policy.wording.reasons else "missing_information"


def _told(reason: str, person: Person) -> str:
    """A reason as the applicant may read it."""
    return CO_APPLICANT_RECORD if person == "co_applicant" else reason


def _as_ranked(book: Rulebook) -> list[DatedRule]:
    """Rules in the order in which their reasons count: eligibility, affordability, and what the model drives."""

    def rank(rule: DatedRule) -> int:
        return (rule.rule.field in AFFORDABILITY_FIELDS) + (rule.rule.field in MODEL_DRIVEN)

    return sorted(book.rules, key=rank)


def _moves(rule: DatedRule) -> bool:
    return rule.rule.field in BY_REQUEST | AFFORDABILITY_FIELDS
