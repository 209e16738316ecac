"""Making an invitation and answering one."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response as AnyResponse

from console.routes import json_answer, route
from console.visit import Visit
from lending.domain.errors import InputError
from lending.domain.roles import Permission

_OWN = Permission.APPLICATION_OWN


@route("/portal/invitations", permission=_OWN, methods=("POST",))
def invite_somebody(visit: Visit) -> AnyResponse:
    """A new code, answered once and kept by nobody but its reader: `{code, until}`."""
    made = visit.ask.apply.invite(visit.customer_id)
    until = visit.formats.day(str(made["expires_at"]))
    return json_answer({"code": made["code"], "until": visit.say("apply.co.code_until", day=until)}, 201)


@route("/portal/invitation", permission=_OWN, methods=("POST",))
def answer_invitation(visit: Visit) -> AnyResponse:
    """Agree to sign with whoever made the code, or not."""
    code, agree = request.form.get("code", "").strip()[:64], request.form.get("agree") == "yes"
    try:
        visit.ask.apply.answer(visit.customer_id, code, agree=agree)
    except InputError:  # a wrong, used or expired code: which of them is not told
        return redirect("/invitation/unknown", 303)
    return redirect(f"/invitation/{'agreed' if agree else 'declined'}", 303)
