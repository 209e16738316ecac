"""Papers over HTTP: sent as a form with a file, listed, downloaded as an attachment, taken back; staff decide."""

from __future__ import annotations

import io
import json
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from lending.domain.record import sha256_hex
from lending.domain.roles import Permission
from serving.api.access import customer_of, needs, session_of
from serving.api.body import json_body
from serving.api.once import once_ready
from serving.documents.desk import Enter
from serving.documents.download import download_headers
from serving.documents.intake import Upload, receive_upload
from serving.parse_documents import asked_beside, document_named, ticket_asked, word_on_paper

if TYPE_CHECKING:
    from serving.assembly import Platform


class DocumentRoutes:
    """Papers of one platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @needs(Permission.APPLICATION_OWN)
    async def receive(self, request: Request, application_id: str) -> Response:
        """Send a paper: a form with the fields `asked` and `file`. It is checked within seconds; ask for it again."""
        customer = customer_of(request)
        limit = self._platform.documents.rules.limits["file_bytes"]
        upload = await receive_upload(request.stream(), request.headers.get("content-type", ""), limit)
        return await run_in_threadpool(self._receive, request, customer, application_id, upload)

    @needs(Permission.APPLICATION_OWN)
    def ticket(
        self, request: Request, application_id: str, body: Annotated[dict[str, Any], Depends(json_body)]
    ) -> Response:
        """How to send a paper straight to storage, as a form with the given fields before the field `file`."""
        customer, asked = customer_of(request), ticket_asked(body)
        path = request.url.path.removesuffix("/ticket")
        return _json(self._platform.arrivals.ticket(customer, application_id, *asked, path))

    @needs(Permission.APPLICATION_OWN)
    def of(self, request: Request, application_id: str) -> Response:
        """What the loan needs and what you brought."""
        customer, documents = customer_of(request), self._platform.documents
        return _json({
            "application_id": application_id, "checklist": documents.checklist(customer, application_id),
            "documents": documents.of(customer, application_id),
        })  # fmt: skip

    @needs(Permission.APPLICATION_OWN)
    def content(self, request: Request, application_id: str, document_id: str) -> Response:
        """Download a paper of yours, once it was checked."""
        customer, name = customer_of(request), self._named(request, application_id, document_id)
        return attachment(*self._platform.documents.content(customer, name))

    @needs(Permission.APPLICATION_OWN)
    def drop(self, request: Request, application_id: str, document_id: str) -> Response:
        """Take a paper of yours back while the application is not ended."""
        customer, name = customer_of(request), self._named(request, application_id, document_id)
        self._platform.documents.drop(customer, name)
        return Response(status_code=204)

    @needs(Permission.CASE_READ)
    def waiting(self) -> Response:
        """Papers that wait for a person."""
        return _json({"documents": self._platform.documents.waiting()})

    @needs(Permission.CASE_READ)
    def for_staff(self, document_id: str) -> Response:
        """One paper with what was read and found."""
        return _json(self._platform.documents.for_staff(document_named(document_id)))

    @needs(Permission.CASE_READ)
    def content_for_staff(self, request: Request, document_id: str) -> Response:
        """Download a paper; that you looked is written down."""
        actor = session_of(request).account.username
        return attachment(*self._platform.documents.content_for_staff(document_named(document_id), actor))

    @needs(Permission.CASE_DECIDE)
    def decide(
        self, request: Request, document_id: str, body: Annotated[dict[str, Any], Depends(json_body)]
    ) -> Response:
        """Accept or refuse a paper that waits for a person, with a reason that the customer reads."""
        name, (decision, reason) = document_named(document_id), word_on_paper(body)
        actor = session_of(request).account.username
        return _json(self._platform.documents.decide_document(name, actor, decision, reason))

    def _receive(self, request: Request, customer: str, application_id: str, upload: Upload) -> Response:
        asked, documents = asked_beside(upload.fields), self._platform.documents
        body = {"asked": asked, "filename": upload.filename, "sha256": sha256_hex(upload.content)}

        def ready() -> AbstractContextManager[Enter]:
            return documents.bringing(customer, application_id, asked, upload.filename, io.BytesIO(upload.content))

        return once_ready(request, self._platform.records.idempotency, body, ready)

    def _named(self, request: Request, application_id: str, document_id: str) -> str:
        """The name of a paper of this application. Raises NotFoundError."""
        name = document_named(document_id)
        row = self._platform.documents.get(customer_of(request), name)
        return document_named(name if row["application_id"] == application_id else "")


def attachment(content: bytes, media_type: str, name: str) -> Response:
    """A file to be saved, never shown by the browser as a page of ours."""
    return Response(content, media_type=media_type, headers=download_headers(name))


def _json(content: dict[str, Any]) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), media_type="application/json")
