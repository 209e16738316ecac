"""The rooms in which a decision is put into words, and in which one says what one thinks of it.

assets/why.js and assets/feedback.js fill them; every word they show comes from here.
"""

from __future__ import annotations

import json

from dash import html
from dash.development.base_component import Component

from console.components.aria import aria, data
from console.visit import Visit
from console.words import Say
from serving.feedback import RATINGS, REASONS

_STEPS = ("planning", "searching", "writing", "checking", "rewriting", "gave_up", "failed")
_SAID = ("stop", "stopped", "waiting", "by_template", "by_ai", "cached", "replaced", "done", "failed", "reference",
         "again", "sources", "open_source", "close", "room")  # fmt: skip
_ASKED = ("ask", "up", "down", "reason", "comment", "send", "sending", "thanks", "failed")


def why_panel(decision_id: str, outcome: str, visit: Visit) -> Component:
    """Why one decision came out as it did: written when asked for, sentence by sentence, with sources.

    Args:
        decision_id: one of the customer's own; the route that writes looks at that again.
        outcome: of the decision.
        visit: the reader.
    """
    say, title = visit.say, f"why-title-{decision_id}"
    return html.Section(
        [
            html.H3(say(f"outcome.why.{outcome}"), id=title),
            html.P(say("outcome.why.hint"), className="note"),
            html.Button(say("outcome.why.start"), type="button", className="btn btn-secondary", **data(why_start="")),
            html.Div(className="why-room", **data(why_room="")),
        ],
        key=decision_id,
        className="card why",
        **data(
            why=f"/portal/decisions/{decision_id}/explanation", why_decision=decision_id,
            why_words=json.dumps(_why_words(say)), feedback_words=json.dumps(feedback_words(say)),
        ),
        **aria(labelledby=title),
    )  # fmt: skip


def rate_process(application_id: str, visit: Visit) -> Component:
    """How it was to apply, from 1 to 5, with a comment; sent once, then thanked for."""
    say = visit.say
    return html.Section(
        [
            html.H2(say("outcome.rating.title")),
            html.P(say("outcome.rating.hint"), className="note"),
            html.Div(className="rating-room"),
        ],
        key=application_id,
        className="card rating",
        **data(rate=application_id, feedback_words=json.dumps({**feedback_words(say), **_rating_words(say)})),
    )


def _why_words(say: Say) -> dict[str, object]:
    steps = {step: say(f"outcome.why.step.{step}") for step in _STEPS}
    return {**{name: say(f"outcome.why.{name}", **_open(name)) for name in _SAID}, "step": steps}


def _open(name: str) -> dict[str, str]:
    """Slots that the page's script fills stay as they are."""
    slots = {"by_ai": ("name",), "reference": ("reference",), "open_source": ("number", "title")}
    return {slot: f"{{{slot}}}" for slot in slots.get(name, ())}


def feedback_words(say: Say) -> dict[str, object]:
    """What the script says that asks for an opinion (assets/feedback.js)."""
    reasons = {reason: say(f"outcome.feedback.reasons.{reason}") for reason in REASONS}
    return {**{name: say(f"outcome.feedback.{name}") for name in _ASKED}, "reasons": reasons}


def _rating_words(say: Say) -> dict[str, object]:
    choices = {str(number): say(f"outcome.rating.choices.{number}") for number in RATINGS}
    return {"title": say("outcome.rating.title"), "comment": say("outcome.rating.comment"), "choices": choices}
