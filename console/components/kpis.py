"""Applications and decisions as figures side by side and tables, each share with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.panel import empty
from console.components.staff import Tile, rows_table, tiles
from serving.formats import Formats

NONE = "–"
Report = Mapping[str, Any]
Titles = Mapping[str, str]
ENDS = (("approve", "Approved"), ("refer", "Referred"), ("decline", "Refused"))
_KEYS = {"Loan type": "product", "Channel": "channel", "Model": "model"}
_ACTS = {"start": "Begun", "submit": "Sent", "review": "Put before a person", "offer": "Offered", "refuse": "Refused",
         "accept": "Accepted", "decline": "Turned down by the customer", "withdraw": "Withdrawn",
         "expire": "Ran out"}  # fmt: skip


def kpi_tiles(report: Report, formats: Formats) -> Component:
    """What was decided, with what end, at what risk and how soon."""
    totals, waiting = report["totals"], report["waiting"]
    expected = totals["expected_default"]
    mean = percent(expected["mean_pd"], formats) if expected["mean_pd"] else NONE
    median, slow = waiting["median"], waiting["p90"]
    return tiles(
        [
            Tile("Decisions", formats.number(totals["decided"]), "quotes and applications that were decided"),
            Tile("Approved", percent(totals["approval"]["value"], formats), interval(totals["approval"], formats)),
            Tile("Refused", percent(totals["refusal"]["value"], formats), interval(totals["refusal"], formats)),
            Tile("Expected to default", mean, _expected(expected, formats)),
            Tile("Time to decision", hours(median, formats), _slow(slow, waiting["of"], formats)),
        ]
    )


def _expected(expected: Mapping[str, Any], formats: Formats) -> str:
    if not expected["of"]:
        return "nothing was approved with a score"
    return f"about {formats.number(round(Decimal(expected['defaults'])))} of {formats.number(expected['of'])} approved"


def _slow(slow: Mapping[str, Any] | None, of: int, formats: Formats) -> str:
    if slow is None:
        return "no application was decided yet"
    if of == 1:
        return "of one application"
    return f"half of {formats.number(of)} applications; 90% within {hours(slow, formats)}"


def ends_table(caption: str, first: str, lines: Sequence[Report], names: Titles, formats: Formats) -> Component:
    """One row a loan type, channel or model."""
    key = _KEYS[first]
    rows = [
        [names.get(line[key], line[key]) or "no model", formats.number(line["decided"]),
         *(formats.number(line[end]) for end, _ in ENDS), *_share(line["approval"], formats)]
        for line in lines
    ]  # fmt: skip
    columns = (first, "Decisions", *(words for _, words in ENDS), "Share approved", "95% interval")
    return rows_table(caption, columns, rows)


def reasons_table(report: Report, texts: Titles, formats: Formats) -> Component:
    """Why loans were refused; a refusal may name several reasons."""
    if not report["reasons"]:
        return empty("Nothing was refused in this span", "Reasons appear here with the first refusal.")
    rows = [[texts.get(one["reason"], one["reason"]), formats.number(one["count"]),
             *_share(one["share"], formats)]
            for one in report["reasons"]]  # fmt: skip
    return rows_table("Reasons of refusals", ("Reason", "Refusals", "Share of refusals", "95% interval"), rows)


def applications_table(report: Report, formats: Formats) -> Component:
    """What happened to applications."""
    if not report["applications"]:
        return empty("No application moved in this span", "They appear here once a customer applies for an offer.")
    rows = [[_ACTS.get(one["act"], one["act"].replace("_", " ").capitalize()), one["state"].replace("_", " "),
             formats.number(one["count"])] for one in report["applications"]]  # fmt: skip
    return rows_table("Acts of applications", ("Act", "Led to", "Times"), rows)


def percent(value: str | None, formats: Formats) -> str:
    """A fraction as percent with one decimal."""
    return NONE if value is None else formats.percent(value, 1)


def interval(share: Mapping[str, Any], formats: Formats) -> str:
    """`35.1% to 38.0%, of 1,234`."""
    if share["value"] is None:
        return "nothing to count"
    return f"{_share(share, formats)[1]}, of {formats.number(share['of'])}"


def _share(share: Mapping[str, Any], formats: Formats) -> tuple[str, str]:
    value, low, high = (percent(share[part], formats) for part in ("value", "low", "high"))
    return value, f"{low} to {high}"


def hours(found: Mapping[str, float | None] | None, formats: Formats) -> str:
    """A wait in the unit that suits it; it comes from buckets, so it is about so long."""
    if found is None:
        return NONE
    if found["about"] is None:
        return f"over {_span(float(found['low'] or 0), formats)}"
    return f"about {_span(found['about'], formats)}"


def _span(value: float, formats: Formats) -> str:
    if value < 1:
        return f"{formats.number(max(1, round(value * 60)))} min"
    if value < 48:
        return f"{formats.number(round(value))} h"
    return formats.days(round(value / 24))


def none_decided() -> Component:
    """The page before the first decision of a span."""
    text = ("Choose other days, or clear the filters. In the demo, candor flow run seed-history fills the past; "
            "candor monitor count brings the counts up to date.")  # fmt: skip
    return html.Div(empty("Nothing was decided in this span", text), className="card")
