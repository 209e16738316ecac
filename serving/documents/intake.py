"""One bounded reader of uploads for both web floors: a file is refused while it is read, not after."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from serving.fields import InvalidBody, MalformedBody, TooLarge
from serving.refusals import Refusal

CHUNK = 64 * 1024
FILE = "file"
_MOST_AROUND = 16 * 1024
"""Bytes of a body beside its file: boundaries, headers and a few short fields."""
_MOST_FIELD, _MOST_PARTS = 1024, 8


class Readable(Protocol):
    """Anything with a bounded `read`."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Upload:
    """A form with one file: its name as sent, its bytes, and the short fields beside it."""

    filename: str
    content: bytes = field(repr=False)
    fields: dict[str, str] = field(default_factory=dict[str, str])


def read_upload(stream: Readable, content_type: str, limit: int) -> Upload:
    """A multipart body, read from a stream piece by piece; never more than the limit and one piece is held.

    Args:
        stream: of the request.
        content_type: its header, with the boundary.
        limit: most bytes of the file.

    Raises:
        Refusal: 415, it is no multipart form.
        TooLarge: the file or what is around it is larger.
        MalformedBody: it is cut off or broken.
        InvalidBody: it has no file, or more than one.
    """
    form = _Form(content_type, limit)
    for chunk in pieces(stream):
        form.feed(chunk)
    return form.upload()


async def receive_upload(chunks: AsyncIterator[bytes], content_type: str, limit: int) -> Upload:
    """The same from a stream of pieces, as Starlette gives them. Raises as `read_upload`."""
    form = _Form(content_type, limit)
    async for chunk in chunks:
        form.feed(chunk)
    return form.upload()


def read_bounded(stream: Readable, limit: int) -> bytes:
    """The bytes of a stream, never holding more than the limit and one piece. Raises TooLarge."""
    found = bytearray()
    for chunk in pieces(stream):
        found += chunk
        if len(found) > limit:
            raise too_large(limit)
    return bytes(found)


def pieces(stream: Readable) -> Iterator[bytes]:
    """A stream piece by piece."""
    while chunk := stream.read(CHUNK):
        yield chunk


def too_large(limit: int) -> TooLarge:
    """The refusal of a file that is larger than the limit."""
    most = f"{limit / 1_000_000:.0f} MB"
    return TooLarge(
        f"the file is larger than {most}", code="too_large", field=FILE, found=f"over {limit} bytes",
        expected=f"at most {limit} bytes ({most})", do="Send a smaller file, such as a photo of less quality.",
    )  # fmt: skip


class _Form:
    """Takes pieces of a body, and stops at the first byte too many."""

    def __init__(self, content_type: str, limit: int) -> None:
        self._limit, self._left = limit, limit + _MOST_AROUND
        self._fields: dict[str, bytearray] = {}
        self._files: dict[str, tuple[str, bytearray]] = {}
        self._into, self._parts, self._complete = bytearray(), 0, False
        self._most = 0
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._disposition = b""
        self._parser = MultipartParser(_boundary(content_type), self._callbacks())  # type: ignore[arg-type]

    def feed(self, chunk: bytes) -> None:
        """Take a piece. Raises TooLarge or MalformedBody."""
        self._left -= len(chunk)
        if self._left < 0:
            raise too_large(self._limit)
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise _broken(str(error)) from None

    def upload(self) -> Upload:
        """What came. Raises MalformedBody when the end is missing, InvalidBody without exactly one file."""
        if not self._complete:
            raise _broken("its end is missing")
        if list(self._files) != [FILE]:
            names = ", ".join(self._files)[:40] or "no file"
            raise InvalidBody(
                "the form has no file", field=FILE, found=names, expected="one file in the field file",
                do="Choose a file, and send the form again.",
            )  # fmt: skip
        name, content = self._files[FILE]
        return Upload(name, bytes(content), {key: _text(value) for key, value in self._fields.items()})

    def _callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": self._begin, "on_part_data": self._data, "on_end": self._end,
            "on_header_field": self._header_name, "on_header_value": self._header_value,
            "on_header_end": self._header_end, "on_headers_finished": self._headers_done,
        }  # fmt: skip

    def _begin(self) -> None:
        self._parts += 1
        self._disposition = b""
        if self._parts > _MOST_PARTS:
            raise _broken(f"more than {_MOST_PARTS} parts")

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header[0].extend(data[start:end])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1].extend(data[start:end])

    def _header_end(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._disposition = bytes(value)
        self._header = (bytearray(), bytearray())

    def _headers_done(self) -> None:
        _, options = parse_options_header(self._disposition)
        name, into = _text(options.get(b"name", b""))[:40], bytearray()
        if name in self._fields or name in self._files or not name:
            raise _broken("a part without a name, or one name twice")
        if b"filename" in options:
            self._files[name] = (_text(options[b"filename"]), into)
        else:
            self._fields[name] = into
        self._into, self._most = into, self._limit if b"filename" in options else _MOST_FIELD

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._into += data[start:end]
        if len(self._into) > self._most:
            raise too_large(self._limit)

    def _end(self) -> None:
        self._complete = True


def _boundary(content_type: str) -> bytes:
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary or len(boundary) > 70:
        raise Refusal(
            415, "media_type", "The body is no form with a file.", field="content-type",
            found=content_type[:60] or "missing", expected="multipart/form-data with a boundary",
            do="Send the file as multipart/form-data, in the field file.",
        )  # fmt: skip
    return boundary


def _text(value: bytes | bytearray) -> str:
    return bytes(value).decode("utf-8", "replace")


def _broken(found: str) -> MalformedBody:
    return MalformedBody(
        f"the form cannot be read: {found[:80]}", field="body", found=found[:60],
        expected="multipart/form-data up to its last boundary", do="Send the form again.",
    )  # fmt: skip
