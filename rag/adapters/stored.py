"""What every index of passages stores in the same way, and what it says when a version is not there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from lending.domain.errors import NotFoundError, RefusedError, UnavailableError
from rag.chunk import Passage

TITLE, ALSO, HEADING, TEXT = 3, 2, 2, 1
"""How much a word in the title, the other words for it, the heading and the text weighs."""
FOREVER = "9999-12-31"


def written(passage: Passage) -> str:
    """A passage as JSON."""
    return json.dumps(asdict(passage), default=str)


def read_back(body: str) -> Passage:
    """The passage that was written."""
    fields = json.loads(body)
    fields["valid_from"] = date.fromisoformat(fields["valid_from"])
    fields["valid_to"] = date.fromisoformat(fields["valid_to"]) if fields["valid_to"] else None
    return Passage(**{**fields, "markets": tuple(fields["markets"])})


def last_day(passage: Passage) -> str:
    """The last day for which it holds, as ISO text that can be compared."""
    return passage.valid_to.isoformat() if passage.valid_to else FOREVER


def text_hash(text: str) -> str:
    """By which the vector of a text is found again."""
    return hashlib.sha256(text.encode()).hexdigest()


def no_index() -> UnavailableError:
    """No version answers yet."""
    return UnavailableError("there is no knowledge index yet", code="no_index", field="index", found="none",
                            expected="an index", do="Run: candor kb index")  # fmt: skip


def gone(version: str) -> UnavailableError:
    """A version that should answer is not there."""
    return UnavailableError(f"the knowledge index {version[:20]} is gone", code="no_index", field="index",
                            found="nothing", expected=version[:20], do="Run: candor kb index")  # fmt: skip


def not_kept(version: str, kept: Sequence[str]) -> NotFoundError:
    """Somebody asked for a version that is not kept."""
    known = ", ".join(kept) or "none"
    return NotFoundError(f"there is no index {version[:20]}; kept are {known}", field="version", found=version[:20],
                         expected=known, do="Choose one of these.")  # fmt: skip


def answers_now(version: str) -> RefusedError:
    """The version that answers is not dropped."""
    return RefusedError(f"{version} answers now and stays", field="version", found=version,
                        expected="a version that does not answer", do="Switch to another one first.")  # fmt: skip
