"""The papers a loan needs: what each is for, where it stands, what was found, and a way to hand it in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.aria import aria, data
from console.visit import Visit
from console.words import Say

Record = Mapping[str, Any]
_MONEY = frozenset({"income", "balance", "total", "price"})
_AMOUNT = re.compile(r"\d{1,15}(\.\d{1,2})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
AT_WORK = frozenset({"quarantined", "checking"})
"""States of a paper that change by themselves within seconds."""
SETTLED = frozenset({"accepted", "on_file"})
"""States of an asked paper in which nothing is left to do."""
ACCEPT = ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"


def being_checked(application: Record) -> bool:
    """True while a paper is looked at by the machine."""
    return any(paper["state"] in AT_WORK for item in application.get("checklist") or () for paper in item["documents"])


def papers_panel(application: Record, visit: Visit, *, can_add: bool, demo: bool) -> Component:
    """One card a paper that is asked for.

    Args:
        application: with its checklist.
        visit: the reader.
        can_add: papers may still be handed in.
        demo: offer the generated papers of the demo bank.
    """
    items = application.get("checklist") or ()
    if not items:
        return html.P(visit.say("apply.papers.none"), className="state state-empty")
    cards = [
        html.Li(_item(application, item, visit, can_add=can_add, demo=demo), className="paper-item") for item in items
    ]
    return html.Div([_count(items, visit.say), html.Ul(cards, className="paper-list")])


def paper_name(item: Record, say: Say) -> str:
    """What a paper is called; whose it is where it is the other person's."""
    name = _title(str(item["asked"]), say)
    return say("apply.papers.of_partner", name=name) if item.get("person") == "co_applicant" else name


def _title(asked: str, say: Say) -> str:
    kind = asked.rpartition(".")[2]
    return say(f"papers.title.{kind}")


def _count(items: Sequence[Record], say: Say) -> Component:
    needed = [item for item in items if not item.get("optional")]
    done = sum(item["state"] in SETTLED for item in needed)
    return html.P(say("apply.papers.count", done=done, needed=len(needed)), className="papers-count", role="status")


def _item(application: Record, item: Record, visit: Visit, *, can_add: bool, demo: bool) -> Component:
    say = visit.say
    name, state = paper_name(item, say), str(item["state"])
    optional = (
        [html.Span(f" {say('apply.optional')}", className="optional")]
        if item.get("optional") and state == "missing"
        else []
    )
    head = html.Div(
        [html.H3([name, *optional]), html.Span(say(f"papers.state.{state}"), className=f"badge badge-{state}")],
        className="card-head",
    )
    why = say(str(item["why_key"]))
    papers = [html.Li(_paper(paper, visit, can_add=can_add)) for paper in item["documents"]]
    listed = [html.Ul(papers, className="paper-files")] if papers else []
    adding = [_add(application, item, name, say, demo=demo)] if can_add and state not in SETTLED else []
    return html.Article([head, html.P(why, className="note"), *listed, *adding], className="card")


def _paper(paper: Record, visit: Visit, *, can_add: bool) -> Component:
    say, state = visit.say, str(paper["state"])
    name = html.A(str(paper["name"]), href=f"/portal/papers/{paper['document_id']}", download=str(paper["name"]))
    size = say("apply.papers.size", kb=visit.formats.number(max(1, round(int(paper["size"]) / 1024))))
    found = [html.Li(text) for text in findings_words(paper, visit)] if state != "accepted" else []
    remove = [_remove(paper, say)] if can_add and state != "accepted" else []
    return html.Div(
        [
            html.Div([html.Span(className=f"dot dot-{state}", **aria(hidden="true")), name,
                      html.Span(size, className="note")], className="paper-line"),
            html.P(say(f"apply.papers.{state}"), className=f"paper-state paper-{state}"),
            *([html.Ul(found, className="paper-findings")] if found else []),
            *_read(paper, visit),
            *remove,
        ]
    )  # fmt: skip


def _read(paper: Record, visit: Visit) -> list[Component]:
    """What the machine read on it, folded; nothing where it read nothing."""
    read: Mapping[str, Record] = paper.get("read") or {}
    lines = [
        html.Div([html.Dt(visit.say(f"papers.figure.{name}")), html.Dd(_value(name, str(found["value"]), visit))])
        for name, found in read.items()
        if visit.say.has(f"papers.figure.{name}")
    ]
    summary = html.Summary(visit.say("apply.papers.read"))
    return [html.Details([summary, html.Dl(lines, className="answers")], className="fold")] if lines else []


def _value(name: str, value: str, visit: Visit) -> str:
    """A figure as people write it: money, a day, or as it stands on the paper."""
    if _DAY.fullmatch(value):
        return visit.formats.day(value)
    return visit.formats.round_money(value) if name in _MONEY and _AMOUNT.fullmatch(value) else value


def findings_words(paper: Record, visit: Visit) -> list[str]:
    """What the check found, in words and with what to do about it."""
    return [_finding(finding, visit) for finding in paper.get("findings") or ()]


def _finding(finding: Record, visit: Visit) -> str:
    slots = {name: _slot(name, value, visit) for name, value in (finding.get("slots") or {}).items()}
    return visit.say(f"papers.finding.{finding['code']}", **slots)


def _slot(name: str, value: object, visit: Visit) -> str:
    """A value of a finding: a figure or a kind by its name, a day as people write it."""
    text = str(value)
    for key in (f"papers.{name}.{text}", f"papers.kind.{text}", f"papers.figure.{text}"):
        if visit.say.has(key):
            return visit.say(key)
    return visit.formats.day(text) if _DAY.fullmatch(text) else text


def _remove(paper: Record, say: Say) -> Component:
    return html.Form(
        html.Button([say("apply.papers.remove"), html.Span(f" {paper['name']}", className="visually-hidden")],
                    type="submit", className="btn btn-quiet"),
        action=f"/portal/papers/{paper['document_id']}/remove", method="POST", **data(panel=""),
    )  # fmt: skip


def _add(application: Record, item: Record, name: str, say: Say, *, demo: bool) -> Component:
    """A plain form; assets/apply.js adds the box for files, dropping, the camera and the bar."""
    asked, place = str(item["asked"]), f"/portal/applications/{application['application_id']}/documents"
    # React leaves this box alone, so a chosen file stays while the panel is drawn anew.
    box = html.Div(
        className="file-box", key=f"file-{asked}",
        **data(file_box=asked, label=say("apply.papers.choose", name=name), drop=say("apply.papers.drop"),
               accept=ACCEPT, hint=say("apply.papers.hint"), sending=say("apply.papers.sending", name="__name__"),
               failed=say("apply.papers.failed"), send=say("apply.papers.send"), action=place),
    )  # fmt: skip
    return html.Div([box, *([_demo(place, asked, name, say)] if demo else [])], className="paper-add")


def _demo(place: str, asked: str, name: str, say: Say) -> Component:
    whose = html.Span(f" {say('apply.papers.demo_for', name=name)}", className="visually-hidden")
    use = html.Button([say("apply.papers.demo"), whose], type="submit", className="btn btn-secondary")
    look = html.A([say("apply.papers.demo_look"), whose], href=f"{place}/demo/{asked}", className="download")
    return html.Div(
        [html.Form(use, action=f"{place}/demo/{asked}", method="POST", **data(panel="")), look], className="demo-paper"
    )
