"""Reads requests about papers: names that can exist, an officer's word, the fields beside an uploaded file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from lending.document_ports import no_paper
from serving.documents.checking import Decision
from serving.fields import Fields

MOST_REASON = 500
MOST_NAME = 200
MEDIA_TYPES = ("application/pdf", "image/jpeg", "image/png", "image/webp")
_DOCUMENT = re.compile(r"f_[a-z2-7]{26}")
_ASKED = r"[a-z][a-z_.]{0,31}"


def document_named(document_id: str) -> str:
    """A name that a paper can have. Raises NotFoundError."""
    if not _DOCUMENT.fullmatch(document_id):
        raise no_paper(document_id)
    return document_id


def word_on_paper(body: Mapping[str, Any]) -> tuple[Decision, str]:
    """`{decision: accept or refuse, reason}`. Raises InvalidBody."""
    fields = Fields(body, ("decision", "reason"))
    decision = fields.text("decision", "accept or refuse", 6, "accept|refuse")
    reason = fields.text("reason", f"1 to {MOST_REASON} characters", MOST_REASON, r"(?=.*\S)[^\x00-\x08\x0b-\x1f\x7f]+")
    fields.check()
    return cast("Decision", decision), reason


def asked_beside(fields: Mapping[str, str]) -> str:
    """What an uploaded file is for. Raises InvalidBody."""
    read = Fields(fields, ("asked",))
    asked = read.text("asked", "a name of the checklist, such as income", 32, _ASKED)
    read.check()
    return asked


def ticket_asked(body: Mapping[str, Any]) -> tuple[str, str, str]:
    """`{asked, filename, media_type}` of a paper that somebody wants to send. Raises InvalidBody."""
    fields = Fields(body, ("asked", "filename", "media_type"))
    asked = fields.text("asked", "a name of the checklist, such as income", 32, _ASKED)
    name = fields.text("filename", f"1 to {MOST_NAME} characters", MOST_NAME, r"(?s).*\S.*")
    kind = fields.text("media_type", ", ".join(MEDIA_TYPES), 40, "|".join(map(re.escape, MEDIA_TYPES)))
    fields.check()
    return asked, name, kind
