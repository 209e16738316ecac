"""What the forms of a sent application are sent to: papers in and out, accept, decline, withdraw."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from console.addresses import came_from
from console.routes import json_answer, route
from console.visit import Visit
from lending.domain.errors import RefusedError
from lending.domain.roles import Permission
from serving.documents.intake import read_upload
from serving.refusals import Refusal

_OWN = Permission.APPLICATION_OWN
MOST_UPLOAD = 12_000_000
"""Bytes of a form with a file; the file's own limit stands in kb/papers_needed.yaml."""
Record = Mapping[str, Any]


@route("/portal/applications/<application_id>/<act>", permission=_OWN, methods=("POST",))
def act_on_application(visit: Visit, application_id: str, act: str) -> AnyResponse:
    """Accept, decline or withdraw, once however often the form is sent."""
    form = dict(request.form)
    key = form.pop("key", "")
    place = f"/applications/{application_id}"
    if act == "accept" and not form.get("read_disclosure"):
        return redirect(f"{place}/accept_unread", 303)
    try:
        visit.ask.apply.once(
            visit.account.username, key, request.path, form, lambda: _acted(visit, application_id, act, form)
        )
    except (RefusedError, Refusal) as error:  # done before, or by the first of two clicks that is still at work
        if error.code not in ("state", "settled", "running"):
            raise
    return redirect(place, 303)


def _acted(visit: Visit, application_id: str, act: str, form: Mapping[str, str]) -> Record:
    agreed = {"read_disclosure": "yes"} if form.get("read_disclosure") else {}
    done = visit.ask.apply.act(
        visit.customer_id, application_id, act, form.get("offer_id", ""), agreed, visit.account.username
    )
    return {"application_id": done["application_id"], "state": done["state"]}


@route("/portal/applications/<application_id>/documents", permission=_OWN, methods=("POST",), max_bytes=MOST_UPLOAD)
def bring_paper(visit: Visit, application_id: str) -> AnyResponse:
    """Take a file for an asked paper; programs get JSON, a plain form the page it came from."""
    upload = read_upload(request.stream, request.content_type or "", MOST_UPLOAD)
    asked = upload.fields.get("asked", "")
    paper = visit.ask.apply.receive(
        visit.customer_id, application_id, asked, upload.filename, io.BytesIO(upload.content)
    )
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        return redirect(came_from(), 303)
    return json_answer({"document_id": paper["document_id"], "state": paper["state"]}, 201)


@route("/portal/applications/<application_id>/documents/demo/<asked>", permission=_OWN, methods=("POST",))
def bring_demo_paper(visit: Visit, application_id: str, asked: str) -> AnyResponse:
    """Hand in the generated paper of the demo bank, by the same way as any other."""
    name, content, _ = visit.ask.apply.demo_paper(visit.customer_id, application_id, asked)
    visit.ask.apply.receive(visit.customer_id, application_id, asked, name, io.BytesIO(content))
    return redirect(came_from(), 303)


@route("/portal/applications/<application_id>/documents/demo/<asked>", permission=_OWN)
def show_demo_paper(visit: Visit, application_id: str, asked: str) -> AnyResponse:
    """The generated paper as a file, to look at or to hand in oneself."""
    name, content, media_type = visit.ask.apply.demo_paper(visit.customer_id, application_id, asked)
    return _file(content, media_type, name)


@route("/portal/papers/<document_id>", permission=_OWN)
def show_paper(visit: Visit, document_id: str) -> AnyResponse:
    """A paper of one's own, as it was handed in."""
    return _file(*visit.ask.apply.paper(visit.customer_id, document_id))


@route("/portal/papers/<document_id>/remove", permission=_OWN, methods=("POST",))
def remove_paper(visit: Visit, document_id: str) -> AnyResponse:
    """Take a paper back. Raises NotFoundError: there is no such paper of theirs, or no longer."""
    visit.ask.apply.drop_paper(visit.customer_id, document_id)
    return redirect(came_from(), 303)


def _file(content: bytes, media_type: str, name: str) -> Response:
    """A download that no browser opens as a page of ours."""
    answer = Response(content, content_type=media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


ROUTES = (act_on_application, bring_paper, bring_demo_paper, show_demo_paper, show_paper, remove_paper)
