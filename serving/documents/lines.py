"""What a reader found on a paper: lines of words, each with a confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


class Word(NamedTuple):
    """A word as read; `confidence` from 0 to 1."""

    text: str
    confidence: float


Line = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read.

    Attributes:
        lines: from top to bottom.
        how: `text` out of the file itself, `ocr` out of a picture, `none` where this machine could not read it.
        pages: of the file.
    """

    lines: Sequence[Line]
    how: str
    pages: int = 1

    @property
    def text(self) -> str:
        """The lines as text."""
        return "\n".join(" ".join(word.text for word in line) for line in self.lines)

    @property
    def confidence(self) -> float:
        """Mean confidence of the words, 0 to 1; 0 where there is none."""
        found = [word.confidence for line in self.lines for word in line]
        return sum(found) / len(found) if found else 0.0

    def as_dict(self) -> dict[str, Any]:
        """For the way out of the child process."""
        lines = [[[word.text, word.confidence] for word in line] for line in self.lines]
        return {"how": self.how, "pages": self.pages, "lines": lines}


def reading_from(told: Mapping[str, Any]) -> Reading:
    """The inverse of `Reading.as_dict`. Raises KeyError, TypeError or ValueError for anything else."""
    lines = [tuple(Word(str(text), float(sure)) for text, sure in line) for line in told["lines"]]
    return Reading(lines, str(told["how"]), int(told["pages"]))


def plain_lines(text: str, most: int) -> list[Line]:
    """Text that a file carries itself: nothing about its words is uncertain."""
    rows = (row.split() for row in text[:most].splitlines())
    return [tuple(Word(word, 1.0) for word in row) for row in rows if row]
