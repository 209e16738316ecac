"""How a csv is written: encoding, separator and header, read from its first lines."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from features.mapping_source import Shape

HEAD_BYTES = 1 << 18
_LINES = 30
_SEPARATORS = (",", ";", "\t", "|")
_WIDE_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
TEXT_BYTES = re.compile(rb"[^\x00-\x08\x0e-\x1a\x1c-\x1f]*")


@dataclass(frozen=True)
class Written:
    """What the first lines told.

    Attributes:
        names: one different name per column, in order.
        renamed: names that were empty or stood twice, as they are now; the name they had is the value.
        skip: lines before the header.
    """

    encoding: str
    separator: str
    names: tuple[str, ...]
    renamed: dict[str, str]
    skip: int


class NotTextError(ValueError):
    """The file is no text in the encoding that was tried; `line` is what to write in the mapping."""

    def __init__(self, found: str, line: str) -> None:
        super().__init__(found)
        self.found, self.line = found, line


def written(file: Path, shape: Shape) -> Written:
    """Look at the head of a csv or csv.gz.

    Raises:
        NotTextError: it is another encoding, or no text at all.
        OSError, EOFError, zlib.error: as opening and unpacking do.
    """
    with _opened(file, "rb") as stream:
        head: bytes = stream.read(HEAD_BYTES)
    encoding = shape.encoding or _encoding(head)
    lines = _first_lines(head, encoding)
    if not lines:
        return Written(encoding, shape.separator or ",", (), {}, 0)
    skip, separator = _announced(lines[0])
    separator = shape.separator or separator or _separator("".join(lines))
    header = next((r for r in _records("".join(lines[skip:]), separator) if any(cell.strip() for cell in r)), [])
    names, renamed = unique_names(header)
    return Written(encoding, separator, names, renamed, skip)


def short_lines(file: Path, told: Written) -> tuple[int, int]:
    """How many lines have fewer values than the header has names, and the number of the first; (0, 0) for none.

    Names of no column at the header's end, as a last separator makes them, may be missing.
    """
    width = max((n for n, name in enumerate(told.names, start=1) if told.renamed.get(name) != ""), default=0)
    count = first = 0
    with _opened(file, "rt", encoding=told.encoding, newline="") as stream:
        rows = csv.reader(stream, delimiter=told.separator)
        try:
            begin = sum(1 for _ in islice(rows, told.skip))
            for cells in rows:
                if len(cells) < width and any(cell.strip() for cell in cells):
                    count, first = count + 1, first or begin + 1
                begin = rows.line_num  # a value in quotes may go over several lines
        except csv.Error:  # a value longer than Python's reader takes; what was counted so far is true
            return count, first
    return count, first


def unique_names(header: Sequence[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Names trimmed, blanks between words single, an empty one numbered, a second one of a name with .2 after it.

    >>> unique_names([" a ", "b", "", "a"])
    (('a', 'b', 'column_3', 'a.2'), {'column_3': '', 'a.2': 'a'})
    """
    names: list[str] = []
    renamed: dict[str, str] = {}
    for place, raw in enumerate(header, start=1):
        plain = re.sub(r"\s+", " ", str(raw)).strip()
        name = plain or f"column_{place}"
        number = 2
        while name in names:
            name, number = f"{plain or f'column_{place}'}.{number}", number + 1
        if name != plain:
            renamed[name] = plain
        names.append(name)
    return tuple(names), renamed


def _opened(file: Path, mode: str, **text: Any) -> Any:
    opened: Any = gzip.open if file.name.endswith(".gz") else open
    return opened(file, mode, **text)


def _encoding(head: bytes) -> str:
    for mark, name in _WIDE_BOMS.items():
        if head.startswith(mark):
            if name == "utf-16":
                raise NotTextError("text in UTF-16", "encoding: utf-16")
            return name
    if b"\x00" in head and _looks_wide(head):
        raise NotTextError("text in UTF-16 without its mark", "encoding: utf-16-le")
    if TEXT_BYTES.fullmatch(head) is None:
        raise NotTextError("bytes that are no text", "")
    return "utf-8"


def _looks_wide(head: bytes) -> bool:
    even, odd = head[0:2000:2].count(0), head[1:2000:2].count(0)
    return odd > 300 * min(1.0, len(head) / 2000) and even == 0


def _first_lines(head: bytes, encoding: str) -> list[str]:
    text = codecs.getincrementaldecoder(encoding)("strict" if encoding.startswith("utf-8") else "replace").decode(head)
    return text.lstrip("\ufeff").splitlines(keepends=True)[: _LINES * 4]


def _announced(first: str) -> tuple[int, str]:
    """Spreadsheets may say the separator in a line of its own, such as `sep=;`."""
    found = re.fullmatch(r'"?sep=(.)"?\s*', first, re.IGNORECASE)
    return (1, found[1]) if found else (0, "")


def _separator(text: str) -> str:
    """The one that cuts the first lines into the most columns, lines being alike."""
    return max(_SEPARATORS, key=lambda separator: _evenness(text, separator))


def _evenness(text: str, separator: str) -> tuple[float, int]:
    widths = [len(r) for r in _records(text, separator) if r][:_LINES]
    if len(widths) > 2:
        widths = widths[:-1]  # the last line may be cut off
    if not widths or widths[0] < 2:
        return 0.0, 0
    _, often = Counter(widths).most_common(1)[0]
    return often / len(widths), widths[0]


def _records(text: str, separator: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=False))
    except csv.Error:
        return []
