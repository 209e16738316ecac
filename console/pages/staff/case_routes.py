"""What the forms of a case are sent to, and its papers as files."""

from __future__ import annotations

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from console.routes import route
from console.visit import Visit
from lending.domain.errors import InputError, NotFoundError
from lending.domain.roles import Permission
from serving.case_overrides import Proposal
from serving.documents.download import download_headers
from serving.parse_applications import application_name
from serving.parse_documents import document_named

_DECIDE = Permission.CASE_DECIDE
_AT = "/staff/cases/<application_id>"


@route(f"{_AT}/take", permission=_DECIDE, methods=("POST",))
def take(visit: Visit, application_id: str) -> AnyResponse:
    """Work on the case."""
    visit.ask.cases.take(visit.account, application_name(application_id))
    return _back(application_id)


@route(f"{_AT}/release", permission=_DECIDE, methods=("POST",))
def release(visit: Visit, application_id: str) -> AnyResponse:
    """Let the case go."""
    visit.ask.cases.release(visit.account, application_name(application_id))
    return _back(application_id)


@route(f"{_AT}/ask", permission=_DECIDE, methods=("POST",))
def ask(visit: Visit, application_id: str) -> AnyResponse:
    """Ask the customer for more."""
    name = application_name(application_id)
    visit.ask.cases.ask(visit.account, name, request.form.get("what", ""), form_version())
    return _back(application_id)


@route(f"{_AT}/decide", permission=_DECIDE, methods=("POST",))
def decide(visit: Visit, application_id: str) -> AnyResponse:
    """End the case as its record speaks."""
    form, name = request.form, application_name(application_id)
    act, ground, note = (form.get(part, "") for part in ("act", "ground", "note"))
    visit.ask.cases.decide(visit.account, name, act, ground, note.strip(), form_version())
    return _back(application_id)


@route(f"{_AT}/override", permission=Permission.CASE_OVERRIDE, methods=("POST",))
def override(visit: Visit, application_id: str) -> AnyResponse:
    """Decide against the record, or propose it."""
    form, name = request.form, application_name(application_id)
    said = (form.get(part, "") for part in ("act", "reason", "ground", "comment"))
    visit.ask.cases.override(visit.account, name, Proposal(*said, version=form_version()))  # type: ignore[arg-type]
    return _back(application_id)


@route("/staff/overrides/<override_id>/<act>", permission=Permission.CASE_OVERRIDE, methods=("POST",))
def second(visit: Visit, override_id: str, act: str) -> AnyResponse:
    """Confirm, reject or take back what was proposed."""
    if act not in ("confirm", "reject", "take-back"):
        raise NotFoundError("there is no such act", code="not_found", field="act", found=act[:40],
                            expected="confirm, reject or take-back", do="Use the page's buttons.")  # fmt: skip
    answer = request.form.get("answer", "")
    return _back(visit.ask.cases.second(visit.account, act, override_id, form_version(), answer))


@route(f"{_AT}/summary", permission=_DECIDE, methods=("POST",))
def summary(visit: Visit, application_id: str) -> AnyResponse:
    """Have the summary written."""
    visit.ask.cases.write_summary(visit.account, application_name(application_id))
    return _back(application_id)


@route(f"{_AT}/papers/<document_id>", permission=Permission.CASE_READ)
def paper(visit: Visit, application_id: str, document_id: str) -> AnyResponse:
    """A paper of the case as a file; that somebody looked is written down."""
    found = visit.ask.cases.paper(visit.account, application_name(application_id), document_named(document_id))
    content, media_type, name = found
    return Response(content, headers=download_headers(name), content_type=media_type)


@route(f"{_AT}/papers/<document_id>", permission=_DECIDE, methods=("POST",))
def settle_paper(visit: Visit, application_id: str, document_id: str) -> AnyResponse:
    """A person's word on a paper that waits for one."""
    decision, reason = request.form.get("decision", ""), request.form.get("reason", "")
    name, document = application_name(application_id), document_named(document_id)
    visit.ask.cases.decide_paper(visit.account, name, document, decision, reason)
    return redirect(f"/staff/cases/{application_id}#papers", 303)


def form_version() -> int:
    """The version that the page showed. Raises InputError."""
    text = request.form.get("version", "")
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise InputError("the form names no version", code="version", field="version", found=text[:20],
                     expected="a whole number", do="Load the page again.")  # fmt: skip


def _back(application_id: str) -> AnyResponse:
    return redirect(f"/staff/cases/{application_id}", 303)


ROUTES = (take, release, ask, decide, override, second, summary, paper, settle_paper)
