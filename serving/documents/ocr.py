"""The system's tesseract, asked for words with their confidences; runs in the child process alone."""

from __future__ import annotations

import csv
import io
import re
import shutil
import signal
import subprocess
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from serving.documents.lines import Line, Reading, Word

if TYPE_CHECKING:
    from PIL.Image import Image

    Page = Image
else:
    Page = Any

COMMAND = "tesseract"
_ONE_BLOCK, _ONLY_ORIENTATION = "6", "0"
_FEW_WORDS, _SURE = 8, 0.6
"""Fewer words, or less sure ones, make it worth asking whether the page lies on its side."""
_ENDED = (signal.SIGKILL, signal.SIGTERM, signal.SIGXCPU)
"""Ends that say nothing about the picture."""
_ROTATE = re.compile(r"^Rotate: (\d+)", re.MULTILINE)


def there_is_a_reader() -> bool:
    """Whether pictures can be read on this machine."""
    return shutil.which(COMMAND) is not None


def read_pictures(pages: Iterable[Page], limits: Mapping[str, int]) -> Reading:
    """Words of all pages; `how` is `none` where there is no reader."""
    if not there_is_a_reader():
        for _ in pages:  # drawn all the same: a broken one is refused on every machine
            continue
        return Reading((), "none")
    lines: list[Line] = []
    for page in pages:
        lines += _read(page)
    return Reading(_bounded(lines, limits["text_characters"]), "ocr")


def _read(page: Page) -> list[Line]:
    """The words of a page; one that lies on its side is turned."""
    lines = _words(page)
    if sum(map(len, lines)) >= _FEW_WORDS and _mean(lines) >= _SURE:
        return lines
    degrees = _orientation(page)
    again = _words(page.rotate(-degrees, expand=True, fillcolor=255)) if degrees else []
    return max(lines, again, key=_mean)


def _mean(lines: list[Line]) -> float:
    found = [word.confidence for line in lines for word in line]
    return sum(found) / len(found) if found else 0.0


def _words(page: Page) -> list[Line]:
    done = _run(page, "--psm", _ONE_BLOCK, "-c", "preserve_interword_spaces=1", "tsv")
    return lines_of(done)


def lines_of(table: str) -> list[Line]:
    """Lines of tesseract's TSV; what it is wholly unsure of, and specks, are left out."""
    found: dict[tuple[str, ...], list[Word]] = {}
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        text, sure = (row.get("text") or "").strip(), float(row.get("conf") or -1)
        if text and sure > 0:
            place = tuple(row[name] for name in ("page_num", "block_num", "par_num", "line_num"))
            found.setdefault(place, []).append(Word(text, round(sure / 100, 4)))
    return [tuple(words) for words in found.values()]


def _orientation(page: Page) -> int:
    """Degrees by which a page must be turned to stand upright; 0 when that cannot be told."""
    found = _ROTATE.search(_run(page, "--psm", _ONLY_ORIENTATION))
    return int(found.group(1)) if found else 0


def _run(page: Page, *options: str) -> str:
    """What tesseract writes; a picture that it cannot take gives nothing. It inherits this process's bounds.

    Where it is ended, this process ends the same way: whoever started it knows what that means.
    """
    file = io.BytesIO()
    page.save(file, "PNG", compress_level=1)
    done = subprocess.run(  # noqa: S603 - fixed words alone
        [COMMAND, "stdin", "stdout", *options], input=file.getvalue(), capture_output=True, check=False
    )
    if -done.returncode in _ENDED:
        signal.raise_signal(-done.returncode)
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def _bounded(lines: list[Line], most: int) -> list[Line]:
    kept: list[Line] = []
    for line in lines:
        most -= sum(len(word.text) + 1 for word in line)
        if most < 0:
            break
        kept.append(line)
    return kept
