"""What a file is by its content, before anything opens it; a name that says otherwise is refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import NoReturn

import puremagic

from serving.documents.pdf import check_ends
from serving.documents.rules import Rules
from serving.documents.unreadable import Unreadable
from serving.refusals import Refusal

_SIGNATURES: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("application/pdf", re.compile(rb"%PDF-[12]\.")),
    ("image/png", re.compile(rb"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")),
    ("image/jpeg", re.compile(rb"\xff\xd8\xff[\xc0-\xfe]")),
    ("image/webp", re.compile(rb"RIFF.{4}WEBPVP8", re.DOTALL)),
)
_ENDINGS: Mapping[str, frozenset[str]] = {
    "application/pdf": frozenset({"pdf"}),
    "image/png": frozenset({"png"}),
    "image/jpeg": frozenset({"jpg", "jpeg", "jpe", "jfif"}),
    "image/webp": frozenset({"webp"}),
}
_HEIC = re.compile(rb".{4}ftyp(?:heic|heix|hevc|heim|heis|mif1|msf1|avif)", re.DOTALL)
_FOREIGN = re.compile(
    rb"<(?:html|script|svg|!doctype)|PK\x03\x04|MZ.{62,254}PE\x00\x00|%PDF-", re.IGNORECASE | re.DOTALL
)
_HEAD = 1024
_TAKEN = "a PDF, PNG, JPEG or WebP file"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff/]")


def media_type_of(content: bytes, name: str, rules: Rules) -> str:
    """The kind of a file that is taken.

    Args:
        content: the whole file.
        name: as `clean_name` gave it.
        rules: their words for what is wrong.

    Raises:
        Refusal: 415 for a kind that is not taken, or one that its name denies; 422 for nothing, or two files in one.
    """
    if not content:
        _refuse(422, "empty", "0 bytes", "The file is empty. Choose the file again.")
    found = next((kind for kind, signature in _SIGNATURES if signature.match(content)), None)
    if found is None and _HEIC.match(content):
        _refuse(415, "media_type", "HEIC", "iPhones save photos as HEIC. Send the photo as JPEG: "
                "Settings, Camera, Formats, Most Compatible; or take a screenshot of it.")  # fmt: skip
    if found is None:
        _refuse(415, "media_type", _guess(content), "Save or print it as PDF, or take a photo of it.")
    ending = name.rpartition(".")[2].casefold() if "." in name else ""
    if ending and ending not in _ENDINGS[found]:
        _refuse(
            415, "name_differs", f"a name with .{ending[:12]}, content of {found}", "Save the file again, and send it."
        )
    _check_one_file(content, found, rules)
    return found


def clean_name(name: str, most: int) -> str:
    """A file's name as it is kept and shown.

    Raises:
        Refusal: 422 for a name with control or invisible characters, a path, or more characters than `most`.
    """
    plain = unicodedata.normalize("NFC", name).rpartition("\\")[2].strip()
    if len(name) > most:
        _refuse(422, "name", f"a name of {len(name)} characters", f"Give the file a name of at most {most} characters.")
    if _CONTROL.search(plain) or plain.strip(".") == "":
        _refuse(
            422, "name", "a name that is empty, a path, or has hidden characters", "Rename the file, and send it again."
        )
    return plain


def check_kind(media_type: str, name: str) -> None:
    """Raise Refusal, 415, where a file of this kind and name would not be taken, whatever is in it."""
    ending = name.rpartition(".")[2].casefold() if "." in name else ""
    if media_type not in _ENDINGS:
        _refuse(415, "media_type", "another kind", "Save or print it as PDF, or take a photo of it.")
    if ending and ending not in _ENDINGS[media_type]:
        _refuse(415, "name_differs", f"a name with .{ending[:12]}", "Save the file again, and send it.")


def _check_one_file(content: bytes, kind: str, rules: Rules) -> None:
    """Two files in one fool whoever looks at one of them only."""
    head, tail = content[:_HEAD], _behind_the_end(content, kind)
    glued = _FOREIGN.search(head[8:]) or _FOREIGN.search(tail)
    if kind == "application/pdf" and not glued:
        try:
            check_ends(content)
        except Unreadable as error:
            _refuse(422, error.code, error.found or "a PDF", rules.words["finding"][error.code])
    if glued:
        _refuse(422, "glued", "two files in one", rules.words["finding"]["glued"])


def _behind_the_end(content: bytes, kind: str) -> bytes:
    """What stands behind the end of a file; cameras put a second picture there, which is no harm."""
    mark = {"image/png": b"IEND\xaeB`\x82", "image/jpeg": b"\xff\xd9", "application/pdf": b"%%EOF"}.get(kind)
    end = content.rfind(mark) if mark else -1
    return content[end + len(mark) :] if mark and end >= 0 else b""


def _guess(content: bytes) -> str:
    """What the file seems to be, for the person who sent it."""
    try:
        return puremagic.from_string(content[: 1 << 16]).lstrip(".").upper() or "something unknown"
    except (puremagic.PureError, ValueError, IndexError):
        return "something unknown"


def _refuse(status: int, code: str, found: str, do: str) -> NoReturn:
    raise Refusal(
        status, code, f"This file is not taken: {found}. {do}", field="file", found=found, expected=_TAKEN, do=do
    )
