"""A lever: one thing that a refused applicant can change, in steps from a small change to a large one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from lending.domain.application import Applicant, Application
from lending.domain.changes import Setting, put
from lending.domain.money import ZERO, Money, to_cents


@dataclass(frozen=True, slots=True)
class Lever:
    """One thing that can be changed. Level n, from 1 to `top`, is `first + (n - 1) * step`, ever further away.

    Attributes:
        action: the word for it.
        changes: what it touches; two levers that touch the same are never combined.
        mends: fields of rules that it can bring nearer to their limits; what it leaves as it is stands not among them.
        strains: it may also break a rule that held, so that another lever has to make up for it.
        before: where it stands now.
        probes: levels to look at first, rising, the last one the furthest that is of use. Between two of them more of
            it is taken to help at least as much as less.
        costs: money that reaching a value takes, never less for a further one.
        months: months that reaching a value takes.
        wait_cost: money that a month of waiting weighs as much as.
        partner: who would sign, for a co-applicant.
        ask_again: it takes time or luck, so it is a reason to ask again later and no promise.
    """

    action: str
    changes: str
    mends: frozenset[str]
    before: Decimal | None
    first: Decimal
    step: Decimal
    top: int
    probes: tuple[int, ...]
    costs: Callable[[Decimal], Decimal]
    months: Callable[[Decimal], int] = lambda _: 0
    wait_cost: Decimal = ZERO
    partner: Applicant | None = None
    ask_again: bool = False
    strains: bool = False

    def value(self, level: int) -> Decimal:
        """Where a level stands."""
        return self.first + (level - 1) * self.step

    def cost(self, level: int) -> Money:
        """Money that a level takes."""
        return to_cents(self.costs(self.value(level)))

    def wait(self, level: int) -> Decimal:
        """What the months of a level weigh, as money."""
        return self.months(self.value(level)) * self.wait_cost

    def setting(self, level: int) -> Setting:
        """What `put` is given for a level."""
        return self.partner or self.value(level)

    def at(self, application: Application, level: int) -> Application:
        """The application with this one thing changed."""
        return put(application, self.action, self.setting(level))


Chosen = tuple[tuple[Lever, int], ...]
"""Levers with the level each is moved to."""


def moved(application: Application, chosen: Chosen) -> Application:
    """The application with each lever moved to its level."""
    for lever, level in chosen:
        application = lever.at(application, level)
    return application


def weight(chosen: Chosen) -> Decimal:
    """What plans are put in order by: the money that all levers take, and the longest wait at what it weighs."""
    total, longest = Decimal(0), Decimal(0)
    for lever, level in chosen:
        total += lever.cost(level)
        longest = max(longest, lever.wait(level)) if lever.ask_again else longest
    return total + longest
