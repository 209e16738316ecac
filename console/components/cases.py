"""The queue of cases: tabs by links, the clock of each case, its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from babel.dates import format_time
from dash import html
from dash.development.base_component import Component

from console.components.aria import aria
from console.components.staff import Cell, Tone, mark, rows_table, with_query
from console.visit import Visit
from serving.application_shown import reference

Row = Mapping[str, Any]
PATH = "/staff/cases"
TAB_WORDS = {
    "all": "All", "mine": "Mine", "free": "Free", "second": "Wait for a second person",
    "asked": "Wait for the customer", "done": "Done",
}  # fmt: skip
WHY = {"referred": "Rules refer it", "papers": "A paper needs a person"}
ACT = {"offer": "Offer made", "refuse": "Refused"}
_MINUTES_AN_HOUR, _HOURS_A_DAY = 60, 24
_STANDS: Mapping[str, tuple[str, Tone]] = {"late": ("Late by", "no"), "soon": ("Due in", "look"),
                                           "in_time": ("Due in", "good")}  # fmt: skip


def span(seconds: float) -> str:
    """A length of time in its largest unit that is not nothing.

    >>> span(3600 * 5), span(-86400 * 3), span(120)
    ('5 hours', '3 days', '2 minutes')
    """
    minutes = max(round(abs(seconds) / 60), 1)
    hours, days = minutes // _MINUTES_AN_HOUR, minutes // _MINUTES_AN_HOUR // _HOURS_A_DAY
    if hours == 0:
        return f"{minutes} minute{'s' * (minutes != 1)}"
    if days < 2:
        return f"{hours} hour{'s' * (hours != 1)}"
    return f"{days} days"


def moment(text: str, visit: Visit) -> str:
    """A day with its time of day (UTC)."""
    at = datetime.fromisoformat(text)
    return f"{visit.formats.day(at.date())}, {format_time(at, 'HH:mm', locale=visit.formats.locale)}"


def clock_mark(stands: str, due: str, now: datetime) -> Component:
    """How a case stands against its time, in words."""
    words, tone = _STANDS[stands]
    return mark(f"{words} {span((datetime.fromisoformat(due) - now).total_seconds())}", tone)


def tabs(query: Mapping[str, str], counts: Mapping[str, int], chosen: str, requests: int) -> Component:
    """Links to the parts of the queue, and to what customers ask of the bank."""
    items = [
        _tab(words, counts.get(tab, 0), with_query(PATH, query, tab=tab, page="", kind=""), here=tab == chosen)
        for tab, words in TAB_WORDS.items()
    ]
    items.append(_tab("Requests of customers", requests, f"{PATH}?kind=requests", here=chosen == "requests"))
    return html.Nav(html.Ul(items), className="case-tabs", **aria(label="Parts of the queue"))


def _tab(words: str, count: int, href: str, *, here: bool) -> Component:
    now = aria(current="page") if here else {}
    return html.Li(html.A([words, " ", html.Span(str(count), className="count")], href=href, **now))


def queue_table(rows: Sequence[Row], visit: Visit, now: datetime) -> Component:
    """Cases that wait."""
    columns = ("Case", "Customer", "Loan", "Amount", "Why a person", "Time", "Who works on it")
    return rows_table("Cases that wait", columns, [_waiting(row, visit, now) for row in rows])


def ended_table(rows: Sequence[Row], visit: Visit) -> Component:
    """Cases that a person ended."""
    columns = ("Case", "Customer", "Loan", "End", "Against the record", "Decided by", "Second person", "When")
    return rows_table("Cases that were decided", columns, [_ended(row, visit) for row in rows])


def case_link(application_id: str) -> Component:
    """A case by its reference."""
    return html.A(reference(application_id), href=f"{PATH}/{application_id}")


def product_words(name: str) -> str:
    """A loan type for staff."""
    return name.replace("_", " ").capitalize()


def _waiting(row: Row, visit: Visit, now: datetime) -> list[Cell]:
    proposed = [html.Br(), mark("Second person", "look")] if row["proposed_by"] else []
    asked = [html.Br(), mark("Customer asked", "plain")] if row["asked_at"] and not proposed else []
    return [
        case_link(row["application_id"]), _person(row), product_words(row["product"]),
        visit.formats.money(row["amount"]), WHY.get(str(row["why"]), str(row["why"])),
        html.Span([clock_mark(row["stands"], row["due"], now), html.Br(),
                   html.Span(moment(row["due"], visit), className="note")]),
        html.Span([_holder(row, visit), *proposed, *asked]),
    ]  # fmt: skip


def _person(row: Row) -> Component:
    return html.Span([str(row["name"]), html.Br(), html.Span(str(row["customer_id"]), className="note")])


def _holder(row: Row, visit: Visit) -> str:
    if row["taken_by"] is None:
        return "Nobody yet"
    return "You" if row["taken_by"] == visit.account.username else str(row["taken_by"])


def _ended(row: Row, visit: Visit) -> list[Cell]:
    against = "No" if row["override"] is None else "Yes" if row["override"] == "hidden" else f"Yes: {row['words']}"
    return [
        case_link(row["application_id"]), _person(row), product_words(row["product"]), ACT[row["act"]], against,
        str(row["officer"]), str(row["second"] or "–"), moment(row["at"], visit),
    ]  # fmt: skip


def pages(query: Mapping[str, str], page: int, found: int, a_page: int) -> list[Component]:
    """Links to the pages before and after; none where there is one page."""
    last = max(1, -(-found // a_page))
    if last == 1:
        return []
    links = [(words, to) for words, to in (("Earlier", page - 1), ("Later", page + 1)) if 1 <= to <= last]
    parts = [
        html.A(words, href=with_query(PATH, query, page=str(to)), className="btn btn-quiet") for words, to in links
    ]
    return [html.Nav([html.Span(f"Page {page} of {last}"), *parts], className="pages", **aria(label="Pages"))]
