"""The limits of a surface: the most that may be due a month, by tier of the loan and by term."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

import numpy as np

from lending.domain.application import Outcome
from lending.domain.errors import PolicyError
from lending.domain.money import money_text, plain
from lending.domain.policy import DatedRule, Policy, Rule, Rulebook
from lending.grid.cuts import joined, spans
from lending.grid.figures import Points
from lending.grid.requests import Grid, code_of
from lending.grid.scaled import CENTS, MICRO, floored


def checked(dated: DatedRule) -> DatedRule:
    """A rule on what is due, if it can be told as a limit on that.

    Raises:
        PolicyError: it is confidential, or wants more to be due.
    """
    rule = dated.rule
    if rule.operator not in ("at_most", "present", "none_of") or rule.confidential:
        said = "confidential" if rule.confidential else rule.operator
        raise PolicyError(
            f"rule {rule.id} on {rule.field} is {said}; what is due a month may only be limited openly, by at_most",
            field=rule.id, found=said, expected="at_most, not confidential", do="Correct the rule under kb/.",
        )  # fmt: skip
    return dated


def limits_of(dated: DatedRule, grid: Grid, policy: Policy) -> Iterator[dict[str, Any]]:
    """The limits that a rule sets: one for each tier of the loan and each run of terms with the same consequence.

    The terms of a limit are `term_from` to the last of its `term_cuts`; up to each cut holds the `max` beside it.
    """
    book = grid.book
    first, most = _first_term(book), floored(book["amount_max"], CENTS)
    incomes = list(_incomes(dated, grid))
    for lower, upper, limit in spans(dated):
        runs = [_run(dated.rule, limit, income, policy) for income in incomes if lower <= most]
        start = first
        for follows, same in groupby(runs, key=lambda run: run.follows):
            together = list(same)
            if follows is not None:
                amounts = {"amount_from": money_text(_units(lower)), "amount_to": money_text(_units(min(upper, most)))}
                yield {**_said(follows), **_looks_at(dated.rule, book), **amounts, **_terms(start, together)}
            start = together[-1].last + 1


@dataclass(frozen=True, slots=True)
class _Income:
    """Terms up to `last` at which the same cents of income count; millionths of a cent that are owed `beside` it."""

    last: int
    cents: int
    beside: int


@dataclass(frozen=True, slots=True)
class _Run:
    """Terms up to `last` with the most that may be due, in cents; `follows` names what more than that leads to."""

    last: int
    most: int
    follows: tuple[str, Outcome] | None


def _first_term(book: Rulebook) -> int:
    """The shortest term with an instalment."""
    return int(book.get("moratorium_months") or 0) + 1


def _incomes(dated: DatedRule, grid: Grid) -> Iterator[_Income]:
    terms = np.arange(_first_term(grid.book), int(grid.book["term_months_max"]) + 1)
    nothing = np.zeros_like(terms)
    # Of no loan at all, so its `part` is what is owed beside it.
    share = grid.figures(Points(nothing, terms, nothing)).share(dated.rule.field)
    for at in joined(share.whole.tolist()):
        yield _Income(int(terms[at]), int(share.whole[at]), int(share.part[at]))


def _run(rule: Rule, limit: Decimal | None, income: _Income, policy: Policy) -> _Run:
    """What may be due at most; less than nothing where the income is not known, or is known to be nothing."""
    if income.cents < 0:
        return _Run(income.last, -1, (code_of(f"missing_{rule.field}", policy), Outcome.REFER))
    if limit is None:
        return _Run(income.last, 0, None)
    most = (floored(limit, MICRO) * income.cents - income.beside) // 10**MICRO if income.cents else -1
    return _Run(income.last, most, (rule.reason, rule.fail))


def _said(follows: tuple[str, Outcome]) -> dict[str, str]:
    code, outcome = follows
    return {"code": code, "outcome": outcome.value}


def _looks_at(rule: Rule, book: Rulebook) -> dict[str, str]:
    stressed = rule.field == "dti_stressed" and book.product.rate_kind == "variable"
    return {
        "on": "instalment" if rule.field == "ltv_at_maturity" else "burden",
        "rate_add": plain(book["stress_add"]) if stressed else "0",
    }


def _terms(start: int, runs: list[_Run]) -> dict[str, Any]:
    return {
        "term_from": start,
        "term_cuts": [run.last for run in runs],
        "max": [money_text(_units(run.most)) for run in runs],
    }


def _units(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-CENTS)
