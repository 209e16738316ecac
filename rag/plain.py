"""A passage of Markdown as plain sentences."""

from __future__ import annotations

import re

_MARKS = re.compile(r"^\s*(?:[*-]|\d+\.)\s+|[`#]")
_SPLIT = re.compile(r"(?<=[.!?])\s+(?=[A-Z*])|\n\s*\n|\n(?=\s*(?:[*-]|\d+\.)\s)")


def plain_sentences(markdown: str) -> list[str]:
    """Sentences of a passage without its marks; a line of a list is a sentence of its own, tables are left out."""
    lines = "\n".join(line for line in markdown.splitlines() if not line.lstrip().startswith("|"))
    words = (" ".join(_MARKS.sub("", piece).replace("**", "").split()) for piece in _SPLIT.split(lines))
    return [text if text[-1] in ".!?:" else f"{text}." for text in words if text]
