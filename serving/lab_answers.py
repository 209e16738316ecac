"""What a policy answers to past applications, as columns: outcome, price and what a year of each loan would bring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lending.domain.application import Outcome, Person
from lending.domain.decision import Decision, decide
from lending.domain.eligibility import Finding
from lending.domain.policy import DatedRule, Policy, Value, rulebook
from lending.domain.pricing import pd_12m
from lending.domain.shared_findings import SharedFindings
from serving.lab_cases import Case

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
OUTCOMES = (Outcome.APPROVE, Outcome.REFER, Outcome.DECLINE)
"""In the order of their codes."""
CUT_OFF = "pd_12m"
"""The field of the rule that the cut-off explorer moves."""
_AT_A_TIME = 200
Watch = Callable[[int, int], None]
"""Told how many of how many are decided."""


@dataclass(frozen=True)
class Answers:
    """One place a case, in its order; shape (n,) each. Money is in the market's currency and that of a first year.

    Attributes:
        outcome: place in OUTCOMES.
        pd: default probability within a year; NaN where no model decided.
        amount: lent, all of which is taken to be owed when a loan defaults (EAD).
        rate: the offered yearly rate; NaN where there is none within the band.
        funding: reference rate and funding spread, on the amount.
        cost: of running the loan.
        fee: for setting it up.
        lgd: share of the amount lost at default.
        others: approved but for the limit on the PD.
    """

    outcome: NDArray[np.int8]
    pd: Floats
    amount: Floats
    rate: Floats
    funding: Floats
    cost: Floats
    fee: Floats
    lgd: Floats
    others: Bools

    @property
    def approved(self) -> Bools:
        """Whom the bank would lend to without a person looking."""
        return self.outcome == 0

    @property
    def income(self) -> Floats:
        """Interest and fee of a year on the amount lent."""
        return self.rate * self.amount + self.fee

    @property
    def expected_loss(self) -> Floats:
        """PD x LGD x EAD, as the policy prices it."""
        return self.pd * self.lgd * self.amount

    @property
    def expected_profit(self) -> Floats:
        """Income less funds, cost and expected loss."""
        return self.income - self.funding - self.cost - self.expected_loss

    def realised_loss(self, bad: Floats) -> Floats:
        """LGD x EAD of loans that went bad; NaN where nobody saw it. `bad`: 1, 0 or NaN."""
        return bad * self.lgd * self.amount

    def realised_profit(self, bad: Floats) -> Floats:
        """As expected, with what happened; a bad loan is taken to bring no interest. Source: training/profit.yaml."""
        earned = np.where(bad == 1, self.fee, self.income)
        return earned - self.funding - self.cost - self.realised_loss(bad)


def answers(cases: Sequence[Case], policy: Policy, unseen: frozenset[str], watch: Watch | None = None) -> Answers:
    """Decide every case by a policy, with the very function that decides quotes.

    Args:
        cases: in the order of their days.
        policy: decides.
        unseen: fields that the data does not tell; their rules are left out.
        watch: told how far it is.
    """
    look = _LooksAtKnown(unseen)
    rows: list[tuple[float, ...]] = []
    for place, case in enumerate(cases):
        decision = decide(case.application, case.assessment, policy, case.day, look.check)
        rows.append(_row(case, decision, policy))
        if watch and (place + 1) % _AT_A_TIME == 0:
            watch(place + 1, len(cases))
    table = np.array(rows, dtype=np.float64).reshape(len(cases), -1).T
    return Answers(table[0].astype(np.int8), *table[1:-1], others=table[-1].astype(bool))


class _LooksAtKnown:
    """Answers like `eligibility.check`, without the rules about what the data does not tell."""

    def __init__(self, unseen: frozenset[str]) -> None:
        self._unseen, self._shared = unseen, SharedFindings()

    def check(
        self, rules: Iterable[DatedRule], values: Mapping[str, Value], own: Mapping[Person, Mapping[str, Value]]
    ) -> list[Finding]:
        seen = (one for one in rules if one.rule.field not in self._unseen)
        return self._shared.check(seen, values, own)


def _row(case: Case, decision: Decision, policy: Policy) -> tuple[float, ...]:
    request, price, word = case.application.request, decision.price, case.assessment
    book, amount = rulebook(policy, request.product, case.day), float(request.amount)
    parts = dict(price.parts) if price else {}
    found = float("nan") if word is None else float(pd_12m(word.pd, word.horizon_months))
    rate = float("nan") if price is None or price.annual_rate is None else float(price.annual_rate)
    funding = float(parts.get("reference", 0) + parts.get("funding", 0))
    others = price is not None and all(f.passed or f.field == CUT_OFF for f in decision.findings)
    return (
        OUTCOMES.index(decision.outcome), found, amount, rate, funding * amount, float(parts.get("cost", 0)) * amount,
        float(book["processing_fee"]) * amount, float(book["lgd"]), others,
    )  # fmt: skip
