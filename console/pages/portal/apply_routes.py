"""What the forms of an application are sent to: begin, keep what was typed, go on, send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response as AnyResponse

from console.components.apply_fields import problem_words
from console.components.apply_frame import CHECK, address, blocking_step, next_step, steps_of
from console.components.apply_steps import seen
from console.routes import json_answer, json_body, route
from console.visit import Visit
from lending.domain.errors import InputError, NotFoundError, RefusedError
from lending.domain.roles import Permission
from serving.fields import InvalidBody
from serving.refusals import Refusal

Record = Mapping[str, Any]
_OWN = Permission.APPLICATION_OWN
_TRIES = 3
"""Times that a change is made on the newest version while only other steps were changed meanwhile."""


@route("/portal/apply", permission=_OWN, methods=("POST",))
def start_application(visit: Visit) -> AnyResponse:
    """Begin, or go on with, the draft for an offer or a referred decision."""
    offer, decision = (request.form.get(name, "")[:64] for name in ("offer_id", "decision_id"))
    if not offer and not decision:
        raise InputError("no offer was named", field="offer_id", found="missing", do="Choose an offer, then apply.")
    application = visit.ask.apply.start(visit.customer_id, offer, decision, visit.account.username)
    if application["state"] != "draft":
        return redirect(f"/applications/{application['application_id']}", 303)
    return redirect(address(application, next_step(application)), 303)


@route("/portal/apply/<application_id>/<step>", permission=_OWN, methods=("POST",))
def save_step(visit: Visit, application_id: str, step: str) -> AnyResponse:
    """Keep a step and lead to the next; back to it where something is wrong, or where another window changed it."""
    try:
        application = _keep(visit, application_id, step, request.form)
    except RefusedError as error:
        return _moved_on(error, application_id, step)
    if request.form.get("then") == "later":
        return redirect("/applications", 303)
    if _wrong(step_of(application, step)):
        return redirect(f"{address(application, step)}/check", 303)
    return redirect(address(application, after(application, step)), 303)


@route("/portal/apply/<application_id>/<step>", permission=_OWN, methods=("PUT",))
def keep_typed(visit: Visit, application_id: str, step: str) -> AnyResponse:
    """Keep a draft while it is typed, and say what is wrong with it so far.

    Answers the version and mark that the page goes on with, the names of the fields that the answers call for, and
    problems in words by field. 409 where another window changed the same step.
    """
    body = json_body()
    answers = body.get("answers")
    typed = {**(answers if isinstance(answers, Mapping) else {}), "seen": str(body.get("seen", ""))}
    application = _keep(visit, application_id, step, typed)
    found = step_of(application, step)
    problems = {str(field["name"]): problem_words(field, visit.say, visit.formats) for field in found["fields"]}
    return json_answer({"version": application["version"], "seen": seen(found), "problems": problems})


@route("/portal/apply/<application_id>/submit", permission=_OWN, methods=("POST",))
def send_application(visit: Visit, application_id: str) -> AnyResponse:
    """Send an application, once however often the form is sent."""
    form = dict(request.form)
    try:
        visit.ask.apply.once(
            visit.account.username, form.pop("key", ""), request.path, form, lambda: _send(visit, application_id, form)
        )
    except InvalidBody:
        application = visit.ask.apply.get(visit.customer_id, application_id)
        return redirect(f"{address(application, blocking_step(application) or CHECK)}/check", 303)
    except (RefusedError, Refusal) as error:
        return _moved_on(error, application_id, CHECK)
    return redirect(f"/applications/{application_id}?sent=1", 303)


def _send(visit: Visit, application_id: str, form: Mapping[str, str]) -> Record:
    _keep(visit, application_id, CHECK, form)
    sent = visit.ask.apply.submit(visit.customer_id, application_id, visit.account.username)
    return {"application_id": sent["application_id"]}


def _keep(visit: Visit, application_id: str, step: str, typed: Mapping[str, Any]) -> Record:
    """Save a step on the newest version, unless this very step was changed since the form was drawn."""
    for left in reversed(range(_TRIES)):
        application = visit.ask.apply.get(visit.customer_id, application_id)
        found = step_of(application, step)
        if typed.get("seen") and typed["seen"] != seen(found) and not _same(found, typed):
            raise RefusedError("the step was changed in another window", code="changed", field="version")
        try:
            return visit.ask.apply.save(
                visit.customer_id, application_id, step, _answers(found, typed), int(application["version"])
            )
        except RefusedError as error:
            if error.code != "changed" or not left:
                raise
    raise RefusedError("the application is changed elsewhere all the time", code="changed", field="version")


def _answers(step: Record, typed: Mapping[str, Any]) -> dict[str, str]:
    """What was typed into the step's own fields; a box that is not ticked is sent by no browser."""
    return {str(f["name"]): _answer(f, typed.get(str(f["name"]))) for f in step["fields"]}


def _answer(field: Record, typed: object) -> str:
    text = typed if isinstance(typed, str) else ""
    return "yes" if field["kind"] == "yes" and text else text.strip()


def _same(step: Record, typed: Mapping[str, Any]) -> bool:
    """Whether what is kept is what was typed: the same form again is no conflict."""
    return _answers(step, typed) == {str(f["name"]): str(f.get("value") or "") for f in step["fields"]}


def step_of(application: Record, name: str) -> Record:
    """One step of an application that asks something of this customer. Raises NotFoundError."""
    for step in steps_of(application):
        if step["step"] == name:
            return step
    raise NotFoundError(f"the application has no step {name[:40]}", field="step", found=name[:40])


def after(application: Record, name: str) -> str:
    """The step behind a step; the last one stays."""
    names = [str(step["step"]) for step in steps_of(application)]
    return names[min(names.index(name) + 1, len(names) - 1)]


def _wrong(step: Record) -> bool:
    return any(field["problem"] for field in step["fields"])


def _moved_on(error: RefusedError | Refusal, application_id: str, step: str) -> AnyResponse:
    """Another window was quicker: show the step anew, or the application that is sent already."""
    if error.code == "changed":
        return redirect(f"/apply/{application_id}/{step}/changed", 303)
    if error.code in ("state", "running"):  # sent before, or by the first of two clicks that is still at work
        return redirect(f"/applications/{application_id}", 303)
    raise error
