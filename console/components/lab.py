"""Parts of the policy lab: states, figures and forms in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from console.components.aria import aria
from console.components.measured import NONE, percent, rate
from console.components.staff import Tile, Tone, mark, rows_table, tiles
from lending.domain.money import plain
from lending.draft_ports import DraftRow
from serving.formats import Formats
from serving.lab_leaves import Leaf

Interval = Mapping[str, Any]
_STATES: Mapping[str, tuple[str, Tone]] = {
    "draft": ("Draft", "plain"), "proposed": ("Waits for a yes", "look"), "approved": ("Approved", "good"),
    "published": ("Decides", "good"), "refused": ("Refused", "no"), "withdrawn": ("Withdrawn", "plain"),
}  # fmt: skip
_UNITS: Mapping[str, str] = {
    "fraction": "fraction, 0.1 is 10%", "currency": "money", "points": "points", "months": "months", "count": "count",
}  # fmt: skip
_NAMES: Mapping[str, str] = {
    "pd_12m_max": "Highest default probability", "foir_max": "Highest share of net income (FOIR)",
    "funding_spread": "Funding spread", "score_min": "Lowest credit score", "income_min": "Lowest income",
    "dti_max": "Highest debt share (DTI)", "ltv_max": "Highest loan to value (LTV)", "amount_max": "Largest loan",
    "rate_min": "Lowest rate", "rate_max": "Highest rate", "margin": "Margin", "operating_cost": "Operating cost",
    "lgd": "Loss at default (LGD)", "processing_fee": "Processing fee",
}  # fmt: skip


def state_mark(row: DraftRow, *, decides: bool) -> Component:
    """Its state in words."""
    words, tone = _STATES["published" if decides else row.state]
    return mark(words, tone)


def path_words(path: str, products: Mapping[str, str]) -> str:
    """`car.score_min` as people read it."""
    product, _, name = path.partition(".")
    said = _NAMES.get(name, name.replace("_", " ").capitalize())
    return f"{products.get(product, 'All loans')}: {said.lower() if said.split()[0].istitle() else said}"


def change_words(row: DraftRow, known: Mapping[str, Leaf], products: Mapping[str, str], formats: Formats) -> Component:
    """Every figure with what it was and what it would be."""
    said = []
    for path, value in row.values.items():
        unit = known[path].unit if path in known else "count"
        before, after = (formats.quantity(plain(one), unit) for one in (row.before[path], value))
        said.append(f"{path_words(path, products)} {before} → {after}")
    return html.Span("; ".join(said), className="words")


def figures_form(known: Sequence[Leaf], products: Mapping[str, str], formats: Formats) -> list[Component]:
    """Fields for every figure, product by product; each says what stands there, its bounds and what it does."""
    found: list[Component] = []
    for product, group in groupby(known, key=lambda leaf: leaf.product):
        leaves = list(group)
        title = "All loans" if product is None else products.get(product, product)
        words = f"{title}: {len(leaves)} figures"
        rows = html.Div([_figure(leaf, formats) for leaf in leaves], className="figures")
        found.append(html.Details([html.Summary(words), rows], open=product is None))
    return found


def _figure(leaf: Leaf, formats: Formats) -> Component:
    place, note = f"set-{leaf.path}".replace(".", "-"), f"note-{leaf.path}".replace(".", "-")
    now = formats.quantity(plain(leaf.value), leaf.unit)
    bounds = f"{plain(leaf.low)} to {plain(leaf.high)}"
    box = dbc.Input(id=place, name=leaf.path, value=plain(leaf.value), type="text", maxlength=20)
    told = f"{leaf.description} {leaf.does}"
    unit = _UNITS.get(leaf.unit, leaf.unit)
    facts = f"Now {now}, by {leaf.source}. From {bounds} ({unit})."
    return html.Div(
        [html.Label(_NAMES.get(leaf.name, leaf.name), htmlFor=place), box, html.P(told, id=note),
         html.P(facts, className="note")],
        className="field",
    )  # fmt: skip


def result_tiles(found: Mapping[str, Any], formats: Formats) -> Component:
    """The figures under the draft, each beside the policy in force and with its interval."""
    figures = found["figures"]
    change = figures["approval_rate"]["change"]
    moved = f"{_points(change, formats)} against today"
    per = [
        ("Expected loss, of the amount lent", "expected_loss_rate"),
        ("Realised loss, of the amount lent", "realised_loss_rate"),
        ("Bad rate, where known", "bad_rate"), ("Yield", "yield"),
    ]  # fmt: skip
    shown = [
        Tile("Approved", share(figures["approval_rate"]["draft"], formats),
             f"now {share(figures['approval_rate']['present'], formats)}; {moved}"),
        *(Tile(name, share(figures[key]["draft"], formats, 2), _beside(figures[key], formats)) for name, key in per),
        Tile("Profit a year, per loan", money(figures["expected_profit_per_loan"]["draft"], formats),
             _money_beside(figures["expected_profit_per_loan"], formats)),
        Tile("Profit a year, change in all", signed(figures["expected_profit_total"]["change"], formats),
             _money_between(figures["expected_profit_total"]["change"], formats)),
        Tile("Approved, outcome unobserved", formats.number(unseen(found["swaps"])),
             "never lent to, so nobody saw how they would pay", "look" if unseen(found["swaps"]) else "plain"),
    ]  # fmt: skip
    return tiles(shown)


def unseen(swaps: Mapping[str, Any]) -> int:
    """How many of those whom the draft approves were refused then."""
    return swaps["in"]["never_lent"] + swaps["stay_in"]["never_lent"]


def share(one: Interval, formats: Formats, places: int = 1) -> str:
    """A fraction in percent; a dash where there is none."""
    return NONE if one["value"] is None else percent(one["value"], formats, places)


def money(one: Interval, formats: Formats) -> str:
    """Money without cents."""
    return NONE if one["value"] is None else formats.round_money(Decimal(round(one["value"])))


def signed(one: Interval, formats: Formats) -> str:
    """A change of money with its sign."""
    return NONE if one["value"] is None else ("+" if one["value"] > 0 else "") + money(one, formats)


def _points(one: Interval, formats: Formats) -> str:
    value, low, high = (100 * (one[name] or 0) for name in ("value", "low", "high"))
    return f"{value:+.1f} points ({low:+.1f} to {high:+.1f})"


def _beside(sides: Mapping[str, Interval], formats: Formats) -> str:
    draft = sides["draft"]
    if draft["low"] is None:
        return "too few outcomes are known"
    low, high = (percent(draft[name], formats, 2) for name in ("low", "high"))
    return f"{low} to {high}, {formats.number(draft['count'])} loans; now {share(sides['present'], formats, 2)}"


def _money_between(one: Interval, formats: Formats) -> str:
    if one["low"] is None:
        return "too few loans"
    return " to ".join(formats.round_money(Decimal(round(one[name]))) for name in ("low", "high"))


def _money_beside(sides: Mapping[str, Interval], formats: Formats) -> str:
    return f"{_money_between(sides['draft'], formats)}; now {money(sides['present'], formats)}"


def swap_matrix(swaps: Mapping[str, Any], formats: Formats) -> Component:
    """Answers today by answers under the draft; who changes cell is marked."""
    names = {"approve": "Approved", "refer": "To a person", "decline": "Declined"}
    rows: list[list[Any]] = []
    for place, name in enumerate(swaps["outcomes"]):
        cells = [
            formats.number(count) if at == place or not count else mark(formats.number(count), _moves(place, at))
            for at, count in enumerate(swaps["matrix"][place])
        ]
        rows.append([html.B(f"{names[name]} today"), *cells])
    heads = ["Answer", *(f"{names[name]} by the draft" for name in swaps["outcomes"])]
    return rows_table("Answers today and by the draft", heads, rows)


def _moves(today: int, draft: int) -> Tone:
    return "good" if draft < today else "no"


def swap_sets(swaps: Mapping[str, Any], formats: Formats) -> Component:
    """Who moves and who stays: how risky the model holds them, what became of them, and of how many nobody knows."""
    names = {"in": "Move in", "out": "Move out", "stay_in": "Approved by both", "stay_out": "Approved by neither"}
    rows = [[html.B(words), *_set(swaps[key], formats)] for key, words in names.items()]
    heads = ["Set", "Applications", "Mean default probability", "Bad rate where known", "Outcome known", "Not over yet",
             "Never lent: unobserved", "Mean amount"]  # fmt: skip
    return rows_table("Who moves and who stays", heads, rows)


def _set(one: Mapping[str, Any], formats: Formats) -> list[Any]:
    never = one["never_lent"]
    return [
        formats.number(one["count"]), _rate(one["mean_pd"], formats), _rate(one["bad_rate"], formats),
        formats.number(one["known"]), formats.number(one["not_yet"]),
        mark(formats.number(never), "look") if never else "0", money(one["amount"], formats),
    ]  # fmt: skip


def _rate(one: Interval, formats: Formats) -> str:
    return share(one, formats) if one["low"] is None else rate(one, formats)  # type: ignore[arg-type]


def parts_table(parts: Sequence[Mapping[str, Any]], products: Mapping[str, str], formats: Formats) -> Component:
    """Approval rates by loan type, amount and kind of work."""
    kinds = {"product": "Loan type", "amount": "Amount", "work": "Work"}
    rows = [
        [kinds[one["kind"]], products.get(one["name"], one["name"].replace("_", " ").capitalize()),
         formats.number(one["count"]), _rate(one["present"], formats), _rate(one["draft"], formats),
         _points(one["change"], formats), formats.number(one["into"]), formats.number(one["out"]),
         _rate(one["bad_rate"], formats)]
        for one in parts
    ]  # fmt: skip
    heads = ["By", "Part", "Applications", "Approved today", "Approved by the draft", "Change", "In", "Out",
             "Bad rate of approved"]  # fmt: skip
    return rows_table("Parts of the book", heads, rows)


def progress_bar(percent_done: float | None, words: str) -> Component:
    """How far a replay is, in words and as a bar."""
    bar = html.Progress(value=str(round(percent_done)), max="100", **aria(label="Share done")) if percent_done else None
    return html.Div([html.P(words or "The replay waits for its turn."), *([bar] if bar else [])], role="status")
