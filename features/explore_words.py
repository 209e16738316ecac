"""Sentences that say what there is to see in a data set."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import correlation
from typing import TYPE_CHECKING

from features.findings import percent

if TYPE_CHECKING:
    from features.explore import Bin, Exploration, FeatureView

_FEWEST_LOANS = 30
_CLOSE, _MUCH_MISSING, _STRONG_AUC, _TOLD = 0.8, 0.2, 0.8, 5


def sentence_of(view: FeatureView, base: float) -> str:
    """One feature in a sentence or two."""
    bins = [b for b in view.bins if b.loans >= _FEWEST_LOANS and b.name != "missing"]
    if len(bins) < 2 or view.information == 0:
        return "It tells nothing about the outcome alone." + _gap(view, base)
    low, high = min(bins, key=lambda b: b.bad), max(bins, key=lambda b: b.bad)
    if low.high >= high.low:
        return "No group of its values differs from another by more than chance explains." + _gap(view, base)
    shape = _shape(view, bins)
    span = f"{percent(low.bad)} bad at {low.name} and {percent(high.bad)} at {high.name}"
    return f"{shape}: {span}." + _gap(view, base)


def _shape(view: FeatureView, bins: list[Bin]) -> str:
    if view.kind == "category":
        return "Groups differ"
    way = correlation([float(i) for i in range(len(bins))], [b.bad for b in bins])
    if abs(way) < _CLOSE:
        return "Neither only up nor only down"
    return "Riskier as it grows" if way > 0 else "Safer as it grows"


def _gap(view: FeatureView, base: float) -> str:
    blank = next((b for b in view.bins if b.name == "missing"), None)
    if blank is None:
        return ""
    said = f" Missing in {percent(view.missing)} of loans"
    if blank.low > base or blank.high < base:
        return f"{said}, of which {percent(blank.bad)} went bad."
    return f"{said}; that says nothing by itself."


def sentences(found: Exploration) -> Iterator[str]:
    """What a reader should take away, the most important first."""
    loans = f"{found.loans:,} loans"
    looked = "" if found.looked_at == found.loans else f"; {found.looked_at:,} evenly spaced ones are shown"
    yield f"{loans}, of which {percent(found.bad)} went bad{looked}."
    rich = [v for v in found.features if v.information > 0][:_TOLD]
    if rich:
        said = ", ".join(f"{v.name} ({percent(v.information)})" for v in rich)
        yield f"Alone, these explain most of the outcome's uncertainty: {said}."
    else:
        yield "No feature tells anything about the outcome alone."
    strong = [v.name for v in found.features if v.auc is not None and v.auc >= _STRONG_AUC]
    if strong:
        yield f"Very strong alone: {', '.join(strong[:_TOLD])}. Was each known on the day of the decision?"
    yield from _time(found)
    yield from _close(found)
    gaps = [v for v in found.features if v.missing >= _MUCH_MISSING]
    if gaps:
        worst = sorted(gaps, key=lambda v: -v.missing)[:_TOLD]
        yield "Often missing: " + ", ".join(f"{v.name} ({percent(v.missing)})" for v in worst) + "."


def _time(found: Exploration) -> Iterator[str]:
    periods = [p for p in found.periods if p.loans >= _FEWEST_LOANS]
    if len(periods) < 2:
        return
    low, high = min(periods, key=lambda p: p.bad), max(periods, key=lambda p: p.bad)
    if low.high < high.low:
        span = f"{percent(low.bad)} in {low.name} to {percent(high.bad)} in {high.name}"
        yield f"The share of bad loans moves over time by more than chance: from {span}."
    else:
        yield "The share of bad loans does not move over time by more than chance explains."


def _close(found: Exploration) -> Iterator[str]:
    pairs = [
        (abs(value), found.together[i], found.together[j])
        for i, row in enumerate(found.correlations) for j, value in enumerate(row) if j > i and abs(value) >= _CLOSE
    ]  # fmt: skip
    if pairs:
        said = "; ".join(f"{a} and {b} ({value:.2f})" for value, a, b in sorted(pairs, reverse=True)[:_TOLD])
        yield f"Move together, so that one may stand for the other: {said}."
