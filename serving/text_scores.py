"""How texts did: who wrote them, what the checks caught, how long they took, what readers said once it was reviewed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from lending.word_ports import FeedbackRow, GenerationRow


def text_scores(rows: Sequence[GenerationRow], said: Sequence[FeedbackRow]) -> list[dict[str, Any]]:
    """One entry for each kind of text and prompt.

    Args:
        rows: generations.
        said: feedback; only what was accepted counts.

    Returns:
        `{kind, prompt, texts, cached, asked, by_model, failed_checks, p50_ms, p95_ms, cost_usd, up, down, reasons}`:
        `asked` counts those a model was asked for, `by_model` those where its words were shown.
    """
    groups: dict[tuple[str, str], list[GenerationRow]] = defaultdict(list)
    for row in rows:
        groups[row.kind, row.prompt].append(row)
    heard = [one for one in said if one.state == "accepted" and one.about == "generation"]
    return [_score(kind, prompt, group, heard) for (kind, prompt), group in sorted(groups.items())]


def _score(kind: str, prompt: str, rows: Sequence[GenerationRow], heard: Sequence[FeedbackRow]) -> dict[str, Any]:
    names = {row.generation_id for row in rows}
    mine = [one for one in heard if one.subject in names]
    anew = [row for row in rows if not row.cached]
    took = sorted(row.milliseconds for row in anew)
    failed = Counter(check for row in anew for check, _ in row.failures)
    return {
        "kind": kind, "prompt": prompt, "texts": len(rows), "cached": len(rows) - len(anew),
        "asked": sum(bool(row.prompt) for row in anew), "by_model": sum(row.written_by == "model" for row in anew),
        "failed_checks": dict(sorted(failed.items())), "p50_ms": _at(took, 0.5), "p95_ms": _at(took, 0.95),
        "cost_usd": str(sum(row.cost for row in anew)), **_thumbs(mine),
    }  # fmt: skip


def _thumbs(said: Sequence[FeedbackRow]) -> Mapping[str, Any]:
    up = sum(one.thumb == "up" for one in said)
    return {"up": up, "down": len(said) - up, "reasons": dict(sorted(Counter(one.reason for one in said).items()))}


def _at(values: Sequence[int], share: float) -> int | None:
    return values[ceil(share * len(values)) - 1] if values else None
