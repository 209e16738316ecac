"""Generated texts of a day, counted from its rows and kept as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from lending.language_ports import DayTexts, TextGroup

_ALIKE = ("kind", "prompt", "model", "index_version", "written_by", "cached")
_OWN = "own:"
"""How passages of customers' own papers begin: nobody else is told of them."""


@dataclass(slots=True)
class _Group:
    """A group while it is counted."""

    sums: Counter[str] = field(default_factory=Counter[str])
    cost: Decimal = Decimal(0)
    took: Counter[int] = field(default_factory=Counter[int])


@dataclass(slots=True)
class DayCount:
    """Counts rows of `generations`."""

    groups: dict[tuple[Any, ...], _Group] = field(default_factory=dict[tuple[Any, ...], _Group])
    failures: Counter[str] = field(default_factory=Counter[str])
    about: dict[str, dict[str, list[str]]] = field(default_factory=lambda: {"intents": {}, "passages": {}})

    def add(self, row: Any) -> None:
        """Count one row: its columns, and the lists of its detail."""
        detail = json.loads(row.failures)
        group = self.groups.setdefault(tuple(getattr(row, name) for name in _ALIKE), _Group())
        group.sums.update(texts=1, failed=bool(detail["failures"]), unfound=detail.get("found") is False,
                          tokens_in=row.tokens_in, tokens_out=row.tokens_out)  # fmt: skip
        group.cost += Decimal(row.cost)
        if not row.cached:
            group.took[two_figures(row.milliseconds)] += 1
        self.failures.update(str(check) for check, _ in detail["failures"])
        for topic, found in self.about.items():
            for name in _names(detail.get(topic, ())):
                found.setdefault(name, []).append(row.customer_id or "")

    def done(self) -> DayTexts:
        """What was counted."""
        groups = [_counted(key, group) for key, group in self.groups.items()]
        about = {topic: {name: (len(who), len({*who} - {""})) for name, who in found.items()}
                 for topic, found in self.about.items()}  # fmt: skip
        return DayTexts(groups, dict(self.failures), **about)


def two_figures(milliseconds: int) -> int:
    """Rounded down to its first two figures, so that few values stand for many.

    >>> two_figures(7), two_figures(1284)
    (7, 1200)
    """
    unit = 10 ** max(len(str(milliseconds)) - 2, 0)
    return milliseconds // unit * unit


def by_day(rows: Iterable[Any]) -> Iterator[tuple[str, DayTexts]]:
    """Rows in the order of time, counted day by day."""
    day, count = "", DayCount()
    for row in rows:
        if row.at[:10] != day:
            if day:
                yield day, count.done()
            day, count = row.at[:10], DayCount()
        count.add(row)
    if day:
        yield day, count.done()


def as_text(day: DayTexts) -> str:
    """JSON of a day."""
    return json.dumps(asdict(day), default=str, sort_keys=True)


def from_text(text: str) -> DayTexts:
    """The inverse of `as_text`."""
    read = json.loads(text)
    groups = [_group(one) for one in read["groups"]]
    about = {topic: {name: (texts, people) for name, (texts, people) in read[topic].items()}
             for topic in ("intents", "passages")}  # fmt: skip
    return DayTexts(groups, read["failures"], **about)


def _counted(alike: tuple[Any, ...], group: _Group) -> TextGroup:
    kind, prompt, model, index_version, written_by, cached = alike
    sums = group.sums
    return TextGroup(
        kind, prompt, model, index_version, written_by, bool(cached), sums["texts"], sums["failed"], sums["unfound"],
        sums["tokens_in"], sums["tokens_out"], group.cost, dict(group.took),
    )  # fmt: skip


def _names(listed: Iterable[Any]) -> set[str]:
    return {str(name) for name in listed if not str(name).startswith(_OWN)}


def _group(read: Mapping[str, Any]) -> TextGroup:
    took = {int(milliseconds): int(texts) for milliseconds, texts in read["took"].items()}
    typed: dict[str, Any] = {**read, "cost": Decimal(read["cost"]), "took": took}
    return TextGroup(**typed)
