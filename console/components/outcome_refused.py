"""What stands beside a decision that is no approval: reasons, the letter, a person who looks, what happens next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.outcome_links import hidden, post_button
from console.components.outcome_words import told
from console.visit import Visit

Decision = Mapping[str, Any]


def reasons_list(decision: Decision, visit: Visit) -> list[Component]:
    """The principal reasons, the weightiest first."""
    if not decision["reasons"]:
        return []
    items = [html.Li(told(visit, "reasons", reason)) for reason in decision["reasons"]]
    return [html.H3(visit.say("outcome.refused.why")), html.Ol(items, className="reasons")]


def ways_in(decision: Decision, visit: Visit) -> list[Component]:
    """What one can do, in words; for decisions that no plan belongs to."""
    if not decision["ways_in"]:
        return []
    items = [html.Li(told(visit, "ways_in", way)) for way in decision["ways_in"]]
    return [html.H4(visit.say("outcome.refused.ways_in")), html.Ul(items, className="ways")]


def why_no_plan(result: Mapping[str, Any], visit: Visit) -> Component | None:
    """Why there is no way to yes, and what one can do all the same; None where there is a way."""
    why = result["why_no_plan"]
    if not why or result["recourse"]:
        return None
    title = html.H3(visit.say("outcome.refused.no_plan"))
    return html.Section(
        [title, html.P(told(visit, "reasons", why)), *ways_in(result["decision"], visit)], className="card"
    )


def letter_card(decision: Decision, visit: Visit) -> Component:
    """The notice, as a page and as a PDF."""
    say, address = visit.say, f"/portal/decisions/{decision['decision_id']}/notice"
    links = [
        html.A(say(f"outcome.refused.{key}"), href=href, target="_blank", rel="noopener", className="download")
        for key, href in (("notice_page", address), ("notice_pdf", f"{address}.pdf"))
    ]
    return html.Section(
        [
            html.H3(say("outcome.refused.notice")),
            html.P(say("outcome.refused.notice_lead")),
            html.P(links, className="papers"),
        ],
        className="card letter",
    )


def person_card(decision: Decision, visit: Visit) -> Component:
    """Asking for a person to look at a decision again."""
    say, name = visit.say, f"why-{decision['decision_id']}"
    return html.Section(
        [
            html.H3(say("outcome.refused.person")),
            html.P(say("outcome.refused.person_lead")),
            html.Form(
                [
                    hidden("decision_id", decision["decision_id"]),
                    html.Label(say("outcome.refused.person_label"), htmlFor=name),
                    html.Textarea(id=name, name="why", maxLength="1000", rows=3, className="form-control"),
                    html.Button(say("outcome.refused.person_send"), type="submit", className="btn btn-secondary"),
                ],
                action="/portal/reviews",
                method="POST",
            ),
        ],
        className="card person",
    )


def referred_card(decision: Decision, visit: Visit) -> Component:
    """What happens once a person has to look, and the button that sends the request to one."""
    say = visit.say
    steps = [html.Li(say(f"outcome.referred.{step}")) for step in ("send", "papers", "answer")]
    send = post_button(
        "/portal/apply", {"decision_id": decision["decision_id"]}, say("outcome.referred.apply"), "btn-primary"
    )
    return html.Section(
        [html.H3(say("outcome.referred.next")), html.Ol(steps, className="next-steps"), send],
        className="card referred",
    )
