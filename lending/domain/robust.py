"""Which plans would also hold had the model learned from other loans, and how much further one goes until it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from lending.domain.application import Application
from lending.domain.approval import Passes
from lending.domain.lever import Chosen, moved, weight
from lending.domain.policy import Rulebook
from lending.domain.search import Search, in_lockstep, least

Judge = Callable[[Sequence[Application], int], Sequence[bool]]
"""For each application, whether at least so many of the bootstrap models of the package approve it too."""

_PARTS = 8


def robust(
    application: Application, plans: Sequence[Chosen], judge: Judge | None, book: Rulebook
) -> dict[Chosen, bool]:
    """Whether each plan is robust; beside them a wider variant that is, where the cheapest plan is not.

    The variant moves the same levers on in growing steps. It is that of the cheapest plan; where that has none and no
    other plan is robust, the cheapest one of the others.

    Args:
        application: what was declined.
        plans: the cheapest first.
        judge: None where a package has no bootstrap models, so that nothing is called robust or not.
        book: the product on the day.
    """
    if judge is None or not plans:
        return {}
    enough = int(book["recourse_robust_models_min"])

    def passes(applications: Sequence[Application]) -> list[bool]:
        return list(judge(applications, enough))

    first, others = plans[0], plans[1:]
    both: list[Search[Chosen | list[bool] | None]] = [_widening(application, first), _each(application, others)]
    wider, flags = in_lockstep(both, passes)
    found = {first: wider == first, **dict(zip(others, cast("list[bool]", flags), strict=True))}
    if wider is None and not any(found.values()):
        wider = _cheapest_wider(application, others, passes)
    return found if wider is None else {**found, cast("Chosen", wider): True}


def _each(application: Application, plans: Sequence[Chosen]) -> Search[list[bool]]:
    """One question about each."""
    return (yield [moved(application, one) for one in plans])


def _cheapest_wider(application: Application, plans: Sequence[Chosen], passes: Passes) -> Chosen | None:
    found = in_lockstep([_widening(application, one) for one in plans], passes)
    return min((one for one in found if one is not None), key=weight, default=None)


def _widening(application: Application, plan: Chosen) -> Search[Chosen | None]:
    """The first of the wider plans that passes, the plan itself where it does; None where none of them does."""
    wider = _widened(plan)
    last = len(wider) - 1
    probes = sorted({last * part // _PARTS for part in range(_PARTS + 1)})
    stage = yield from least(lambda stage: moved(application, wider[stage]), probes, _PARTS)
    return None if stage is None else wider[stage]


def _widened(plan: Chosen) -> list[Chosen]:
    """The plan as it is, then its levers moved on together, in proportion to the room each has.

    One level further each time at first, then an eighth further, so that two rounds of questions find the robust one.
    """
    room = max(lever.top - level for lever, level in plan)
    stages = [0]
    while stages[-1] < room:
        stages.append(min(room, stages[-1] + max(1, stages[-1] // 8)))
    return [tuple((lever, at + (lever.top - at) * n // max(room, 1)) for lever, at in plan) for n in stages]
