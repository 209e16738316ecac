"""Short ways to write a finding, so that checks read like sentences."""

from __future__ import annotations

from features.dataset import DataFinding


def passed(kind: str, column: str, found: str, limit: str, detail: str = "") -> DataFinding:
    """A check that held."""
    return DataFinding(kind, column, "warning", True, found, limit, detail)


def warning(kind: str, column: str, found: str, limit: str, detail: str) -> DataFinding:
    """Something to look at; training goes on."""
    return DataFinding(kind, column, "warning", False, found, limit, detail)


def critical(kind: str, column: str, found: str, limit: str, detail: str) -> DataFinding:
    """Something that stops training."""
    return DataFinding(kind, column, "critical", False, found, limit, detail)


def percent(share: float) -> str:
    """A share for people.

    >>> percent(0.0532)
    '5.3 %'
    """
    return f"{share * 100:.1f} %"
