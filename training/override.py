"""Overrides of a gate: who answers for one, until when, and whether it has ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path


def has_ended(override: Mapping[str, str], today: date) -> bool:
    """Whether the last day of an override `{gate, owner, until}` has passed."""
    return date.fromisoformat(override["until"]) < today


def ended_override(folder: Path, today: date) -> dict[str, str] | None:
    """`{version, gate, owner, until}` when the champion decides by an override that has ended; None otherwise.

    Args:
        folder: exported packages of a portfolio, with the pointer that serving reads.
        today: the day that counts.
    """
    try:
        pointer = json.loads((folder / "champion.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    override = pointer.get("override")
    return {"version": pointer["version"], **override} if override and has_ended(override, today) else None
