"""How often cases are decided against the record: over the weeks, by officer, reason and product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.cases import product_words
from console.components.chart import Table, chart_card
from console.components.panel import empty
from console.components.staff import Tone, mark, rows_table
from console.theme import BALANCE, figure
from console.visit import Visit

Found = Mapping[str, Any]
_VERDICT: Mapping[str, tuple[str, Tone]] = {
    "alarm": ("differs", "no"), "steady": ("no clear difference", "good"),
    "too_few": ("too few cases to tell", "plain"),
}  # fmt: skip
_WHAT = {
    "weeks": "Last weeks against those before",
    "product": "Last weeks of {name}",
    "officer": "{name} against others",
}


def watch_card(found: Found, visit: Visit) -> Component:
    """The share of overrides with what it rests on."""
    title = html.H2("Decisions against the record")
    if not found["whole"]["cases"]:
        text = f"Once cases are decided, their share against the record over {found['weeks_read']} weeks appears here."
        return html.Section([title, empty("No case was decided yet", text)], className="card")
    limits = (
        f"A comparison is told from {found['cases_least']} cases on both sides. An alarm needs a clear difference "
        f"of at least {visit.formats.share(found['rise_alarm'])}. The flow watch-overrides raises it."
    )
    return html.Section([
        title, _weeks(found, visit), html.H3("Comparisons"), html.P(limits, className="note"), _looks(found, visit),
        html.Details([html.Summary("By officer, reason and loan"), *_parts(found, visit)]),
    ], className="card override-watch")  # fmt: skip


def _weeks(found: Found, visit: Visit) -> Component:
    weeks = found["weeks"]
    days = [visit.formats.day(one["week"]) for one in weeks]
    share = [one["share"] for one in weeks]
    spread = {"type": "data", "symmetric": False, "array": [one["high"] - one["share"] for one in weeks],
              "arrayminus": [one["share"] - one["low"] for one in weeks], "thickness": 1.5}  # fmt: skip
    drawn = figure(
        [{"type": "scatter", "mode": "markers", "x": days, "y": share, "error_y": spread, "name": "Share overridden",
          "marker": {"color": BALANCE, "size": 9}}],
        x="Week beginning", y="Share of decided cases",
    )  # fmt: skip
    drawn["layout"]["yaxis"]["tickformat"] = ".0%"
    drawn["layout"]["xaxis"]["type"] = "category"
    whole = found["whole"]
    said = (
        f"{whole['overridden']} of {whole['cases']} cases in {found['weeks_read']} weeks went against the record: "
        f"{_range(whole, visit)}. Bars are 95% intervals."
    )
    rows = [[day, str(one["overridden"]), str(one["cases"]), _range(one, visit)]
            for day, one in zip(days, weeks, strict=True)]  # fmt: skip
    raw = [[one["week"], str(one["overridden"]), str(one["cases"]), f"{one['share']:.4f}"] for one in weeks]
    columns = ("Week", "Against the record", "Cases", "Share, 95% interval")
    return chart_card(drawn, "Overrides by week", said, Table("Overrides by week", columns, rows, raw))


def _looks(found: Found, visit: Visit) -> Component:
    rows = [
        [_WHAT[look["what"]].format(name=_name(look)), _range(look["one"], visit), _range(look["other"], visit),
         mark(*_VERDICT[look["verdict"]])]
        for look in found["looks"]
    ]  # fmt: skip
    return rows_table("Comparisons", ("What", "Share", "Beside it", "Verdict"), rows)


def _name(look: Found) -> str:
    return product_words(look["name"]) if look["what"] == "product" else str(look["name"])


def _parts(found: Found, visit: Visit) -> list[Component]:
    named: Sequence[tuple[str, str, str]] = (
        ("officers", "officer", "Officer"), ("reasons", "words", "Reason"), ("products", "product", "Loan"),
    )  # fmt: skip
    return [_part(found[part], key, words, visit) for part, key, words in named if found[part]]


def _part(rows: Sequence[Found], key: str, words: str, visit: Visit) -> Component:
    shown = [[product_words(one[key]) if key == "product" else str(one[key]), str(one["overridden"]),
              str(one["cases"]), _range(one, visit)] for one in rows]  # fmt: skip
    columns = (words, "Against the record", "Cases", "Share, 95% interval")
    return html.Div([html.H3(f"By {words.lower()}"), rows_table(f"By {words.lower()}", columns, shown)])


def _range(one: Found, visit: Visit) -> str:
    share = visit.formats.percent
    return f"{share(one['share'], 0)} ({share(one['low'], 0)} to {share(one['high'], 0)})"
