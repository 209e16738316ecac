"""Documents of the knowledge base from the folder kb/, and from what was published to the object store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lending.domain.errors import PolicyError
from lending.ports import Objects
from rag.approvals import APPROVALS, read_approvals

PREFIX = "rag-knowledge-base/"


class KbFiles:
    """Documents in a folder; implements `DocumentSource`."""

    def __init__(self, kb: Path) -> None:
        self._kb = kb

    def texts(self) -> Mapping[str, str]:
        """Every document below kb/documents."""
        files = sorted((self._kb / "documents").rglob("*.md"))
        return {file.relative_to(self._kb).as_posix(): _text(file.read_bytes(), str(file.name)) for file in files}

    def approvals(self) -> Mapping[str, str]:
        """Who approved which hash."""
        file = self._kb / APPROVALS
        return read_approvals(APPROVALS, _text(file.read_bytes(), APPROVALS)) if file.is_file() else {}


class PublishedFiles:
    """Documents as they were published; implements `DocumentSource`."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def texts(self) -> Mapping[str, str]:
        """Every document that was published."""
        keys = [key for key in self._objects.keys(PREFIX) if key.endswith(".md")]
        return {key.removeprefix(PREFIX): _text(self._objects.get(key), key) for key in keys}

    def approvals(self) -> Mapping[str, str]:
        """Who approved which hash, as published with them."""
        key = PREFIX + APPROVALS
        return read_approvals(APPROVALS, _text(self._objects.get(key), key)) if key in self._objects.keys(key) else {}


class KbShelf:
    """Written in kb/, published to the object store; implements `serving.knowledge.Shelf`."""

    def __init__(self, kb: Path, objects: Objects) -> None:
        self._kb, self._objects = kb, objects
        self.written = KbFiles(kb)
        self.published = PublishedFiles(objects)

    def publish(self) -> tuple[int, int]:
        """Put what is written into the store."""
        return publish(self._kb, self._objects)


def publish(kb: Path, objects: Objects) -> tuple[int, int]:
    """Put every document and the approvals into the object store, and take out what kb/ no longer has.

    Returns:
        How many were put and how many taken out.
    """
    source = KbFiles(kb)
    wanted = {PREFIX + path: text.encode() for path, text in source.texts().items()}
    if (kb / APPROVALS).is_file():
        wanted[PREFIX + APPROVALS] = (kb / APPROVALS).read_bytes()
    for key, content in wanted.items():
        objects.put(key, content)
    gone = [key for key in objects.keys(PREFIX) if key not in wanted]
    for key in gone:
        objects.drop(key)
    return len(wanted), len(gone)


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PolicyError(
            f"{name} is not UTF-8: byte {error.start}", field=name, found="another encoding", expected="UTF-8",
            do="Save it as UTF-8.",
        ) from None  # fmt: skip
