"""Where staff arrive: how the model is, what waits for them, and the tools that belong to their role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import dcc, html
from dash.development.base_component import Component

from console.access import SIGNED_IN
from console.components.alarms import title_of
from console.components.drift import data_words, heat_map, period_words, ringing_first
from console.components.panel import empty
from console.components.staff import head, mark, with_query
from console.visit import Visit
from lending.alarm_ports import AlarmRow
from lending.domain.roles import GRANTS, STAFF, Permission, may
from serving.today import Answer, Question, Task

PATH = "/staff"
NAME = "Staff"
PERMISSION = SIGNED_IN
ROLES = STAFF
"""No single permission is common to staff, so the page names its roles."""

_ABOUT: Mapping[Question, tuple[str, str, str, str]] = {
    "inputs": ("Inputs", "Who asks today is like who asked when the model learned.",
               "Who asks has changed.", "/staff/drift"),
    "score": ("Score", "The model spreads its scores as it did on the loans it learned from.",
              "The scores have moved.", "/staff/drift"),
    "outcomes": ("Outcomes", "What came of the loans is what the model promised.",
                 "What came of the loans is not what the model promised.", "/staff/performance"),
}  # fmt: skip
"""Of each question: its name, the answer when all is well, the answer when it is not, and where to look."""
_EARLY = "Nothing can be judged yet: loans need time to turn out."
_SHOWN = 3
"""Alarms of a card; the page behind it has all."""
_PERIODS, _FEATURES = 6, 6
"""Of the map at a glance."""


def layout(visit: Visit) -> Component:
    """Answers for those who watch, tasks for those who decide, tools and rights for everybody."""
    role = visit.account.role
    watches = may(role, Permission.MONITOR_READ)
    return html.Div(
        [
            head("Today", html.Span(["You are signed in as ", html.B(role.value.replace("_", " ")), "."])),
            *([_answers(visit)] if watches else []),
            _tasks(visit.ask.today.tasks(visit.account)),
            *([_map(visit)] if watches else []),
            html.Section([html.H2("Tools"), *_tools(visit)], className="card"),
            html.Details(
                [html.Summary("What your role may do"),
                 html.Ul([html.Li(_words(grant)) for grant in sorted(GRANTS[role])], className="grants")],
                className="card",
            ),
        ]
    )  # fmt: skip


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


def _answers(visit: Visit) -> Component:
    cards = [_answer(one, visit) for one in visit.ask.today.answers()]
    return html.Section([html.H2("Is the model well?"), html.Div(cards, className="health")], className="today")


def _answer(one: Answer, visit: Visit) -> Component:
    name, well, not_well, href = _ABOUT[one.question]
    words = {"well": well, "alarm": not_well, "early": _EARLY, "unknown": "Nobody has looked yet."}[one.health]
    verdict = {"well": mark("Well", "good"), "alarm": mark("Look", "no"), "early": mark("Too early", "plain"),
               "unknown": mark("Unknown", "look")}  # fmt: skip
    return html.Div(
        [
            html.H3([name, " ", verdict[one.health]]),
            html.P(words, className="finding"),
            *_judged(one),
            *([html.Ul([html.Li(_alarm(row, visit)) for row in one.alarms[:_SHOWN]])] if one.alarms else []),
            html.P([_looked(one, visit), " ", dcc.Link(f"Open {name.lower()}", href=_at(href, one))], className="note"),
        ],
        className="card",
    )  # fmt: skip


def _judged(one: Answer) -> list[Component]:
    """Whose outcomes the answer speaks of, where some could not be judged: silence about those is no praise."""
    if not one.judged:
        return []
    names, early = (", ".join(map(data_words, some)) for some in (one.judged, one.early))
    said = [f"Judged: {names}.", *([f"Too early to judge: {early}."] if early else [])]
    return [html.P(" ".join(said))]


def _at(href: str, one: Answer) -> str:
    """Where to look, at the data set that the answer rests on."""
    named = [*(row.data for row in one.alarms), *one.judged]
    return with_query(href, {"data": named[0]}) if named else href


def _alarm(row: AlarmRow, visit: Visit) -> Component:
    since = period_words(str(row.content.get("since", row.content["first"])), visit.formats)
    return dcc.Link(f"{title_of(row)}, {data_words(row.data)}, since {since}", href=f"/staff/alarms/{row.alarm_id}")


def _map(visit: Visit) -> Component:
    """The drift of the last periods: what rings, and a few features more."""
    title, look = html.H2("Drift at a glance"), visit.ask.drift.look({})
    if look is None:
        return html.Section(
            [title, empty("Nobody has looked yet.", "A map of features by period appears here.")], className="card"
        )
    rows, periods = visit.ask.drift.cells(look.row)["rows"], list(look.row.content["periods"])[-_PERIODS:]
    data = html.P(f"{data_words(look.row.data)}, against {look.row.content['reference']}.", className="finding")
    few = set(ringing_first(rows, periods)[:_FEATURES])
    drawn = heat_map([row for row in rows if row["feature"] in few], periods, "/staff/drift", {}, visit.formats)
    return html.Section([title, data, drawn, html.P(dcc.Link("All features and periods", href="/staff/drift"))],
                        className="card")  # fmt: skip


def _looked(one: Answer, visit: Visit) -> str:
    if one.measured_at is None:
        return "The monitoring flow fills this; start it on the page Flows."
    return f"Last looked at on {visit.formats.day(one.measured_at.date())}, {one.measured_at:%H:%M} UTC."


def _tasks(tasks: Sequence[Task]) -> Component:
    if not tasks:
        return html.Section(
            [html.H2("What needs you"),
             empty("Nothing waits for you.", "Alarms, cases, requests and approvals that are yours appear here.")],
            className="card",
        )  # fmt: skip
    rows = [
        html.Li(dcc.Link([html.B(str(task.count)), " ", task.what, *_late(task)], href=task.href)) for task in tasks
    ]
    return html.Section([html.H2("What needs you"), html.Ul(rows, className="tasks")], className="card")


def _late(task: Task) -> list[str | Component]:
    return [" ", mark("now", "no")] if task.late else []


def _tools(visit: Visit) -> list[Component]:
    settings = visit.ask.platform.settings
    links = []
    if may(visit.account.role, Permission.MODEL_READ) and settings.mlflow_pages:
        links.append(("MLflow: runs, models and versions", settings.mlflow_pages))
    if may(visit.account.role, Permission.MODEL_TRAIN):
        links.append(("Prefect: flows and their runs", settings.prefect_url))
    if not links:
        return [html.P("No tool of this installation belongs to your role.")]
    return [html.Ul([html.Li(html.A(words, href=url, rel="noreferrer")) for words, url in links])]


def _words(grant: Permission) -> str:
    subject, act = grant.value.split(".")
    return f"{subject.capitalize()}: {act}"


CALLBACKS = ()
