"""Figures that remember where they come from: each has a note that names its place in the card of the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any


@dataclass(frozen=True)
class Shown:
    """A figure as people read it, with the number of its note."""

    text: str
    note: int

    @property
    def markdown(self) -> str:
        """With a footnote."""
        return f"{_plain(self.text)}[^{self.note}]"

    @property
    def html(self) -> str:
        """A link to the note."""
        return f'<a class="figure" href="#note-{self.note}">{_unbroken(self.text)}</a>'


@dataclass
class Traced:
    """Figures of a card by their path, such as `metrics.auc`; every path gets one note."""

    card: Mapping[str, Any]
    paths: list[str] = field(default_factory=list)

    def figure(self, path: str, digits: int = 4) -> Shown:
        """A number, text, or value with its interval. Raises KeyError, IndexError for a path that leads nowhere."""
        found = self.at(path)
        if path not in self.paths:
            self.paths.append(path)
        return Shown(as_text(found, digits), self.paths.index(path) + 1)

    def at(self, path: str) -> Any:
        """What stands at a path; parts are names, or places in a list."""
        found: Any = self.card
        for part in path.split("/"):
            found = found[int(part)] if isinstance(found, list) else found[part]
        return found


def as_text(found: Any, digits: int = 4) -> str:
    """A figure as it is shown: a value with its interval, a number, words; "none" for nothing."""
    if isinstance(found, Mapping):
        value, low, high = (f"{found[name]:.{digits}f}" for name in ("value", "low", "high"))
        return f"{value} ({low} to {high})"
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, float):
        return f"{found:.{digits}f}"
    return "none" if found is None else str(found)


def _unbroken(text: str) -> str:
    """A value and its interval break before the bracket only."""
    value, bracket, rest = escape(text).partition(" (")
    return f"{value} <span>({rest}</span>" if bracket and rest[:1].isdigit() else escape(text)


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
