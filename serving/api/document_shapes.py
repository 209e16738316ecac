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


class StaffDocument(Document):
    """A paper as an officer sees it."""

    customer_id: str
    sha256: str
    decided_by: str
    reason: str


class StaffDocuments(Shape):
    """Papers that wait for a person, oldest first."""

    documents: list[StaffDocument]
