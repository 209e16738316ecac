"""Routes around a decision: offers put aside, letters, the decision in words, and what a customer says of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response, make_response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from console.addresses import came_from
from console.routes import event_stream, json_answer, json_body, route
from console.visit import Visit
from lending.domain.errors import CandorError
from lending.domain.roles import Permission
from rag.events import Event, name_of
from serving.letters import content_policy
from serving.once import HEADER
from serving.papers import named_one

_MINE = Permission.QUOTE_OWN


@route("/portal/offers/<offer_id>/save", permission=_MINE, methods=("POST",))
def save_offer(visit: Visit, offer_id: str) -> AnyResponse:
    """Put an offer aside, so that it can be compared later."""
    visit.ask.outcome.save(visit.customer_id, named_one(offer_id, "offer_id"))
    return _done()


@route("/portal/offers/<offer_id>/drop", permission=_MINE, methods=("POST",))
def drop_offer(visit: Visit, offer_id: str) -> AnyResponse:
    """Put it aside no longer."""
    visit.ask.outcome.drop(visit.customer_id, named_one(offer_id, "offer_id"))
    return _done()


@route("/portal/offers/<offer_id>/disclosure", permission=_MINE)
def disclosure(visit: Visit, offer_id: str) -> Response:
    """The key facts sheet of an offer, as a page that prints."""
    return _page(visit.ask.outcome.disclosure(visit.customer_id, named_one(offer_id, "offer_id"), "html"))


@route("/portal/offers/<offer_id>/disclosure.pdf", permission=_MINE)
def disclosure_pdf(visit: Visit, offer_id: str) -> Response:
    """The same as a PDF."""
    content = visit.ask.outcome.disclosure(visit.customer_id, named_one(offer_id, "offer_id"), "pdf")
    return _pdf(content, f"key-facts-{offer_id}")


@route("/portal/decisions/<decision_id>/notice", permission=_MINE)
def notice(visit: Visit, decision_id: str) -> Response:
    """The notice of a decision that was no approval, as a page that prints."""
    return _page(visit.ask.outcome.notice(visit.customer_id, named_one(decision_id, "decision_id"), "html"))


@route("/portal/decisions/<decision_id>/notice.pdf", permission=_MINE)
def notice_pdf(visit: Visit, decision_id: str) -> Response:
    """The same as a PDF."""
    content = visit.ask.outcome.notice(visit.customer_id, named_one(decision_id, "decision_id"), "pdf")
    return _pdf(content, f"notice-{decision_id}")


@route("/portal/decisions/<decision_id>/explanation", permission=_MINE)
def explanation(visit: Visit, decision_id: str) -> Response:
    """A decision in words, as events while they are written."""
    name = named_one(decision_id, "decision_id")
    return event_stream(_told(visit.ask.outcome.explanation(visit.customer_id, name, visit.account.username)))


@route("/portal/feedback", permission=_MINE, methods=("POST",))
def feedback(visit: Visit) -> Response:
    """Take what a customer says of a decision, of a text, or of applying; the same key says it once."""
    key = request.headers.get(HEADER, "")
    reply = visit.ask.outcome.feedback(visit.customer_id, visit.account.username, key, json_body())
    headers = {"Idempotent-Replayed": "true"} if reply.again else {}
    return Response(reply.content, reply.status, headers, content_type="application/json")


def _told(events: Iterator[Event]) -> Iterator[tuple[str, Any]]:
    """What was told stays told when the record cannot be written at the end; then no `done` follows."""
    try:
        for event in events:
            yield name_of(event), event.data()
    except CandorError as error:
        yield "status", {"step": "failed", "code": error.code}


def _done() -> AnyResponse:
    """To the page that sent the form; a script gets JSON."""
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return json_answer({"done": True})
    return redirect(came_from(), 303)


def _page(content: str | bytes) -> Response:
    page = str(content)
    response = make_response(page)
    response.headers["Content-Security-Policy"] = content_policy(page)
    return response


def _pdf(content: str | bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(content, 200, headers, content_type="application/pdf")


ROUTES = (
    save_offer, drop_offer, disclosure, disclosure_pdf, notice, notice_pdf, explanation, feedback,
)  # fmt: skip
