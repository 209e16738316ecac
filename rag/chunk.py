"""Documents into passages that keep their headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rag.documents import Audience, Document

MOST_WORDS = 180
"""Words of a passage: the embedding model reads 256 tokens, heading included."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document that can be found and cited on its own.

    Attributes:
        id: document's id and version and the place in it, such as `car-loan@2#3`.
        heading: of the section, or the title where the text stands before the first one.
        text: Markdown of the section, figures filled in.
        sha256: of the document's file; its approval is looked up by it.
    """

    id: str
    doc_id: str
    version: int
    title: str
    also: str
    heading: str
    text: str
    audience: Audience
    product: str | None
    markets: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    source: str
    sha256: str

    @property
    def read(self) -> str:
        """What is indexed: title, other words for it, heading and text."""
        heading = "" if self.heading == self.title else f"{self.heading}\n"
        return f"{self.title} ({self.also})\n{heading}{self.text}"


def passages(document: Document) -> list[Passage]:
    """The sections of a document in order, long ones cut between paragraphs."""
    found = [
        (heading, piece) for heading, text in _sections(document) for piece in _pieces(text.strip()) if piece.strip()
    ]
    return [_passage(document, number, heading, text) for number, (heading, text) in enumerate(found, 1)]


def _passage(d: Document, number: int, heading: str, text: str) -> Passage:
    return Passage(
        f"{d.key}#{number}", d.id, d.version, d.title, d.also, heading, text, d.audience, d.product, d.markets,
        d.valid_from, d.valid_to, d.source, d.sha256,
    )  # fmt: skip


def _sections(document: Document) -> Iterator[tuple[str, str]]:
    heading, lines = document.title, list[str]()
    for line in document.body.splitlines():
        if found := re.match(r"(#{1,4}) +(.+)", line):
            yield heading, "\n".join(lines)
            heading, lines = document.title if found[1] == "#" else found[2].strip(), []
        else:
            lines.append(line)
    yield heading, "\n".join(lines)


def _pieces(text: str) -> Iterator[str]:
    """Paragraphs joined as long as they fit; one longer than that stays whole."""
    held: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        if held and len(" ".join([*held, paragraph]).split()) > MOST_WORDS:
            yield "\n\n".join(held)
            held = []
        held.append(paragraph)
    yield "\n\n".join(held)
