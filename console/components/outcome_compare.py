"""Offers side by side: one row a figure, one column an offer; on a phone one card a figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.aria import data
from console.components.outcome_offers import choices, fee_lines, goal_name
from console.components.outcome_words import Words, product_name, told
from console.visit import Visit

Offer = Mapping[str, Any]
Cell = Words
ORDERS: Mapping[str, str] = {"cost": "total_cost", "month": "instalment", "time": "term_months"}
"""Order to the figure by which it puts the least first."""

_SIZE, _LENGTH = ("lowest", "highest"), ("shortest", "longest")
"""What the least and the most of a figure are called."""


@dataclass(frozen=True, slots=True)
class Column:
    """An offer with what a comparison says of it beside its figures.

    Attributes:
        offer: as stored.
        product: the loan type that it is of.
        saved: the customer has put it aside.
    """

    offer: Offer
    product: str
    saved: bool = False

    @property
    def own(self) -> bool:
        """Whether it is what the customer asked for."""
        return "own" in self.offer["goals"]


def columns_of(result: Mapping[str, Any], saved: Sequence[Mapping[str, Any]]) -> list[Column]:
    """The offers of one decision, then those put aside before, none twice."""
    ids, product = {str(offer["offer_id"]) for offer in saved}, str(result["decision"]["product"])
    mine = [Column(offer, product, offer["offer_id"] in ids) for offer in choices(result)]
    known = {column.offer["offer_id"] for column in mine}
    return mine + [Column(offer, str(offer["product"]), True) for offer in saved if offer["offer_id"] not in known]


def ordered(columns: Sequence[Column], order: str) -> list[Column]:
    """By a figure of ORDERS, the least first; any other order leaves them as they are."""
    figure = ORDERS.get(order)
    return sorted(columns, key=lambda column: Decimal(column.offer[figure])) if figure else list(columns)


def comparison(
    columns: Sequence[Column], visit: Visit, *, rows: Sequence[html.Tr] = (), points: bool = True
) -> Component:
    """The table.

    Args:
        columns: at least two offers.
        visit: whose they are.
        rows: more rows below, such as one of buttons; made with `row`.
        points: with what speaks for and against each; not needed beside cards that say so.
    """
    names = column_names(columns, visit)
    head = [_heading(column, visit) for column in columns]
    corner = html.Th(visit.say("outcome.compare.figure"), scope="col", role="columnheader")
    said = _point_rows(columns, names, visit) if points else []
    body = [*_figure_rows(columns, names, visit), *_word_rows(columns, names, visit), *said, *rows]
    return html.Table(
        [
            html.Caption(visit.say("outcome.compare.caption"), className="visually-hidden"),
            html.Thead(html.Tr([corner, *head], role="row"), role="rowgroup"),
            html.Tbody(body, role="rowgroup"),
        ],
        className="compare",
        role="table",
    )


def row(name: str, cells: Sequence[Cell], names: Sequence[str], note: str = "") -> html.Tr:
    """One row; `names` are those of the columns, which a phone shows beside each value."""
    shown = [name, html.Span(note, className="same")] if note else name
    return html.Tr(
        [
            html.Th(shown, scope="row", role="rowheader"),
            *(html.Td(html.Div(cell), role="cell", **data(label=label))
              for cell, label in zip(cells, names, strict=True)),
        ],
        role="row",
    )  # fmt: skip


def column_names(columns: Sequence[Column], visit: Visit) -> list[str]:
    """What each offer is called in a comparison: its goal, and its time where a goal alone would name two."""
    goals = [goal_name(column.offer, visit) for column in columns]
    times = [visit.formats.months(column.offer["term_months"]) for column in columns]
    return [f"{g}, {t}" if goals.count(g) > 1 else g for g, t in zip(goals, times, strict=True)]


def difference(offer: Offer, base: Offer, visit: Visit) -> str:
    """What taking one offer in place of another changes, as a sentence."""
    if Decimal(offer["amount"]) != Decimal(base["amount"]):
        return visit.say("outcome.compare.apart")
    cost = Decimal(offer["total_cost"]) - Decimal(base["total_cost"])
    month = Decimal(offer["instalment"]) - Decimal(base["instalment"])
    write = visit.formats.round_money
    return visit.say(f"outcome.compare.{_kind(cost, month)}", cost=write(abs(cost)), month=write(abs(month)))


def _kind(cost: Decimal, month: Decimal) -> str:
    """The sentence for a difference in total cost and in monthly payment."""
    if not cost or not month:
        same = "equal" if cost == month else ("month" if not cost else "cost")
        return same if same == "equal" else f"{same}_{'less' if cost + month < 0 else 'more'}"
    pair = ("less" if cost < 0 else "more", "less" if month < 0 else "more")
    return f"both_{pair[0]}" if pair[0] == pair[1] else f"{pair[0]}_{pair[1]}"


def _heading(column: Column, visit: Visit) -> html.Th:
    say, offer = visit.say, column.offer
    badges = [say("outcome.offers.recommended")] if offer["recommended"] else []
    badges += [say("outcome.offers.own")] if column.own and offer["goal"] != "own" else []
    badges += [say("outcome.offers.saved")] if column.saved else []
    name = [html.Span(goal_name(offer, visit), className="column-name")]
    return html.Th([*name, *(html.Span(text, className="badge") for text in badges)], scope="col", role="columnheader")


def _figure_rows(columns: Sequence[Column], names: Sequence[str], visit: Visit) -> list[html.Tr]:
    write, ask = visit.formats, visit.ask.outcome
    ends: Callable[[Any], str] = lambda term: write.day(ask.last_day(term))  # noqa: E731
    plan: list[tuple[str, str, Callable[[Any], str], tuple[str, str] | None]] = [
        ("amount", "amount", write.round_money, None), ("time", "term_months", write.months, _LENGTH),
        ("instalment", "instalment", write.money, _SIZE), ("rate", "annual_rate", write.rate, _SIZE),
        ("apr", "apr", write.rate, _SIZE), ("interest", "total_interest", write.money, _SIZE),
        ("cost", "total_cost", write.money, _SIZE), ("ends", "term_months", ends, None),
    ]  # fmt: skip
    return [
        _figure_row(visit.say(f"outcome.offers.{key}"), [c.offer[field] for c in columns], names, show, visit, words)
        for key, field, show, words in plan
    ]


def _figure_row(
    name: str, values: Sequence[Any], names: Sequence[str], show: Callable[[Any], str], visit: Visit,
    words: tuple[str, str] | None,
) -> html.Tr:  # fmt: skip
    """A row of figures; where they differ the least and the most are named by `words`."""
    numbers = [Decimal(value) for value in values]
    if len(set(numbers)) == 1:
        note = visit.say("outcome.compare.same") if len(numbers) > 1 else ""
        return row(name, [show(value) for value in values], names, note)
    marks = {min(numbers): (words[0], "least"), max(numbers): (words[1], "most")} if words else {}
    cells = [[show(v), *_mark(marks.get(n), visit)] for v, n in zip(values, numbers, strict=True)]
    return row(name, cells, names)


def _mark(mark: tuple[str, str] | None, visit: Visit) -> list[Component]:
    if mark is None:
        return []
    word, look = mark
    return [html.Span(visit.say(f"outcome.compare.{word}"), className=f"mark-{look}")]


def _word_rows(columns: Sequence[Column], names: Sequence[str], visit: Visit) -> list[html.Tr]:
    say, offers = visit.say, [column.offer for column in columns]
    base = next((column.offer for column in columns if column.own), offers[0])
    against = say("outcome.compare.against", name=goal_name(base, visit))
    told_apart = ["–" if offer is base else difference(offer, base, visit) for offer in offers]
    found = [
        row(say("outcome.offers.fees"), [_lines(fee_lines(offer, visit)) for offer in offers], names),
        *([row(against, told_apart, names)] if len(offers) > 1 else []),
    ]
    products = [product_name(visit, column.product) for column in columns]
    kinds = [row(say("outcome.compare.product"), products, names)] if len(set(products)) > 1 else []
    return [*kinds, *found]


def benefits_row(columns: Sequence[Column], visit: Visit) -> html.Tr:
    """What the loan types bring beside their figures; told once where all are of one type."""
    name, kinds = visit.say("outcome.compare.benefits"), list(dict.fromkeys(column.product for column in columns))
    if len(kinds) > 1:
        return row(name, [_benefits(c.product, visit) for c in columns], column_names(columns, visit))
    cell = html.Td(_benefits(kinds[0], visit), role="cell", colSpan=len(columns), **data(label=""))
    return html.Tr([html.Th(name, scope="row", role="rowheader"), cell], role="row")


def _benefits(product: str, visit: Visit) -> Component:
    texts = visit.ask.product(visit.customer_id, product)["benefits"]
    return html.Ul([html.Li(text[:1].upper() + text[1:], lang="en") for text in texts], className="pros")


def _point_rows(columns: Sequence[Column], names: Sequence[str], visit: Visit) -> list[html.Tr]:
    return [
        row(visit.say(f"outcome.offers.{side}"), [_points(c.offer[side], side, visit) for c in columns], names)
        for side in ("pros", "cons")
    ]


def _points(points: Sequence[Mapping[str, Any]], side: str, visit: Visit) -> Cell:
    if not points:
        return visit.say(f"outcome.offers.{'none_for' if side == 'pros' else 'none_against'}")
    return html.Ul([html.Li(told(visit, "offers", point)) for point in points], className=side)


def _lines(lines: Sequence[str]) -> Cell:
    return lines[0] if len(lines) == 1 else html.Ul([html.Li(line) for line in lines])
