"""What the forms of the account page are sent to, and the file with all data; they work without a script."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from console.flash import back_to, takes_pages
from console.language import keep_language
from console.routes import route
from console.sign_in import COOKIE
from console.visit import Visit
from lending.domain.errors import InputError
from lending.domain.roles import Permission
from serving.account import CHANNELS
from serving.parse_account import dispute_ask, erase_ask, name_of, preferences_ask, review_ask
from serving.refusals import errors_of

_OWN = Permission.APPLICATION_OWN
PAGE = "/account"
_SAID_AT_FIELD = {"email", "phone", "stated", "why", "confirm"}


@route("/portal/disputes", permission=_OWN, methods=("POST",))
def dispute(visit: Visit) -> AnyResponse:
    """Call a figure wrong, or add one."""
    try:
        ask = dispute_ask(_form("field", "stated", "why"))
        visit.ask.account.use.dispute(visit.customer_id, ask.field, ask.stated, ask.why)
    except InputError as error:
        return _again("figures", error, visit)
    return redirect(f"{PAGE}/disputed#requests", 303)


@route("/portal/reviews", permission=_OWN, methods=("POST",))
def review(visit: Visit) -> AnyResponse:
    """Ask for a person to look at a decision."""
    decision, why = review_ask(_form("decision_id", "why"))
    visit.ask.account.use.review(visit.customer_id, decision, why)
    return redirect(f"{PAGE}/reviewed#requests", 303)


@route("/portal/requests/<request_id>/withdraw", permission=_OWN, methods=("POST",))
def withdraw(visit: Visit, request_id: str) -> AnyResponse:
    """Take a request back."""
    visit.ask.account.use.withdraw(visit.customer_id, name_of(request_id, "request"))
    return redirect(f"{PAGE}/withdrawn#requests", 303)


@route("/portal/preferences", permission=_OWN, methods=("POST",))
def preferences(visit: Visit) -> AnyResponse:
    """Keep how the customer wants to be told, and show the pages in the language that was chosen."""
    chosen = {name: request.form.get(name, "") for name in ("language", "email", "phone")}
    channels = [name for name in CHANNELS if request.form.get(f"by_{name}")]
    try:
        asked = preferences_ask({**chosen, "channels": channels})
        kept = visit.ask.account.use.set_preferences(visit.customer_id, asked)
    except InputError as error:
        return _again("choices", error, visit)
    response = redirect(f"{PAGE}/saved#choices", 303)
    keep_language(response, kept["language"] or visit.say.language)
    return response


@route("/portal/sessions/<session_id>/end", permission=_OWN, methods=("POST",))
def end_session(visit: Visit, session_id: str) -> AnyResponse:
    """End one of their sessions."""
    visit.ask.account.use.end_session(visit.account.username, name_of(session_id, "session"))
    return redirect(f"{PAGE}/ended#sessions", 303)


@route("/portal/sessions/end", permission=_OWN, methods=("POST",))
def end_other_sessions(visit: Visit) -> AnyResponse:
    """End all of their sessions but this one."""
    visit.ask.account.use.end_other_sessions(visit.account.username, request.cookies.get(COOKIE, ""))
    return redirect(f"{PAGE}/ended#sessions", 303)


@route("/portal/export", permission=_OWN)
def export(visit: Visit) -> AnyResponse:
    """Everything held about them, as a zip."""
    content = visit.ask.account.use.export(visit.customer_id, visit.say.language)
    named = {"Content-Disposition": 'attachment; filename="candor-export.zip"'}
    return Response(content, content_type="application/zip", headers=named)


@route("/portal/erase", permission=_OWN, methods=("POST",))
def erase(visit: Visit) -> AnyResponse:
    """Ask for erasure; where it is done at once, the account is gone and a last page says so."""
    try:
        erase_ask(_form("confirm"))
    except InputError as error:
        return _again("erase", error, visit)
    asked = visit.ask.account.use.erase(visit.customer_id)
    if asked["state"] != "done":
        return redirect(f"{PAGE}/erasing#erase", 303)
    answer = make_response(render_template("erased.html", say=visit.say))
    answer.delete_cookie(COOKIE, path="/")
    return answer


def _again(part: str, error: InputError, visit: Visit) -> AnyResponse:
    """The page again, what is wrong said at its field. Raises the error to a program, or where no field is at fault."""
    at_fault = {one["field"] for one in errors_of(error)}
    if not takes_pages() or not at_fault or not at_fault <= _SAID_AT_FIELD:
        raise error
    return back_to(f"{PAGE}/again", part, error, visit)


def _form(*names: str) -> dict[str, Any]:
    """The fields of a form that were filled in; what a page adds for itself is left out."""
    return {name: value.strip() for name in names if (value := request.form.get(name, "")).strip()}


ROUTES = (dispute, review, withdraw, preferences, end_session, end_other_sessions, export, erase)
