"""What happens while a text comes into being, in the order in which a reader sees it.

A template is shown at once, sentence by sentence. A model's text replaces it whole, and only after every check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rag.chunk import Passage
from rag.ports import Usage
from rag.verify import Failure, Sentence

TEMPLATE = "template"
Step = Literal["planning", "searching", "writing", "checking", "rewriting", "gave_up"]


@dataclass(frozen=True, slots=True)
class Cited:
    """A passage that a sentence leans on, enough to open it."""

    doc_id: str
    version: int
    passage: str
    title: str
    heading: str
    text: str

    @classmethod
    def of(cls, passage: Passage) -> Cited:
        """The citation of a passage."""
        p = passage
        return cls(p.doc_id, p.version, p.id, p.title, p.heading, p.text)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: `{doc_id, version, passage, title, heading, text}`."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Worded:
    """A finished text that passed every check, and how it came about.

    Attributes:
        sentences: each with the ids of the passages that it cites.
        citations: the passages cited, each once, in the order of the sentences.
        written_by: `template`, or the name of the model that worded it.
        prompt: `id@version` of the prompt; empty where no model was asked.
        failures: what earlier tries did not pass; the text itself passed everything.
        took: step (`retrieve`, `plan`, `word`, `verify`) to milliseconds.
        slotted: the model's sentences before figures were filled in; holds no figure of anybody.
        final: whether asking again would give the same; not so where the model could not be reached.
    """

    sentences: tuple[Sentence, ...]
    citations: tuple[Cited, ...] = ()
    written_by: str = TEMPLATE
    prompt: str = ""
    failures: tuple[Failure, ...] = ()
    usage: Usage = field(default_factory=Usage)
    took: Mapping[str, int] = field(default_factory=dict[str, int])
    slotted: str = ""
    final: bool = True

    @property
    def body(self) -> str:
        """The sentences as one text."""
        return " ".join(sentence.text for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """What is going on."""

    step: Step

    def data(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"step": self.step}


@dataclass(frozen=True, slots=True)
class SentenceEvent:
    """The next sentence; it may be shown at once."""

    sentence: Sentence

    def data(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"text": self.sentence.text, "cites": list(self.sentence.cites)}


@dataclass(frozen=True, slots=True)
class CitationsEvent:
    """The passages that the sentences so far cite."""

    citations: tuple[Cited, ...]

    def data(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"citations": [cited.as_dict() for cited in self.citations]}


@dataclass(frozen=True, slots=True)
class ReplaceEvent:
    """A text that takes the place of all sentences so far."""

    sentences: tuple[Sentence, ...]
    written_by: str

    def data(self) -> dict[str, Any]:
        """JSON-ready."""
        told = [{"text": s.text, "cites": list(s.cites)} for s in self.sentences]
        return {"sentences": told, "written_by": self.written_by}


@dataclass(frozen=True, slots=True)
class DoneEvent:
    """The end: what stands now.

    Attributes:
        generation_id: by which feedback names this text; empty until it is recorded.
        cached: the text was kept from an earlier time.
    """

    worded: Worded
    generation_id: str = ""
    cached: bool = False

    def data(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"generation_id": self.generation_id, "written_by": self.worded.written_by, "cached": self.cached}


Event = StatusEvent | SentenceEvent | CitationsEvent | ReplaceEvent | DoneEvent
_NAMES: dict[type, str] = {
    StatusEvent: "status", SentenceEvent: "sentence", CitationsEvent: "citations", ReplaceEvent: "replace",
    DoneEvent: "done",
}  # fmt: skip


def name_of(event: Event) -> str:
    """What the event is called on the wire: `status`, `sentence`, `citations`, `replace` or `done`."""
    return _NAMES[type(event)]
