"""What a decision adds to the counts. Pure: entries of a ledger in, counts out; nothing of anybody's identity stays."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Any

import numpy as np

from lending.tally_ports import Counts, FixedBins, Key, Recorded
from serving.counts import Bins, bins_of
from serving.monitor import Rules
from serving.tally_cores import Opened

UNKNOWN = "unknown"
"""The group of those for whom no attribute is held."""
SCORE = "pd"
MICRO = 10**6
"""PDs are counted in millionths, the places to which they are rounded."""
_LONGEST = 64  # characters of a grouping
Attributes = Mapping[str, Mapping[str, str]]
Value = float | str | None
Seen = Mapping[str, Mapping[Key, Sequence[Value]]]
"""By feature and where it is counted, its value in each decision."""


def decision_counts(entries: Iterable[Opened], attributes: Attributes) -> Counts:
    """Outcomes, PDs, reasons, failed rules and groups of some decisions.

    Args:
        entries: of a ledger. One whose core cannot be opened any more counts by what stands in the open.
        attributes: protected ones by customer; who is not in it is `unknown`.
    """
    pds: dict[Key, list[int]] = {}
    counted: Counter[Key] = Counter()
    for whole, some in _alike(entries, lambda entry: entry.channel).items():
        counted[whole] += len(some)
        for kind, grouping, name, number in _parts(some, attributes):
            channel = "" if kind == "group" else whole.channel
            counted[whole._replace(kind=kind, grouping=grouping, name=name, channel=channel)] += number
        if said := [int(Decimal(one.core.assessment.pd) * MICRO) for one in some if one.core.assessment]:
            pds[whole._replace(kind="pd")] = [len(said), sum(said), sum(pd * pd for pd in said)]
    return {**pds, **{key: [number] for key, number in counted.items()}}


def _alike(entries: Iterable[Opened], channel: Callable[[Recorded], str]) -> dict[Key, list[Opened]]:
    """Decisions by the key under which they count as a whole."""
    found: dict[tuple[str, ...], list[Opened]] = defaultdict(list)
    for one in entries:
        entry, word = one
        version = word.assessment.model_version if word.assessment else ""
        day = entry.recorded_at.date().isoformat()
        found[day, "outcome", "", entry.product, channel(entry), version, entry.outcome].append(one)
    return {Key(*where): some for where, some in found.items()}


def _parts(some: Sequence[Opened], attributes: Attributes) -> Iterator[tuple[str, str, str, int]]:
    """Kind, grouping and name of what decisions count as beside the whole, and how often."""
    reasons = Counter(code for one in some for code in {reason.code for reason in one.core.reasons})
    rules = Counter(rule for one in some for rule in {found.rule for found in one.core.findings if not found.passed})
    yield from (("reason", "reason", code, number) for code, number in reasons.items())
    yield from (("reason", "rule", rule, number) for rule, number in rules.items())
    for person, number in Counter(one.entry.customer_id for one in some).items():
        yield from (("group", group, "", number) for group in _groups(attributes.get(person, {})))


def _groups(attributes: Mapping[str, str]) -> list[str]:
    """Each group that somebody belongs to, and each two of them crossed."""
    single = [f"{name}={value}" for name, value in sorted(attributes.items())]
    crossed = [" & ".join(two) for two in combinations(single, 2)]
    return [group[:_LONGEST] for group in (*single, *crossed)] or [UNKNOWN]


def seen(entries: Iterable[Opened]) -> Seen:
    """What the models saw and said: values of each feature, and the score."""
    found: dict[str, dict[Key, list[Value]]] = defaultdict(dict)
    scored = [one for one in entries if one.core.assessment and one.core.features]
    for whole, some in _alike(scored, lambda _: "").items():
        rows = [one.core.features.values for one in some if one.core.features]
        for name in {name for row in rows for name in row}:
            found[name][whole._replace(kind="feature", name=name)] = [row[name] for row in rows if name in row]
        score = whole._replace(kind="score", name=SCORE)
        found[SCORE][score] = [one.core.assessment.pd for one in some if one.core.assessment]
    return found


def histograms(values: Seen, bins: Mapping[str, FixedBins]) -> Counts:
    """Counts of each feature and of the score in their fixed bins; one without bins is not counted."""
    found: dict[Key, list[int]] = {}
    for name in values.keys() & bins.keys():
        cut = Bins.from_dict(bins[name].bins)
        found |= {key: cut.count(_column(some, cut.by)).tolist() for key, some in values[name].items()}
    return found


def bins_from_values(name: str, values: Sequence[Value], rules: Rules) -> FixedBins:
    """Bins for want of a reference: the decisions at hand, and it says so."""
    there = [value for value in values if value is not None]
    number = all(_is_number(value) for value in there)
    column = _column(values, "range" if number else "text")
    bins = bins_of(column, number=number, bins=rules.bins, few_values=rules.few_values, rare_share=rules.rare_share)
    reference = {"source": "first decisions", "rows": len(values), "counts": bins.count(column).tolist()}
    return FixedBins(name, bins.as_dict(), reference)


def bins_from_reference(version: str, kept: Mapping[str, Any]) -> Mapping[str, FixedBins]:
    """Bins of every feature and of the score from a model's `reference.json` (training/reference.py)."""
    parts = {**kept.get("features", {}), **({SCORE: kept["score"]} if "score" in kept else {})}
    return {name: _from_part(name, version, part) for name, part in parts.items()}


def _from_part(name: str, version: str, part: Mapping[str, Any]) -> FixedBins:
    if part["kind"] == "edges":
        bins, other = Bins("range", tuple(part["edges"])), 0
    else:
        text = any(isinstance(value, str) for value in part["values"])
        bins, other = Bins("text" if text else "number", tuple(part["values"])), part["other"]
    counts = [*part["counts"], other, part["missing"]]
    return FixedBins(name, bins.as_dict(), {"source": version, "rows": sum(counts), "counts": counts})


def _column(values: Sequence[Value], by: str) -> np.ndarray[Any, Any]:
    if by == "text":
        return np.array(values, dtype=object)
    return np.array([np.nan if value is None else float(value) for value in values])


def _is_number(value: float | str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
