"""Letters over HTTP: as a page that prints, and as a PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from lending.domain.roles import Permission
from serving.api.access import customer_of, needs
from serving.letters import content_policy
from serving.papers import named_one

if TYPE_CHECKING:
    from serving.assembly import Platform


class PaperRoutes:
    """The letters of one's own decisions and offers."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @needs(Permission.QUOTE_OWN)
    def disclosure(self, request: Request, offer_id: str) -> Response:
        """The key facts sheet of one of your offers, as a page that prints."""
        return _page(self._platform.papers.disclosure(customer_of(request), named_one(offer_id, "offer_id"), "html"))

    @needs(Permission.QUOTE_OWN)
    def disclosure_pdf(self, request: Request, offer_id: str) -> Response:
        """The same as a PDF."""
        content = self._platform.papers.disclosure(customer_of(request), named_one(offer_id, "offer_id"), "pdf")
        return _pdf(content, f"key-facts-{offer_id}")

    @needs(Permission.QUOTE_OWN)
    def notice(self, request: Request, decision_id: str) -> Response:
        """The notice of one of your decisions that was no approval, as a page that prints."""
        return _page(self._platform.papers.notice(customer_of(request), named_one(decision_id, "decision_id"), "html"))

    @needs(Permission.QUOTE_OWN)
    def notice_pdf(self, request: Request, decision_id: str) -> Response:
        """The same as a PDF."""
        content = self._platform.papers.notice(customer_of(request), named_one(decision_id, "decision_id"), "pdf")
        return _pdf(content, f"notice-{decision_id}")


def _page(content: str | bytes) -> Response:
    page = str(content)
    return HTMLResponse(page, headers={"Content-Security-Policy": content_policy(page)})


def _pdf(content: str | bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)
