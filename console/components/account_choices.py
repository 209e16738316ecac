"""What a customer chooses on the account page: how they are told, where they are signed in, export and erasure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from console.components.application import moment
from console.components.aria import aria
from console.flash import NOTHING, Typed
from console.visit import Visit
from console.words import LANGUAGES, Say
from serving.account import CHANNELS
from serving.parse_account import CONFIRM

Record = Mapping[str, Any]


def choices_card(chosen: Record, visit: Visit, typed: Typed = NOTHING) -> Component:
    """Language, channels and addresses in one form; as it was typed where it was not taken."""
    if typed.part:
        by = [name for name in CHANNELS if typed.values.get(f"by_{name}")]
        chosen = {
            **chosen,
            **{n: typed.values.get(n, chosen[n]) for n in ("email", "phone", "language")},
            "channels": by,
        }
    say, ask = visit.say, visit.ask.account
    channels = [_box(channel, chosen, visit) for channel in ask.channels()]
    demo = [html.P(say("account.choices.demo"), className="state state-empty")] if ask.writes_to_file() else []
    form = [
        *channels,
        _field("email", say("account.choices.email"), "", chosen["email"],
               _problem("email", typed, say), type="email", autocomplete="email"),
        _field("phone", say("account.choices.phone"), say("account.choices.phone_hint"), chosen["phone"],
               _problem("phone", typed, say), type="tel", autocomplete="tel"),
        _language(chosen["language"] or say.language, visit),
        html.Button(say("account.choices.save"), type="submit", className="btn btn-primary"),
    ]  # fmt: skip
    body = [html.P(say("account.choices.lead"), className="hint"), *demo,
            html.Form(form, action="/portal/preferences", method="POST")]  # fmt: skip
    return _card("choices", say("account.choices.title"), body)


def sessions_card(sessions: Sequence[Record], visit: Visit) -> Component:
    """Where the customer is signed in, each with its end."""
    say = visit.say
    items = [html.Li(_session(one, visit)) for one in sessions]
    others = [
        html.Form(html.Button(say("account.sessions.end_others"), type="submit", className="btn btn-secondary"),
                  action="/portal/sessions/end", method="POST")
    ] if len(sessions) > 1 else []  # fmt: skip
    lead = html.P(say("account.sessions.lead"), className="hint")
    return _card("sessions", say("account.sessions.title"), [lead, html.Ul(items, className="sessions"), *others])


def export_card(visit: Visit) -> Component:
    """Everything as one file."""
    say = visit.say
    link = html.A(say("account.export.do"), href="/portal/export", className="btn btn-secondary", download="")
    return _card("export", say("account.export.title"), [html.P(say("account.export.text")), link])


def erase_card(visit: Visit, typed: Typed = NOTHING) -> Component:
    """What erasure means today, and the word that says it is meant."""
    say = visit.say
    day, source = visit.ask.account.erasable_on(visit.customer_id)
    if source:
        means = [html.P(say("account.erase.later", day=visit.formats.day(day))), html.P(say("account.erase.meaning")),
                 html.P(say("account.erase.source", source=source), className="note"), *_runs(visit)]  # fmt: skip
    else:
        means = [html.P(say("account.erase.at_once"))]
    box = dbc.Input(id="confirm", name="confirm", type="text", required=True, pattern=CONFIRM, autocomplete="off",
                    maxlength="20", value=typed.values.get("confirm", "")[:20])  # fmt: skip
    words = [say("account.erase.word", word=CONFIRM), *_problem("confirm", typed, say)]
    label = html.Label(words, htmlFor="confirm")
    button = html.Button(say("account.erase.do"), type="submit", className="btn btn-danger")
    form = [html.Div([label, box], className="field"), button]
    return _card("erase", say("account.erase.title"), [*means, html.Form(form, action="/portal/erase", method="POST")])


def _runs(visit: Visit) -> list[Component]:
    """From when the law's months count while a loan still runs: without it the day above would look wrong."""
    ends = visit.ask.account.paid_off(visit.customer_id)
    text = visit.say("account.erase.runs", month=visit.formats.month(ends)) if ends else ""
    return [html.P(text, className="note")] if text else []


def _card(name: str, title: str, body: Sequence[Any]) -> Component:
    return html.Section([html.H2(title), *body], id=name, className="card")


def _box(channel: str, chosen: Record, visit: Visit) -> Component:
    words = visit.say(f"account.choices.channel.{channel}")
    return dbc.Checkbox(id=f"by-{channel}", name=f"by_{channel}", value=channel in chosen["channels"], label=words)


def _problem(name: str, typed: Typed, say: Say) -> list[Component]:
    """What is wrong with a field, inside its label so that it is read out with the box."""
    return [html.Span(say(f"account.problem.{name}"), className="problem")] if name in typed.wrong else []


def _field(name: str, label: str, hint: str, value: str, problem: Sequence[Component] = (), **how: Any) -> Component:
    hints = [html.Span(hint, className="hint")] if hint else []
    typed = dbc.Input(id=name, name=name, value=value, maxlength="254", **how)
    return html.Div([html.Label([label, *hints, *problem], htmlFor=name), typed], className="field")


def _language(now: str, visit: Visit) -> Component:
    """The chosen language stands first: without a script nothing else marks it."""
    order = sorted(LANGUAGES, key=lambda code: code != now)
    options = [html.Option(LANGUAGES[code], value=code, lang=code) for code in order]
    label = html.Label(visit.say("account.choices.language"), htmlFor="language")
    return html.Div([label, html.Select(options, id="language", name="language", className="form-select")],
                    className="field")  # fmt: skip


def _session(one: Record, visit: Visit) -> list[Any]:
    say = visit.say
    program = one["agent"] or say("account.sessions.program")
    used = say("account.sessions.since", since=moment(one["created_at"], visit), seen=moment(one["seen_at"], visit))
    words = html.Div([html.Strong(program), html.P(used, className="note")])
    if one["mine"]:
        return [words, html.Span(say("account.sessions.mine"), className="badge badge-open")]
    button = html.Button(say("account.sessions.end"), type="submit", className="btn btn-quiet",
                         **aria(label=say("account.sessions.end_named", program=program)))  # fmt: skip
    return [words, html.Form(button, action=f"/portal/sessions/{one['session_id']}/end", method="POST")]
