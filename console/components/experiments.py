"""Parts of the pages of experiments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from console.components.chart import Table, chart_card
from console.components.language import percent
from console.components.panel import empty
from console.components.staff import Cell, Choice, Tone, act_form, field, mark, rows_table
from console.theme import BALANCE, INTEREST, figure
from serving.formats import Formats
from serving.trial_catalogue import Catalogue, TrialLimits

STATES: Mapping[str, tuple[str, Tone]] = {
    "running": ("running", "good"), "draft": ("draft", "plain"), "stopped": ("stopped", "look"),
    "concluded": ("concluded", "good"), "ended": ("ended", "plain"),
}  # fmt: skip
VERDICTS: Mapping[str, tuple[str, Tone]] = {
    "better": ("better", "good"), "worse": ("worse", "no"), "undecided": ("cannot tell yet", "plain"),
    "broken_ratio": ("split is broken", "no"), "hurts": ("better, but it hurts", "no"),
    "hurt": ("broken", "no"), "kept": ("no harm seen", "good"), "cannot_tell": ("cannot tell yet", "plain"),
}  # fmt: skip
_LOOKS = ("solid", "dash", "dot")


def state_mark(one: Mapping[str, Any]) -> Component:
    """The state of an experiment; one whose last day has passed says so."""
    return mark("over, not concluded", "look") if one["over"] else mark(*STATES[one["state"]])


def verdict_mark(verdict: str) -> Component:
    """A verdict in words."""
    return mark(*VERDICTS[verdict])


def experiments_table(several: Sequence[Mapping[str, Any]], formats: Formats) -> Component:
    """Every experiment with the way to its results."""
    rows: list[list[Cell]] = [
        [dcc.Link(one["experiment"], href=f"/staff/experiments/{one['experiment']}"), state_mark(one), one["question"],
         one["changes"], formats.number(one["people"]), formats.day(one["since"]), one["owner"]]
        for one in several
    ]  # fmt: skip
    heads = ("Experiment", "State", "What is asked", "Changes", "People", "Since", "Owner")
    return html.Div(rows_table("Experiments", heads, rows), className="in-words experiments")


def define_form(catalogue: Catalogue, limits: TrialLimits) -> Component:
    """The fields of a draft, each with what may stand in it."""
    places = [(one.name, f"{one.words} ({one.changes}: {' or '.join(one.variants)})")
              for one in catalogue.places.values() if len(one.variants) > 1]  # fmt: skip
    measures = [(one.name, one.words.capitalize()) for one in catalogue.measures.values()]
    first = next(one for one in catalogue.places.values() if len(one.variants) > 1)
    fields = [
        field(Choice("name", "Name: small letters, digits, _"), required=True, within="new"),
        field(Choice("question", "What do you believe?", kind="textarea"), required=True, within="new"),
        field(Choice("owner", "Who answers for it?"), required=True, within="new"),
        field(Choice("place", "What changes?", places), within="new"),
        field(Choice("shares", "Variants in percent, the present one first"),
              ", ".join(f"{name} 50" for name in first.variants[:2]), required=True, within="new"),
        field(Choice("measure", "Measured by", measures), within="new"),
        _guardrails(catalogue),
        field(Choice("worth", "Smallest difference worth acting on, in points"), str(limits.worth * 100), within="new"),
        field(Choice("days", f"Days at most, up to {limits.days_most}", kind="number"), "28", within="new"),
    ]  # fmt: skip
    return act_form("/staff/experiments/define", fields, "Keep as a draft")


def _guardrails(catalogue: Catalogue) -> Component:
    boxes = [
        html.Label([_box(name), html.Span(rail.words)], className="rail", htmlFor=f"rail-{name}")
        for name, rail in catalogue.guardrails.items()
    ]
    return html.Fieldset([html.Legend("What must not get worse? At least one."), *boxes], className="field rails")


def _box(name: str) -> Component:
    """A plain box that a form sends; several have the same name."""
    return dbc.Input(id=f"rail-{name}", name="guardrails", value=name, type="checkbox")  # type: ignore[arg-type]


def act_forms(one: Mapping[str, Any]) -> Component:
    """What may be done with an experiment in its state."""
    action, version = f"/staff/experiments/{one['experiment']}", str(one["version"])
    why = Choice("why", "Why?", kind="textarea")
    if one["state"] == "draft":
        return act_form(f"{action}/start", [html.P("From then on people see it, and its shares stay.")], "Start",
                        version=version)  # fmt: skip
    winners = [(name, name) for name in one["shares"]]
    conclude = [field(Choice("winner", "What does everybody get?", winners), within="conclude"),
                field(why, required=True, within="conclude")]  # fmt: skip
    stop = [field(why, required=True, within="stop")]
    return html.Div([
        act_form(f"{action}/conclude", conclude, "Conclude", version=version),
        act_form(f"{action}/stop", stop, "Stop without a winner", tone="secondary", version=version),
    ], className="pair")  # fmt: skip


def split_words(ratio: Mapping[str, Any], formats: Formats) -> Component:
    """Whether people were divided as planned, before anything else."""
    people = ", ".join(f"{name} {formats.number(count)}" for name, count in ratio["people"].items())
    chance = formats.percent(Decimal(str(round(ratio["chance"], 4))), 2)
    state = mark("not as planned", "no") if ratio["broken"] else mark("as planned", "good")
    return html.P(
        [state, f" People by what they saw: {people}. Chance makes a split this uneven in {chance} of cases."]
    )


def arms_table(one: Mapping[str, Any], formats: Formats) -> Component:
    """Each variant with its share."""
    verdicts = {line["variant"]: line for line in one["compared"]}
    rows = [[arm["variant"], formats.number(arm["of"]), formats.number(arm["did"]), percent(arm["share"], formats),
             *_against(verdicts.get(arm["variant"]))] for arm in one["arms"]]  # fmt: skip
    heads = ("Variant", one["of"].capitalize(), one["short"].capitalize(), "Share", "Difference, with 95%", "Verdict")
    return rows_table("Variants side by side", heads, rows)


def _against(line: Mapping[str, Any] | None) -> list[Cell]:
    if line is None:
        return ["the present one", "–"]
    points = f"{line['difference'] * 100:+.1f} points ({line['low'] * 100:+.1f} to {line['high'] * 100:+.1f})"
    return [points, verdict_mark(line["verdict"])]


def rails_table(one: Mapping[str, Any]) -> Component:
    """What must not get worse, and whether it did."""
    if not one["guardrails"]:
        words = ", ".join(one["promises"])
        return empty("Nothing to check yet", f"Checked once people saw a variant: {words}")
    rows = [[rail["words"], verdict_mark(rail["verdict"]), *(_against(line)[0] for line in rail["compared"][:1])]
            for rail in one["guardrails"]]  # fmt: skip
    table = rows_table("Guardrails", ("What must hold", "Verdict", "Difference, with 95%"), rows)
    return html.Div(table, className="in-words")


def difference_chart(one: Mapping[str, Any], formats: Formats) -> Component:
    """The difference to the first variant over time, with the interval that holds at every look."""
    names = [line["variant"] for line in one["compared"]]
    traces = [trace for place, name in enumerate(names) for trace in _band(one["over_time"], name, place)]
    drawn = figure(traces, x="", y="Difference, points")
    drawn["layout"]["yaxis"] |= {"rangemode": "normal", "zeroline": True, "zerolinewidth": 2,
                                 "range": _window(one["over_time"])}  # fmt: skip
    if len({line["day"] for line in one["over_time"]}) == 1:
        drawn["layout"]["xaxis"]["type"] = "category"
    rows = [[line["day"], line["variant"], *(f"{line[part] * 100:.2f}" for part in ("difference", "low", "high"))]
            for line in one["over_time"]]  # fmt: skip
    heads = ("Day", "Variant", "Difference, points", "Low", "High")
    found = "The interval holds at every look, so that looking early does no harm. Zero is no difference."
    return chart_card(drawn, "The difference over time", found, Table("The difference over time", heads, rows, rows))


def _window(lines: Sequence[Mapping[str, Any]]) -> list[float]:
    """The part of the axis that is shown: the first fifth of the looks may run out of it, for they tell little."""
    ends = [abs(line[end]) * 100 for line in lines[len(lines) // 5 :] for end in ("low", "high")]
    return [-max(ends) * 1.1, max(ends) * 1.1]


def _band(lines: Sequence[Mapping[str, Any]], name: str, place: int) -> list[dict[str, Any]]:
    """A line of the difference between its two ends."""
    own = [line for line in lines if line["variant"] == name]
    days, colour = [line["day"] for line in own], (BALANCE, INTEREST)[place % 2]

    def drawn(part: str, words: str, **more: Any) -> dict[str, Any]:
        points = [round(line[part] * 100, 3) for line in own]
        return {"type": "scatter", "mode": "lines", "x": days, "y": points, "name": words, **more}

    edge = {"line": {"color": colour, "width": 1, "dash": _LOOKS[2]}, "showlegend": False}
    middle = {"mode": "lines+markers", "line": {"color": colour, "width": 3, "dash": _LOOKS[place % 2]}}
    return [
        drawn("low", f"{name}, low end", **edge),
        drawn("high", f"{name}, high end", **edge, fill="tonexty", fillcolor="rgba(128,128,128,.15)"),
        drawn("difference", f"{name} against {own[0]['against']}" if own else name, **middle),
    ]
