"""The words of messages: a kind with its slots becomes a title, a text, a short text and a link, in one language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, cast

from lending.domain.errors import InputError
from lending.yaml_text import read_tree
from serving.formats import formats

FILE = Path("wording") / "messages.yaml"
DAY, DOCUMENT = "day", "document"
"""The slot that holds a date, and the one that holds what a paper was asked for, such as `income`."""
_PAPERS = "wording/portal/{language}/papers.yaml"
_PARTS = ("title", "text", "short")


@dataclass(frozen=True, slots=True)
class Told:
    """A message as it is read."""

    title: str
    text: str
    short: str
    link: str


@dataclass(frozen=True, slots=True)
class MessageTexts:
    """All kinds of messages, in every language they are written in."""

    kinds: Mapping[str, Mapping[str, Any]]
    market: str
    papers: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """What papers are called, by language."""

    def check(self, kind: str, slots: Mapping[str, str]) -> None:
        """Refuse what could not be told later. Raises InputError for an unknown kind or a slot that is missing."""
        if kind not in self.kinds:
            raise _unknown(kind, sorted(self.kinds))
        missing = sorted(_slots(self.kinds[kind]) - {*slots, "subject"})
        if missing:
            raise _unknown(f"{kind} without {missing[0]}", [f"{kind} with {missing[0]}"])

    def told(self, kind: str, subject: str, slots: Mapping[str, str], language: str) -> Told:
        """A message in a language; English where the language lacks it."""
        entry = self.kinds[kind]
        written = language if language in entry else "en"
        values = {**slots, "subject": subject}
        if DAY in values:
            values[DAY] = formats(self.market, written).day(values[DAY])
        if DOCUMENT in values:
            values[DOCUMENT] = self.papers.get(written, {}).get(values[DOCUMENT], values[DOCUMENT])
        texts = {part: str(entry[written][part]).format_map(values) for part in _PARTS}
        return Told(**texts, link=str(entry["link"]).format_map(values))


@lru_cache(maxsize=4)
def message_texts(kb: Path, market: str) -> MessageTexts:
    """The messages of kb/wording/messages.yaml for a market. Raises PolicyError when the file is wrong."""
    papers = {language: _tree(kb, _PAPERS.format(language=language))["title"] for language in ("en", "es")}
    return MessageTexts(_tree(kb, str(FILE)), market, papers)


def _tree(kb: Path, name: str) -> Any:
    return cast("Any", read_tree(name, (kb / name).read_text(encoding="utf-8")))


def _slots(entry: Mapping[str, Any]) -> set[str]:
    texts = [entry["link"], *(part for lang in entry.values() if isinstance(lang, Mapping) for part in lang.values())]
    return {name for text in texts for _, name, _, _ in Formatter().parse(str(text)) if name}


def _unknown(kind: str, known: list[str]) -> InputError:
    return InputError(
        f"there is no message {kind[:60]}", code="message_kind", field="kind", found=kind[:60],
        expected=", ".join(known), do="Write it into kb/wording/messages.yaml.",
    )  # fmt: skip
