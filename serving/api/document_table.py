"""Addresses of papers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from serving.api import document_shapes as shapes
from serving.api.document_routes import DocumentRoutes
from serving.parse_documents import MEDIA_TYPES

if TYPE_CHECKING:
    from serving.assembly import Platform

Row = tuple[str, str, Callable[..., Any], type | None, str, str]
"""Method, address, endpoint, shape of the answer, name of the body, media type of a file."""
_FILE = ", ".join(MEDIA_TYPES)


def document_table(platform: Platform, prefix: str) -> Iterator[Row]:
    """Every route about papers."""
    routes, at = DocumentRoutes(platform), f"{prefix}/applications/{{application_id}}/documents"
    yield "POST", at, routes.receive, shapes.Document, "document", ""
    yield "POST", f"{at}/ticket", routes.ticket, shapes.Ticket, "document_ticket", ""
    yield "GET", at, routes.of, shapes.ApplicationDocuments, "", ""
    yield "GET", f"{at}/{{document_id}}", routes.content, None, "", _FILE
    yield "DELETE", f"{at}/{{document_id}}", routes.drop, None, "", ""
    staff, one = f"{prefix}/staff/documents", f"{prefix}/staff/documents/{{document_id}}"
    yield "GET", staff, routes.waiting, shapes.StaffDocuments, "", ""
    yield "GET", one, routes.for_staff, shapes.StaffDocument, "", ""
    yield "GET", f"{one}/content", routes.content_for_staff, None, "", _FILE
    yield "POST", f"{one}/decide", routes.decide, shapes.StaffDocument, "decide_document", ""
