"""Cases: what waits for a person, due first; and what customers ask of the bank."""

from __future__ import annotations

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from console.components.case_requests import requests_table
from console.components.cases import PATH as QUEUE
from console.components.cases import TAB_WORDS, WHY, ended_table, pages, product_words, queue_table, tabs
from console.components.override_watch import watch_card
from console.components.panel import empty
from console.components.staff import Choice, Tile, filters, head, tiles
from console.queries_cases import ANY, wish_of
from console.visit import Visit
from lending.domain.roles import STAFF, Permission, may
from serving.case_queue import A_PAGE, Queue, Wish

PATH = QUEUE
NAME = "Cases"
PERMISSION = Permission.CASE_READ
ROLES = STAFF
CALLBACKS = ()
_EMPTY = {
    "all": "Applications that rules or papers put before a person appear here.",
    "mine": "Open a free case and press Take this case.",
    "free": "Everything that waits is in somebody's hands.",
    "second": "Decisions against the record that need a second person appear here.",
    "asked": "Cases whose customer was asked for more appear here.",
    "done": "Cases that somebody decided in the last 30 days appear here.",
}


def layout(visit: Visit) -> Component:
    """The queue for the choices in the address."""
    if visit.query.get("kind") == "requests":
        return _requests(visit)
    wish, wrong = wish_of(visit.query, visit.ask.cases.products())
    queue = visit.ask.cases.queue(visit.account, wish)
    requests = len(visit.ask.cases.requests())
    note = [html.P(f"Not a choice, left out: {', '.join(wrong)}.", className="note", role="status")] if wrong else []
    return html.Div([
        head("Cases", "What rules and papers put before a person. The one that is due first stands on top."),
        _figures(queue), tabs(_kept(visit.query), queue.counts, wish.tab, requests), *note,
        filters(PATH, _choices(visit, wish), {**_chosen(wish), "tab": wish.tab}), _table(visit, queue, wish),
        *_watch(visit),
    ], className="cases-page")  # fmt: skip


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


def _requests(visit: Visit) -> Component:
    rows = visit.ask.cases.requests()
    queue = visit.ask.cases.queue(visit.account, Wish())
    text = "Reviews, disputes and calls that customers asked for. Each has a day by which it is answered."
    table = (
        requests_table(rows, visit)
        if rows
        else empty(
            "Nobody waits for an answer",
            "When a customer asks for a person, disputes a figure or wants a review, it is here.",
        )
    )
    return html.Div([
        head("Cases", text), tabs({}, queue.counts, "requests", len(rows)),
        html.Section([html.H2("Requests of customers"), table], className="card"),
    ], className="cases-page")  # fmt: skip


def _figures(queue: Queue) -> Component:
    counts = queue.counts
    return tiles([
        Tile("Late", str(queue.late), "past their time", "no" if queue.late else "good"),
        Tile("Free", str(counts["free"]), "nobody works on them"),
        Tile("Yours", str(counts["mine"]), tone="look" if counts["mine"] else "plain"),
        Tile("Second person", str(counts["second"]), "wait to be confirmed", "look" if counts["second"] else "plain"),
    ])  # fmt: skip


def _kept(query: Mapping[str, str]) -> dict[str, str]:
    """What of an address a tab keeps."""
    return {name: query[name] for name in ("product", "why", "late", "find") if query.get(name)}


def _chosen(wish: Wish) -> dict[str, str]:
    return {"product": wish.product, "why": wish.why, "late": "yes" if wish.late else "", "find": wish.find}


def _choices(visit: Visit, wish: Wish) -> list[Choice]:
    products = [(name, product_words(name)) for name in visit.ask.cases.products()]
    return [
        Choice("tab", "Part", list(TAB_WORDS.items())), Choice("product", "Loan", [(ANY, "Any"), *products]),
        Choice("why", "Why a person", [(ANY, "Any"), *WHY.items()]),
        Choice("late", "Time", [(ANY, "Any"), ("yes", "Late only")]),
        Choice("find", "Reference or customer", kind="search"),
    ]  # fmt: skip


def _table(visit: Visit, queue: Queue, wish: Wish) -> Component:
    title = html.H2(TAB_WORDS[wish.tab])
    if not queue.rows:
        narrowed = any((wish.product, wish.why, wish.late, wish.find))
        text = "No case fits the filters. Clear them to see all." if narrowed else _EMPTY[wish.tab]
        return html.Section([title, empty("Nothing here", text)], className="card")
    table = ended_table(queue.rows, visit) if wish.tab == "done" else queue_table(
        queue.rows, visit, visit.ask.cases.now)  # fmt: skip
    found = html.P(f"{queue.found} {'case' if queue.found == 1 else 'cases'}, due first." if wish.tab != "done"
                   else f"{queue.found} decided in the last 30 days, newest first.", className="note")  # fmt: skip
    turn = pages({**_chosen(wish), "tab": wish.tab}, queue.page, queue.found, A_PAGE)
    return html.Section([title, found, table, *turn], className="card")


def _watch(visit: Visit) -> list[Component]:
    """Overrides over time, for those who watch them."""
    role = visit.account.role
    if not (may(role, Permission.MONITOR_READ) or may(role, Permission.CASE_OVERRIDE)):
        return []
    return [watch_card(visit.ask.cases.overrides_watched(), visit)]
