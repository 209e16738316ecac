"""Papers as the interfaces answer them: plain values, English words, nothing of the bank's record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lending.document_ports import PaperRow
from lending.domain.papers_needed import Needed
from serving.documents.rules import Rules

_BEST_FIRST = ("accepted", "needs_person", "checking", "quarantined", "refused")


def paper(row: PaperRow, rules: Rules) -> dict[str, Any]:
    """One paper, as its owner sees it."""
    return {
        "document_id": row.document_id, "application_id": row.application_id, "asked": row.asked, "kind": row.kind,
        "state": row.state, "name": row.name, "size": row.size, "media_type": row.media_type,
        "findings": [_finding(found, rules) for found in row.findings], "read": dict(row.read),
        "confidence": row.confidence, "created_at": row.created_at.isoformat(),
    }  # fmt: skip


def waiting(row: PaperRow, rules: Rules) -> dict[str, Any]:
    """One paper, as the officer sees it who decides on it."""
    return {**paper(row, rules), "customer_id": row.customer_id, "sha256": row.sha256, "decided_by": row.decided_by,
            "reason": row.reason}  # fmt: skip


def needed(entry: Needed, rules: Rules) -> dict[str, Any]:
    """A paper that is asked for."""
    line = entry.line
    return {
        "asked": entry.asked, "person": entry.person, "title": rules.words["title"][line.id],
        "why": rules.words["why"][line.id], "why_key": f"papers.why.{line.id}", "kinds": list(line.kinds),
        "optional": line.optional or entry.on_file,
    }  # fmt: skip


def checklist(entries: Sequence[Needed], rows: Sequence[PaperRow], rules: Rules) -> list[dict[str, Any]]:
    """What is asked, where it stands, and the papers brought for it."""
    return [_entry(entry, [row for row in rows if row.asked == entry.asked], rules) for entry in entries]


def _entry(entry: Needed, rows: Sequence[PaperRow], rules: Rules) -> dict[str, Any]:
    states = {row.state for row in rows}
    none_yet = "on_file" if entry.on_file else "missing"
    state = next((state for state in _BEST_FIRST if state in states), none_yet)
    return {**needed(entry, rules), "state": state, "documents": [paper(row, rules) for row in rows]}


def _finding(found: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    words = {name: _word(str(value), rules) for name, value in found["slots"].items()}
    text = rules.words["finding"][found["code"]].format_map(words)
    return {"code": found["code"], "slots": dict(found["slots"]), "text": text}


def _word(value: str, rules: Rules) -> str:
    """A kind or a figure by what it is called; anything else as it is."""
    return rules.words["kind"].get(value) or rules.words["figure"].get(value) or value
