"""How much is asked and decided, with what end and how soon: figures with their intervals, from counts alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any, Literal

from features.ranks import wilson
from lending.tally_ports import Tallies
from serving.funnel import By, funnel, funnel_of
from serving.tally_counts import MICRO
from serving.tally_days import HOURS

Cut = Literal["day", "week", "month"]
CUTS: tuple[Cut, ...] = ("day", "week", "month")
ENDS = ("approve", "refer", "decline")
"""What a decision may say, in the order in which it is shown."""
_MOST_REASONS = 12
_MOST_KEPT = 32  # reports: a page and its filters, of each who looks
Shares = Mapping[str, Any]
"""A share as `{value, low, high, of}`: texts with six places and 95 % interval, or None; and of how many."""


@dataclass(frozen=True, slots=True)
class Span:
    """What is looked at; an empty field takes everything.

    Attributes:
        first, last: days (UTC), both included.
        model: version that decided.
        variant: `experiment: variant` of a page; only visits know it.
    """

    first: date
    last: date
    by: Cut = "week"
    product: str = ""
    channel: str = ""
    model: str = ""
    variant: str = ""

    @property
    def decided(self) -> Mapping[str, str]:
        """The fields of `Key` that decisions must have."""
        named = {"product": self.product, "channel": self.channel, "version": self.model}
        return {name: value for name, value in named.items() if value}

    @property
    def asked_for(self) -> Mapping[str, str]:
        """The fields that applications must have: they know no channel and no model."""
        return {"product": self.product} if self.product else {}


class Kpis:
    """Figures from counts; JSON-ready, made anew when counts change."""

    def __init__(self, tallies: Tallies, steps: Sequence[str]) -> None:
        """`steps`: names of the funnel's steps, in order."""
        self.tallies, self.steps = tallies, steps
        self._made = lru_cache(_MOST_KEPT)(lambda _changes, span: self._report(span))
        self._found = lru_cache(1)(lambda _changes: self._choices())

    def report(self, span: Span) -> Mapping[str, Any]:
        """Everything about a span: totals, periods, loan types, channels, reasons, applications and funnel."""
        return self._made(self.tallies.changes(), span)

    def choices(self) -> Mapping[str, Sequence[str]]:
        """What there is to choose from: channels, models and variants that were ever counted."""
        return self._found(self.tallies.changes())

    def funnel(self, first: date, last: date, by: By = "") -> dict[str, Any]:
        """Visits at each step and how many stopped before the next; see `serving.funnel`."""
        counts = self.tallies.rows(("funnel",), first, last)
        visits = sum(own[0] for key, own in counts.items() if not key.product and not key.grouping)
        groups = [{"group": one["group"], "steps": one["steps"]} for one in funnel(counts, self.steps, by)]
        return {"since": first.isoformat(), "by": by or None, "visits": visits, "groups": groups}

    def _report(self, span: Span) -> dict[str, Any]:
        ends = self._ends(span, "outcome")
        return {
            "from": span.first.isoformat(), "to": span.last.isoformat(), "by": span.by,
            "totals": {**_line(ends.get("", {})), "expected_default": self._expected(span)},
            "periods": self._periods(span),
            "products": _lines("product", self._ends(span, "product", "outcome")),
            "channels": _lines("channel", self._ends(span, "channel", "outcome")),
            "models": _lines("model", self._ends(span, "version", "outcome")),
            "reasons": self._reasons(span, ends.get("", {}).get("decline", 0)),
            "applications": self._applications(span),
            "waiting": self._waiting(span),
            "funnel": self._funnel(span),
        }  # fmt: skip

    def _choices(self) -> dict[str, list[str]]:
        always = (date.min, date.max)
        found = self.tallies.sums("outcome", *always, by=("channel", "version"))
        seen = self.tallies.rows(("funnel",), *always, where={"product": ""})
        return {
            "channels": sorted({channel for channel, _ in found}),
            "models": sorted({version for _, version in found} - {""}),
            "variants": sorted({key.grouping for key in seen} - {""}),
        }

    def _ends(self, span: Span, *by: str) -> dict[str, dict[str, int]]:
        """How many decisions ended how, for each value of a field; under "" when there is none but the outcome."""
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for names, count in self.tallies.sums("outcome", span.first, span.last, by, span.decided).items():
            *value, end = names
            found["".join(value)][end] = count
        return found

    def _periods(self, span: Span) -> list[dict[str, Any]]:
        """Every period of the span, also those in which nothing was decided."""
        found: dict[str, dict[str, int]] = {name: defaultdict(int) for name in _period_names(span)}
        for day, ends in self._ends(span, "day", "outcome").items():
            for end, count in ends.items():
                found[period_of(date.fromisoformat(day), span.by)][end] += count
        return [{"period": name, **_line(ends)} for name, ends in found.items()]

    def _expected(self, span: Span) -> dict[str, Any]:
        """Mean PD of what was approved, and how many defaults among them it makes us expect."""
        rows = self.tallies.rows(("pd",), span.first, span.last, {**span.decided, "outcome": "approve"})
        count, total = (sum(counts[place] for counts in rows.values()) for place in (0, 1))
        mean = f"{total / count / MICRO:.6f}" if count else None
        return {"mean_pd": mean, "defaults": f"{total / MICRO:.2f}", "of": count}

    def _reasons(self, span: Span, declined: int) -> list[dict[str, Any]]:
        where = {**span.decided, "outcome": "decline", "grouping": "reason"}
        found = self.tallies.sums("reason", span.first, span.last, ("name",), where)
        most = sorted(found.items(), key=lambda one: (-one[1], one[0]))[:_MOST_REASONS]
        return [{"reason": name, "count": count, "share": share_of(count, declined)} for (name,), count in most]

    def _applications(self, span: Span) -> list[dict[str, Any]]:
        found = self.tallies.sums("application", span.first, span.last, ("name", "outcome"), span.asked_for)
        return [{"act": act, "state": state, "count": count} for (act, state), count in sorted(found.items())]

    def _funnel(self, span: Span) -> list[dict[str, Any]]:
        counts = self.tallies.rows(("funnel",), span.first, span.last, span.asked_for or {"product": ""})
        return funnel_of(counts, self.steps, span.product, span.variant)

    def _waiting(self, span: Span) -> dict[str, Any]:
        """How long applications waited for a decision, in hours."""
        rows = self.tallies.rows(("time",), span.first, span.last, span.asked_for)
        buckets = [sum(counts) for counts in zip(*rows.values(), strict=True)] or [0] * (len(HOURS) + 1)
        return {"of": sum(buckets), "median": quantile(buckets, 0.5), "p90": quantile(buckets, 0.9),
                "buckets": buckets, "hours": list(HOURS)}  # fmt: skip


