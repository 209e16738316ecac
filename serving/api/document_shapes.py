"""Shapes of papers as the API answers them."""

from __future__ import annotations

from typing import Literal

from serving.api.shapes import Shape

State = Literal["quarantined", "checking", "accepted", "needs_person", "refused"]


class PaperFinding(Shape):
    """What the check found: a stable code, its values, and a sentence."""

    code: str
    slots: dict[str, str]
    text: str


class PaperFigure(Shape):
    """A figure read from a paper; confidence from 0 to 1."""

    value: str
    confidence: str


class Document(Shape):
    """A paper as its owner sees it."""

    document_id: str
    application_id: str
    asked: str
    kind: str
    state: State
    name: str
    size: int
    media_type: str
    findings: list[PaperFinding]
    read: dict[str, PaperFigure]
    confidence: str | None
    created_at: str


class AskedPaper(Shape):
    """A paper that the loan needs, where it stands, and what was brought for it."""

    asked: str
    person: Literal["applicant", "co_applicant"]
    title: str
    why: str
    why_key: str
    kinds: list[str]
    optional: bool
    state: Literal["missing", "on_file"] | State
    documents: list[Document]


class ApplicationDocuments(Shape):
    """The papers of one application."""

    application_id: str
    checklist: list[AskedPaper]
    documents: list[Document]


class Ticket(Shape):
    """How to send a paper: a form to `url` with `fields` first and the field `file` last.

    Direct: to storage, and the paper shows among the documents by `document_id` once it was taken in. Otherwise to this
    API, with the headers of any request and an `Idempotency-Key`; `document_id` is empty then.
    """

    direct: bool
    url: str
    fields: dict[str, str]
    document_id: str
    most_bytes: int
    expires_at: str


class StaffDocument(Document):
    """A paper as an officer sees it."""

    customer_id: str
    sha256: str
    decided_by: str
    reason: str


class StaffDocuments(Shape):
    """Papers that wait for a person, oldest first."""

    documents: list[StaffDocument]
