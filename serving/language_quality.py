"""How generated texts do, day by day: who wrote them, what the checks caught, how long they took, what readers say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args

from features.ranks import wilson
from lending.language_ports import DayTexts, LanguageBook, TextGroup, ThumbCount
from lending.ports import Clock
from lending.yaml_text import dated_values

FILE = "language.yaml"
By = Literal["day", "week"]
BYS: Sequence[By] = get_args(By)
SPANS = (7, 28, 91, 364)
"""Days that a page may look back."""
_LATE = timedelta(hours=1)
"""So long after midnight a day is over: whatever was begun on it is written by then."""
_MOST_NAMED, _MOST_RELEASES = 12, 12


@dataclass(frozen=True, slots=True)
class LanguageRules:
    """Of kb/language.yaml: spans in days, shares as fractions."""

    days: int
    least_people: int
    thumbs_down_most: float
    failures_most: float
    alarm_days: int
    opinions_least: int


def language_rules(kb: Path, day: date) -> LanguageRules:
    """The rules on a day. Raises PolicyError when their file is wrong."""
    value = dated_values(kb / FILE, day)
    return LanguageRules(
        int(value["days"]), int(value["least_people"]), float(value["thumbs_down_most"]),
        float(value["failures_most"]), int(value["alarm_days"]), int(value["opinions_least"]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class LanguageQuality:
    """What staff and flows ask about texts. Nothing here names a customer or repeats what one wrote."""

    book: LanguageBook
    clock: Clock
    kb: Path

    @property
    def rules(self) -> LanguageRules:
        """As they are today."""
        return language_rules(self.kb, self.clock.now().date())

    def report(self, days: int | None = None, by: By = "day") -> dict[str, Any]:
        """Texts of so many days back, today among them, JSON-ready.

        Args:
            days: 1 or more; None takes that of kb/language.yaml.
            by: what time is cut into.
        """
        rules = self.rules
        since, until = self._span(days or rules.days)
        texts, thumbs = self._texts(since, until), self.book.thumbs(since, until)
        groups = [group for day in texts.values() for group in day.groups]
        return {
            "since": since.isoformat(), "until": (until - timedelta(days=1)).isoformat(), "by": by,
            "totals": {**figures(groups), **opinions(thumbs)}, "periods": _periods(texts, thumbs, since, until, by),
            "failures": _ranked(Counter(_summed(day.failures for day in texts.values()))),
            "prompts": _by_prompt(groups), "reasons": _reasons(thumbs),
            "asked": _asked(texts.values(), rules.least_people), "indexes": _indexes(texts),
            "retrieval": [{"version": one.version, "at": one.at.isoformat(), "recall_at_5": one.recall_at_5}
                          for one in self.book.releases(_MOST_RELEASES)],
        }  # fmt: skip

    def lately(self) -> dict[str, Any]:
        """Totals of the days over which alarms watch."""
        since, until = self._span(self.rules.alarm_days)
        groups = [group for day in self._texts(since, until).values() for group in day.groups]
        last = (until - timedelta(days=1)).isoformat()
        return {
            "since": since.isoformat(),
            "until": last,
            **figures(groups),
            **opinions(self.book.thumbs(since, until)),
        }

    def _span(self, days: int) -> tuple[date, date]:
        until = self.clock.now().date() + timedelta(days=1)
        return until - timedelta(days=days), until

    def _texts(self, since: date, until: date) -> Mapping[date, DayTexts]:
        return self.book.days(since, until, (self.clock.now() - _LATE).date())


def figures(groups: Sequence[TextGroup]) -> dict[str, Any]:
    """Counts, shares with their 95 % interval, times and cost; shares and times are None where nothing was counted.

    Failures and times are of texts written anew: a cached one was checked and timed when it was written.
    """
    anew = [group for group in groups if not group.cached]
    texts, fresh, asked = _count(groups), _count(anew), _count(group for group in anew if group.prompt)
    took: Counter[int] = Counter(_summed(group.took for group in anew))
    return {
        "texts": texts, "anew": fresh, "asked": asked,
        "template": share(_count(group for group in groups if group.written_by == "template"), texts),
        "cached": share(texts - fresh, texts), "failed": share(sum(group.failed for group in anew), fresh),
        "unfound": sum(group.unfound for group in groups),
        "p50_ms": percentile(took, 0.5), "p95_ms": percentile(took, 0.95),
        "tokens_in": sum(group.tokens_in for group in groups), "tokens_out": sum(group.tokens_out for group in groups),
        "cost_usd": str(sum((group.cost for group in groups), Decimal(0))),
    }  # fmt: skip


def opinions(thumbs: Iterable[ThumbCount]) -> dict[str, Any]:
    """Thumbs up and down, and the share that is down."""
    found = Counter[str]()
    for one in thumbs:
        found[one.thumb] += one.count
    return {"up": found["up"], "down": found["down"], "thumbs_down": share(found["down"], found.total())}


def share(hits: int, total: int) -> dict[str, Any] | None:
    """A share with its 95 % interval (Wilson), and what it is of; None of nothing."""
    if not total:
        return None
    low, high = wilson(hits, total)
    return {"value": hits / total, "low": low, "high": high, "of": total}


def percentile(took: Mapping[int, int], part: float) -> int | None:
    """The least time within which that part of the texts was done, in milliseconds; None of nothing.

    >>> percentile({10: 9, 500: 1}, 0.5), percentile({10: 9, 500: 1}, 0.95)
    (10, 500)
    """
    left = part * sum(took.values())
    for milliseconds, texts in sorted(took.items()):
        left -= texts
        if left <= 0:
            return milliseconds
    return None


def _periods(
    texts: Mapping[date, DayTexts], thumbs: Sequence[ThumbCount], since: date, until: date, by: By
) -> list[dict[str, Any]]:
    """Every period, those without a text too."""
    days: dict[str, list[TextGroup]] = {}
    for number in range((until - since).days):
        day = since + timedelta(days=number)
        days.setdefault(_period(day, by), []).extend(texts.get(day, DayTexts()).groups)
    said: dict[str, list[ThumbCount]] = {}
    for one in thumbs:
        said.setdefault(_period(date.fromisoformat(one.day), by), []).append(one)
    return [{"period": name, **figures(groups), **opinions(said.get(name, ()))} for name, groups in days.items()]


def _period(day: date, by: By) -> str:
    """The day, or the Monday of its week."""
    return (day if by == "day" else day - timedelta(days=day.weekday())).isoformat()


def _by_prompt(groups: Sequence[TextGroup]) -> list[dict[str, Any]]:
    """One line for each kind of text, prompt and model; the most used first."""
    found: dict[tuple[str, str, str], list[TextGroup]] = {}
    for group in groups:
        found.setdefault((group.kind, group.prompt, group.model), []).append(group)
    lines = [{"kind": kind, "prompt": prompt, "model": model, **figures(own)}
             for (kind, prompt, model), own in found.items()]  # fmt: skip
    return sorted(lines, key=lambda line: -line["texts"])


def _reasons(thumbs: Sequence[ThumbCount]) -> list[dict[str, Any]]:
    names = {one.reason for one in thumbs}
    lines = [{"reason": name, **opinions(one for one in thumbs if one.reason == name)} for name in names]
    return sorted(lines, key=lambda line: (-line["down"], -line["up"], line["reason"]))


def _asked(days: Iterable[DayTexts], least: int) -> dict[str, Any]:
    """Kinds of question and passages met most. One is named only when enough customers met it on a single day."""
    days = list(days)
    topics = {"intents": [day.intents for day in days], "passages": [day.passages for day in days]}
    found = {topic: _named(counted, least) for topic, counted in topics.items()}
    return {"least_people": least, **{topic: lines for topic, (lines, _) in found.items()},
            "left_out": sum(left for _, left in found.values())}  # fmt: skip


def _named(days: Sequence[Mapping[str, tuple[int, int]]], least: int) -> tuple[list[dict[str, Any]], int]:
    """The names met most, and how many names are not told."""
    texts = _summed({name: count for name, (count, _) in day.items()} for day in days)
    told = {name for day in days for name, (_, people) in day.items() if people >= least}
    lines = [line for line in _ranked(Counter(texts)) if line["name"] in told]
    return lines[:_MOST_NAMED], len(texts) - len(told)


def _indexes(texts: Mapping[date, DayTexts]) -> list[dict[str, Any]]:
    """Each index of documents with its texts, the first and the last day it answered; the latest first."""
    found: dict[str, list[tuple[date, int]]] = {}
    for day, counted in texts.items():
        for group in counted.groups:
            if group.index_version:
                found.setdefault(group.index_version, []).append((day, group.texts))
    lines = [{"version": name, "texts": sum(count for _, count in own), "first": min(own)[0].isoformat(),
              "last": max(own)[0].isoformat()} for name, own in found.items()]  # fmt: skip
    return sorted(lines, key=lambda line: line["last"], reverse=True)


def _ranked(counts: Counter[str]) -> list[dict[str, Any]]:
    return [{"name": name, "count": count} for name, count in counts.most_common()]


def _summed(maps: Iterable[Mapping[Any, int]]) -> dict[Any, int]:
    total: Counter[Any] = Counter()
    for one in maps:
        total.update(one)
    return dict(total)


def _count(groups: Iterable[TextGroup]) -> int:
    return sum(group.texts for group in groups)
