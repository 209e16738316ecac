"""An application as its customer reads it; texts of fields are keys of the pages' catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lending.application_ports import ApplicationEvent, ApplicationRow
from lending.domain.answers import Field, Step, asked, problem, shown
from lending.domain.cases import INSIDE
from lending.domain.workflow import LIVE, Party
from serving.application_form import AREA, Form

if TYPE_CHECKING:
    from serving.application_reading import Held

PAPERS = "papers"
"""The step that is done when every needed paper was brought."""
_BROUGHT = ("quarantined", "checking", "accepted", "needs_person")
_BY = {Party.CUSTOMER: "you", Party.BANK: "bank", Party.SYSTEM: "system"}


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around an application: facts that decide what is asked, its offer, who signs too, papers, history."""

    facts: Mapping[str, str]
    offer: Mapping[str, Any] | None
    co_applicant: str | None
    checklist: Sequence[Mapping[str, Any]]
    events: Sequence[ApplicationEvent]


def reference(application_id: str) -> str:
    """What a person reads out on the telephone: ten characters of the id.

    >>> reference("a_q7k2m4x9p3abcdefghij234567")
    'Q7K2M-4X9P3'
    """
    name = application_id.partition("_")[2].upper()
    return f"{name[:5]}-{name[5:10]}"


def application_shown(row: ApplicationRow, held: Held, form: Form, around: Around) -> dict[str, Any]:
    """The application, JSON-ready.

    Returns:
        application_id, reference, product, state, live, version, decision_id, offer_id, offer, co_applicant (a name),
        answers (an account with its last four digits only), steps, checklist, timeline, status, refusal (why a person
        could not offer it), created_at, changed_at, submitted_at, valid_until.
    """
    until = around.offer["valid_until"] if around.offer else None
    fields = {f.name: f for f in form.fields()}
    return {
        "application_id": row.application_id,
        "reference": reference(row.application_id),
        "product": row.product,
        "state": row.state.value,
        "live": row.state in LIVE,
        "version": row.version,
        "decision_id": row.decision_id,
        "offer_id": row.offer_id,
        "offer": around.offer,
        "co_applicant": around.co_applicant,
        "answers": {name: shown(fields[name], said) for name, said in held.answers.items() if name in fields},
        "steps": [_step(step, held.answers, form, around) for step in form.steps],
        "checklist": list(around.checklist),
        "timeline": [_line(event) for event in around.events if event.act not in INSIDE],
        "status": _status(row, form, until),
        "refusal": _refusal(held, form) if row.state.value == "refused" else None,
        "created_at": row.created_at.isoformat(),
        "changed_at": row.changed_at.isoformat(),
        "submitted_at": row.submitted_at.isoformat() if row.submitted_at else None,
        "valid_until": until,
    }


def _step(step: Step, answers: Mapping[str, str], form: Form, around: Around) -> dict[str, Any]:
    questions = asked(step, around.facts, answers)
    fields = [_field(field, answers.get(field.name, ""), form) for field in questions]
    done = all(problem(field, answers.get(field.name, "")) is None for field in questions)
    if step.name == PAPERS:
        done = all(item.get("optional") or item.get("state") in _BROUGHT for item in around.checklist)
    return {"step": step.name, "title_key": f"{AREA}.step.{step.name}", "done": done, "fields": fields}


def _field(field: Field, answer: str, form: Form) -> dict[str, Any]:
    """A question with its answer. `problem` is a key, `slots` its bounds as data; an empty answer has one too."""
    wrong, key = problem(field, answer), f"{AREA}.{field.name}"
    return {
        "name": field.name,
        "kind": field.kind,
        "label": f"{key}.label",
        "hint": f"{key}.hint" if form.words[field.name]["hint"] else "",
        "options": [{"value": option, "label": f"{key}.{option}"} for option in field.options],
        "required": field.required,
        "autocomplete": form.autocomplete.get(field.name, "off"),
        "max_length": int(field.most) if field.kind == "text" and field.most else None,
        "value": shown(field, answer),
        "answered": bool(answer),
        "problem": f"{AREA}.problem.{wrong.code}" if wrong else "",
        "slots": wrong.bounds if wrong else {},
    }


def _line(event: ApplicationEvent) -> dict[str, Any]:
    """One line of the history; who of the bank it was stays with the bank."""
    before = event.from_state.value if event.from_state else None
    return {"at": event.at.isoformat(), "act": event.act, "from": before, "to": event.to_state.value,
            "by": _BY[event.by]}  # fmt: skip


def _status(row: ApplicationRow, form: Form, until: str | None) -> dict[str, str]:
    words = form.status[row.state.value]
    day = form.formats.day(until) if until else ""
    return {"text": words["text"].replace("{day}", day), "next": words["next"].replace("{day}", day)}


def _refusal(held: Held, form: Form) -> dict[str, str]:
    told = form.told(held.ground)
    return {"code": told, "key": f"{AREA}.refused.{told}", "text": form.words["refused"][told]}
