"""A refusal in the words of the reader: by its code where the catalogue has one, in general words otherwise."""

from __future__ import annotations

from console.words import Say
from lending.domain.errors import CandorError, InputError
from serving.documents.intake import FILE


def refusal_words(error: CandorError, say: Say) -> str:
    """What to do about a refusal; in English the error's own advice where the catalogue has no words for its code."""
    key = _key(error, say)
    if key:
        return say(key, found=error.found, seconds=getattr(error, "wait_seconds", ""))
    if say.language == "en":
        return error.do or error.expected or say("problem.check")
    return say("problem.check" if isinstance(error, InputError) else "problem.refused")


def found_words(error: CandorError, say: Say) -> str:
    """What was found, in English only: nobody has put it into other languages; "" where the code has its own words."""
    return error.found if say.language == "en" and not _key(error, say) else ""


def _key(error: CandorError, say: Say) -> str:
    """The key of the words for a code; a file that is not taken has them where its finding would be told."""
    keys = [f"problem.codes.{error.code}"]
    if error.field == FILE:
        keys.insert(0, f"papers.finding.{error.code}")
    return next((key for key in keys if say.has(key)), "")
