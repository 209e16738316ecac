"""A PDF, looked at as the hostile thing it may be; runs in the child process alone."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from serving.documents.lines import Reading, plain_lines
from serving.documents.ocr import Page, read_pictures
from serving.documents.unreadable import Unreadable

_END, _NEAR_END = b"%%EOF", 1024
_POINTS_AN_INCH, _DPI = 72, 200
_LEAST_TEXT = 40
"""Fewer letters than this on a page mean that it is a picture of text."""
_ACTIVE_KEYS = ("/JavaScript", "/JS", "/EmbeddedFiles", "/EmbeddedFile", "/EF", "/XFA", "/AA", "/RichMedia", "/Launch")
_ACTIVE_ACTIONS = frozenset({
    "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/Movie", "/Sound",
    "/RichMediaExecute", "/Trans", "/GoTo3DView", "/ResetForm", "/Hide",
})  # fmt: skip
_OPENING = frozenset({"/GoTo"})
"""What a file may do by itself when it is opened: show one of its own pages."""


def read_pdf(content: bytes, limits: Mapping[str, int]) -> Reading:
    """The text of a PDF; a page without text is drawn and read as a picture.

    Raises:
        Unreadable: broken, locked, active, too many pages, or larger inside than it may be.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    check_ends(content)
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise Unreadable("locked")
        _check_objects(reader, limits)
        pages = _count(reader, limits)
        texts = [page.extract_text(extraction_mode="layout") for page in reader.pages[: limits["pages_read"]]]
    except Unreadable:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, AssertionError,
            OverflowError, NotImplementedError, zlib.error) as error:  # fmt: skip
        raise Unreadable("broken", type(error).__name__) from None
    if sum(map(str.isalnum, "".join(texts))) >= _LEAST_TEXT:
        return Reading(plain_lines("\n".join(texts), limits["text_characters"]), "text", pages)
    found = read_pictures(_drawn(content, limits), limits)
    return Reading(found.lines, found.how, pages)


def check_ends(content: bytes) -> None:
    """Raise Unreadable unless the file begins and ends as a PDF does, with nothing glued behind."""
    end = content.rfind(_END)
    if not content.startswith(b"%PDF-") or end < 0:
        raise Unreadable("broken", "no end" if end < 0 else "no beginning")
    if len(content) - end > _NEAR_END:
        raise Unreadable("glued")


def _count(reader: Any, limits: Mapping[str, int]) -> int:
    pages = len(reader.pages)
    if pages == 0:
        raise Unreadable("no_pages")
    if pages > limits["pages"]:
        raise Unreadable("too_many_pages", pages)
    return pages


def _check_objects(reader: Any, limits: Mapping[str, int]) -> None:
    """Every object of the file, also those that nothing points to: nothing active, and not too much inside."""
    left, root = limits["decoded_bytes"], reader.root_object
    _check_opening(root.get("/OpenAction"))
    for number, thing in enumerate(_objects(reader), start=1):
        if number > limits["objects"]:
            raise Unreadable("too_large_inside", f"{number} objects")
        _check_active(thing)
        _check_picture(thing, limits)
        left -= _unpacked(thing, left)


def _objects(reader: Any) -> Iterator[Any]:
    from pypdf.generic import IndirectObject

    yield reader.trailer
    numbers = {n for table in reader.xref.values() for n in table} | set(reader.xref_objStm)
    for number in sorted(numbers):
        generation = next((g for g, table in reader.xref.items() if number in table), 0)
        yield IndirectObject(number, generation, reader).get_object()


def _check_active(thing: Any, depth: int = 0) -> None:
    """Raise Unreadable where an object, or one written inside it, does anything by itself."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

    if depth > 50:
        raise Unreadable("too_large_inside", "depth")
    if isinstance(thing, DictionaryObject):
        found = next((key for key in _ACTIVE_KEYS if key in thing), None)
        action = thing.raw_get("/S") if "/S" in thing else None
        if found or (isinstance(action, str) and action in _ACTIVE_ACTIONS and thing.get("/Type") != "/StructElem"):
            raise Unreadable("active", (found or str(action)).lstrip("/"))
    inside = list(thing.values()) if isinstance(thing, DictionaryObject) else thing
    if isinstance(inside, list | ArrayObject):
        for part in inside:
            if not isinstance(part, IndirectObject):
                _check_active(part, depth + 1)


def _check_opening(action: Any) -> None:
    from pypdf.generic import DictionaryObject

    opened = action.get_object() if action is not None else None
    if isinstance(opened, DictionaryObject) and opened.get("/S") not in _OPENING:
        raise Unreadable("active", "OpenAction")


def _check_picture(thing: Any, limits: Mapping[str, int]) -> None:
    from pypdf.generic import StreamObject

    if isinstance(thing, StreamObject) and thing.get("/Subtype") == "/Image":
        pixels = int(thing.get("/Width", 0)) * int(thing.get("/Height", 0))
        if pixels > limits["pixels"]:
            raise Unreadable("too_many_pixels", pixels)


def _unpacked(thing: Any, most: int) -> int:
    """Bytes that a stream unpacks to, never holding more than what is left. Raises Unreadable when it is more."""
    from pypdf.generic import ArrayObject, StreamObject

    if not isinstance(thing, StreamObject):
        return 0
    named = thing.get("/Filter")
    filters = list(named) if isinstance(named, ArrayObject) else [named]
    data: bytes = thing._data
    for name in filters:
        if name not in ("/FlateDecode", "/Fl"):
            break
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(data, most + 1)
        if len(data) > most:
            raise Unreadable("too_large_inside", f"over {most} bytes")
    return len(data)


def _drawn(content: bytes, limits: Mapping[str, int]) -> Iterator[Page]:
    """The pages to read, drawn one at a time, no side longer than is read."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
        for number in range(min(len(document), limits["pages_read"])):
            page = document[number]
            longest = max(page.get_width(), page.get_height(), 1.0)
            scale = min(_DPI / _POINTS_AN_INCH, limits["read_side_pixels"] / longest)
            yield page.render(scale=scale, grayscale=True).to_pil()  # type: ignore[arg-type]
    except (pypdfium2.PdfiumError, ValueError, MemoryError) as error:
        raise Unreadable("broken", type(error).__name__) from None
