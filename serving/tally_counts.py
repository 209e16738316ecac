"""What a decision adds to the counts. Pure: entries of a ledger in, counts out; nothing of anybody's identity stays."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Any

import numpy as np

from lending.tally_ports import Counts, FixedBins, Key, Recorded
from serving.counts import Bins, bins_of
from serving.monitor import Rules

UNKNOWN = "unknown"
"""The group of those for whom no attribute is held."""
SCORE = "pd"
MICRO = 10**6
"""PDs are counted in millionths, the places to which they are rounded."""
_LONGEST = 64  # characters of a grouping
Attributes = Mapping[str, Mapping[str, str]]
Seen = Mapping[str, Sequence[tuple[Key, float | str | None]]]
"""By feature, its value in each decision, beside where that is counted."""


def decision_counts(entries: Sequence[Recorded], attributes: Attributes) -> Counts:
    """Outcomes, PDs, reasons, failed rules and groups of some entries; those of attachments count nothing.

    Args:
        entries: of a ledger. One whose core cannot be opened any more counts by what stands in the open.
        attributes: protected ones by customer; who is not in it is `unknown`.
    """
    found: dict[Key, list[int]] = {}
    for entry in decided(entries):
        core = _core(entry)
        for key, counts in _of_one(entry, core, attributes.get(entry.customer_id, {})):
            there = found.get(key)
            found[key] = [a + b for a, b in zip(there, counts, strict=True)] if there else counts
    return found


def decided(entries: Iterable[Recorded]) -> list[Recorded]:
    """The entries that are decisions."""
    return [entry for entry in entries if entry.kind == "decision"]


def _of_one(entry: Recorded, core: Mapping[str, Any], attributes: Mapping[str, str]) -> Iterable[tuple[Key, list[int]]]:
    plain = {"day": entry.recorded_at.date().isoformat(), "product": entry.product, "outcome": entry.outcome}
    assessment = core.get("assessment") or {}
    whole = {**plain, "version": assessment.get("model_version", ""), "channel": entry.channel}
    yield Key(kind="outcome", **whole), [1]
    if assessment:
        pd = int(Decimal(assessment["pd"]) * MICRO)
        yield Key(kind="pd", **whole), [1, pd, pd * pd]
    for grouping, codes in (("reason", _reasons(core)), ("rule", _failed(core))):
        for code in codes:
            yield Key(kind="reason", name=code, grouping=grouping, **whole), [1]
    for group in _groups(attributes):
        yield Key(kind="group", grouping=group, version=whole["version"], **plain), [1]


def _reasons(core: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(one["code"] for one in core.get("reasons", ())))


def _failed(core: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(one["rule"] for one in core.get("findings", ()) if not one["passed"]))


def _groups(attributes: Mapping[str, str]) -> list[str]:
    """Each group that somebody belongs to, and each two of them crossed."""
    single = [f"{name}={value}" for name, value in sorted(attributes.items())]
    crossed = [" & ".join(two) for two in combinations(single, 2)]
    return [group[:_LONGEST] for group in (*single, *crossed)] or [UNKNOWN]


def seen(entries: Iterable[Recorded]) -> Seen:
    """What the models saw and said: values of each feature, and the score."""
    found: dict[str, list[tuple[Key, float | str | None]]] = defaultdict(list)
    for entry in decided(entries):
        core = _core(entry)
        if not core.get("assessment"):
            continue
        where = {"day": entry.recorded_at.date().isoformat(), "product": entry.product, "outcome": entry.outcome,
                 "version": core["assessment"]["model_version"]}  # fmt: skip
        for name, value in core["features"]["values"].items():
            found[name].append((Key(kind="feature", name=name, **where), value))
        found[SCORE].append((Key(kind="score", name=SCORE, **where), core["assessment"]["pd"]))
    return found


def histograms(values: Seen, bins: Mapping[str, FixedBins]) -> Counts:
    """Counts of each feature and of the score in their fixed bins; one without bins is not counted."""
    found: dict[Key, list[int]] = {}
    for name in values.keys() & bins.keys():
        cut = Bins.from_dict(bins[name].bins)
        by_key: dict[Key, list[float | str | None]] = defaultdict(list)
        for key, value in values[name]:
            by_key[key].append(value)
        found |= {key: cut.count(_column(some, cut.by)).tolist() for key, some in by_key.items()}
    return found


def bins_from_values(name: str, values: Sequence[float | str | None], rules: Rules) -> FixedBins:
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


def _column(values: Sequence[float | str | None], by: str) -> np.ndarray[Any, Any]:
    if by == "text":
        return np.array(values, dtype=object)
    return np.array([np.nan if value is None else float(value) for value in values])


def _is_number(value: float | str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _core(entry: Recorded) -> Mapping[str, Any]:
    return {} if entry.core is None else json.loads(entry.core)
