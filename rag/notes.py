"""Dated notes on the market's reference rate, written from the policy's own series."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from lending.domain.policy import Dated, Parameter, Policy
from rag.ports import Writing

SERIES = "reference_rate"
LAST = 8
"""Notes are kept for this many changes; older ones stay in the series."""


def rate_notes(policy: Policy, writing: Writing) -> dict[str, str]:
    """One document for each of the latest changes, and one on where the rate has been; path to text.

    A note holds from its change to the day before the next one, so it is cited for its own days alone.
    """
    series = policy.parameters[SERIES]
    changes = list(pairwise(series.values))[-LAST:]
    ends = [after.since - timedelta(days=1) for _, after in changes[1:]]
    notes = {
        f"documents/market/reference-rate-{policy.market}-{after.since}.md": _note(policy, series, before, after, end,
                                                                                     number, writing)
        for number, ((before, after), end) in enumerate(zip(changes, [*ends, None], strict=True), 1)
    }  # fmt: skip
    return {**notes, f"documents/market/reference-rate-trend-{policy.market}.md": _trend(policy, series, writing)}


def _note(
    policy: Policy, series: Parameter, before: Dated, after: Dated, end: object, number: int, writing: Writing
) -> str:
    way = "fell" if after.value < before.value else "rose"
    return _document(
        policy, f"rate-note-{policy.market}", f"Market note: the reference rate {way}", number, after, end,
        f"On {writing.day(after.since)} the reference rate {way} from {writing.share(before.value)} to "
        f"{writing.share(after.value)}. {series.description} Quotes made from that day on follow the new rate.\n\n"
        "This note says what happened. It makes no forecast.",
    )  # fmt: skip


def _trend(policy: Policy, series: Parameter, writing: Writing) -> str:
    lines = [f"* since {writing.day(dated.since)}: {writing.share(dated.value)}" for dated in reversed(series.values)]
    return _document(
        policy, f"rate-trend-{policy.market}", "Where the reference rate has been", len(series.values),
        series.values[-1], None,
        "\n".join([f"{series.description} Newest first:\n", *lines, "\nThe past says nothing sure about the future."]),
    )  # fmt: skip


def _document(policy: Policy, doc_id: str, title: str, version: int, dated: Dated, end: object, body: str) -> str:
    last = f"valid_to: {end}\n" if end else ""
    return (
        f"---\nid: {doc_id}\ntitle: \"{title}\"\naudience: customer\nmarket: [{policy.market}]\n"
        f"valid_from: {dated.since}\n{last}version: {version}\nsource: \"{dated.source}\"\n---\n# {title}\n\n{body}\n"
    )  # fmt: skip
