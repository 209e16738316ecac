"""Attributes whose names hold a dash, which Python's keywords cannot spell."""

from __future__ import annotations

from typing import Any


def aria(**values: str) -> dict[str, Any]:
    """`aria-*` attributes: `aria(label="Close")` is `{"aria-label": "Close"}`."""
    return {f"aria-{name}": value for name, value in values.items()}


def data(**values: str) -> dict[str, Any]:
    """`data-*` attributes, underscores written as dashes: `data(theme_toggle="")`."""
    return {f"data-{name.replace('_', '-')}": value for name, value in values.items()}
