"""What applications and visits add to the counts of a day. Pure: rows of some days in, their whole counts out."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from lending.domain.workflow import State
from lending.tally_ports import Counts, Key, Moved, Visited

HOURS = (1 / 60, 0.25, 1, 4, 8, 24, 48, 72, 96, 120, 168, 240, 336, 504, 720)
"""Upper ends of the buckets of waiting, in hours: a minute to thirty days; the last bucket is open."""
_WAITS = frozenset({State.SUBMITTED.value, State.IN_REVIEW.value})
_DECIDED = frozenset({State.OFFERED.value, State.REFUSED.value})


class Step(Protocol):
    """A step of the funnel, as `serving.behaviour.FunnelStep`."""

    @property
    def event(self) -> str: ...
    @property
    def page(self) -> str: ...
    @property
    def steps(self) -> tuple[str, ...]: ...


def application_counts(moves: Iterable[Moved]) -> Counts:
    """Each act by product and by the state it led to, and how long applications waited for their decision."""
    found: dict[Key, list[int]] = {}
    for one in moves:
        where = {"day": one.at.date().isoformat(), "product": one.product, "outcome": one.to_state}
        _one_more(found, Key(kind="application", name=one.act, **where), 1, 0)
        if one.submitted_at and one.from_state in _WAITS and one.to_state in _DECIDED:
            hours = (one.at - one.submitted_at).total_seconds() / 3600
            _one_more(found, Key(kind="time", name="to_decision", **where), len(HOURS) + 1, bisect_left(HOURS, hours))
    return found


def funnel_counts(rows: Iterable[Visited], funnel: Sequence[Step]) -> Counts:
    """Visits, and how many of them came to each step, by the day they began, loan type and variant.

    A visit counts at a step when it came there and to all before. What happened before a loan type was chosen counts
    for every type of the visit. Of each key the first count is all visits.
    """
    visits: dict[str, list[Visited]] = defaultdict(list)
    for row in rows:
        visits[row.visitor].append(row)
    found: dict[Key, list[int]] = {}
    for own in visits.values():
        day = min(row.first for row in own).date().isoformat()
        for product in ("", *sorted({row.product for row in own} - {""})):
            here = [row for row in own if not product or row.product in ("", product)]
            depth = _depth(here, funnel)
            for variant in ("", *sorted(_variants(own))):
                counts = found.setdefault(
                    Key(day=day, kind="funnel", product=product, grouping=variant), [0] * (len(funnel) + 1)
                )
                for place in range(depth + 1):
                    counts[place] += 1
    return found


def _depth(rows: Sequence[Visited], funnel: Sequence[Step]) -> int:
    """How many steps, from the first on, a visit came to."""
    for depth, step in enumerate(funnel):
        if not any(_shows(step, row) for row in rows):
            return depth
    return len(funnel)


def _shows(step: Step, row: Visited) -> bool:
    return (row.event, row.page) == (step.event, step.page) and (not step.steps or row.step in step.steps)


def _variants(rows: Iterable[Visited]) -> set[str]:
    seen: set[str] = set()
    for text in {row.variants for row in rows}:
        chosen: Mapping[str, str] = json.loads(text)
        seen |= {f"{experiment}: {variant}" for experiment, variant in chosen.items()}
    return seen


def _one_more(found: dict[Key, list[int]], key: Key, size: int, place: int) -> None:
    found.setdefault(key, [0] * size)[place] += 1