def period_of(day: date, cut: Cut) -> str:
    """`2026-11-02`, the Monday of its week, or `2026-11`."""
    if cut == "week":
        day -= timedelta(days=day.weekday())
    return day.isoformat()[:7] if cut == "month" else day.isoformat()


def share_of(count: int, of: int) -> Shares:
    """A share with its 95 % interval; None where there is nothing to share.

    >>> share_of(5, 10)
    {'value': '0.500000', 'low': '0.236593', 'high': '0.763407', 'of': 10}
    """
    if not of:
        return {"value": None, "low": None, "high": None, "of": 0}
    low, high = wilson(count, of)
    return {"value": f"{count / of:.6f}", "low": f"{low:.6f}", "high": f"{high:.6f}", "of": of}


def quantile(buckets: Sequence[int], share: float) -> dict[str, float | None] | None:
    """The bucket that holds a quantile: `{low, high, about}` in hours; None where nothing waited.

    `about` takes the waits of a bucket as evenly spread; the last bucket has no upper end, so neither is known there.
    """
    total = sum(buckets)
    if not total:
        return None
    reached = list(accumulate(buckets))
    place = next(place for place, count in enumerate(reached) if count >= share * total and buckets[place])
    low = HOURS[place - 1] if place else 0.0
    if place == len(HOURS):
        return {"low": low, "high": None, "about": None}
    inside = (share * total - (reached[place] - buckets[place])) / buckets[place]
    return {"low": low, "high": HOURS[place], "about": round(low + inside * (HOURS[place] - low), 4)}


def _line(ends: Mapping[str, int]) -> dict[str, Any]:
    decided = sum(ends.values())
    return {
        "decided": decided, **{end: ends.get(end, 0) for end in ENDS},
        "approval": share_of(ends.get("approve", 0), decided), "refusal": share_of(ends.get("decline", 0), decided),
    }  # fmt: skip


def _lines(name: str, found: Mapping[str, Mapping[str, int]]) -> list[dict[str, Any]]:
    return [{name: key, **_line(ends)} for key, ends in sorted(found.items())]


def _period_names(span: Span) -> list[str]:
    days = (span.last - span.first).days + 1
    return list(dict.fromkeys(period_of(span.first + timedelta(days=number), span.by) for number in range(days)))
