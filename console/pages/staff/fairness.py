"""Fairness: how often each group is approved, what is clear and what cannot be told; from measurements alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.fairness import (
    group_words,
    groups_table,
    over_time_chart,
    promises_table,
    ratio_chart,
    words_of,
)
from console.components.measured import (
    NONE,
    findings,
    how_old,
    nothing_measured,
    points,
    product_words,
    troubles,
    view_filters,
)
from console.components.panel import empty
from console.components.staff import Choice, Tile, head, tiles
from console.visit import Visit
from lending.domain.roles import STAFF, Permission
from serving.measured import Look

PATH = "/staff/fairness"
NAME = "Fairness"
PERMISSION = Permission.MONITOR_READ
ROLES = STAFF
CALLBACKS = ()
_TEXT = "Whether groups are approved alike. Counts of groups alone are kept; nobody's group is."
Group = Mapping[str, Any]


def layout(visit: Visit) -> Component:
    """The newest measurement, in the view that the address asks for."""
    look = visit.ask.measured.fairness(visit.query)
    if look is None:
        what = "Approval rates by group appear here, with intervals and what cannot be told."
        command = "candor monitor fairness --data demo_bank --period quarter"
        return html.Div([head(NAME, _TEXT), nothing_measured(what, "monitor-fairness", command)])
    return html.Div([*_top(visit, look), *_whole(visit, look)], className="measured-page")


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


def _attributes(look: Look) -> list[str]:
    return list(dict.fromkeys(one["attribute"] for one in look.view["whole"] if not one["crossed"]))


def _attribute(visit: Visit, look: Look) -> str:
    """The attribute that is drawn over time."""
    known, asked = _attributes(look), visit.query.get("by", "")
    return asked if asked in known else "sex" if "sex" in known else known[0]


def _top(visit: Visit, look: Look) -> list[Component]:
    alarms = html.A("Alarms", href="/staff/alarms?kind=fairness", className="btn btn-secondary")
    asked, by = visit.query.get("by", ""), _attribute(visit, look)
    lost = (
        f"There is no attribute {asked[:20]!r}, so {words_of(by)} is drawn over time." if asked not in ("", by) else ""
    )
    more = Choice("by", "Over time by", [(name, words_of(name)) for name in _attributes(look)])
    return [
        head(NAME, how_old(_TEXT, visit, look), alarms),
        *troubles(look.trouble, lost),
        view_filters(PATH, look, more, chosen={"by": by}),
    ]


def _whole(visit: Visit, look: Look) -> list[Component]:
    formats, limit = visit.formats, look.head["limit"]
    single = [one for one in look.view["whole"] if not one["crossed"]]
    crossed = [one for one in look.view["whole"] if one["crossed"]]
    drawn = over_time_chart(look.view["rows"], _attribute(visit, look), limit, formats)
    return [
        _tiles(visit, look, [*single, *crossed]),
        findings(_said(look, single, crossed)),
        html.Div([ratio_chart(single, limit), drawn], className="pair"),
        html.Section([html.H2("Groups"), groups_table("Approval by group", single, formats)], className="card"),
        html.Section([html.H2("Crossed groups"), html.P("A gap may hide where two attributes meet."),
                      _crossed(crossed, visit)], className="card"),
        _promises(visit, look),
    ]  # fmt: skip


def _tiles(visit: Visit, look: Look, groups: Sequence[Group]) -> Component:
    formats = visit.formats
    looked = [one for one in groups if one["verdict"] == "look"]
    unsure = [one for one in groups if one["verdict"] == "cannot tell"]
    told = [one for one in groups if one["ratio"] and one["reference"] != one["group"]]
    lowest = min(told, key=lambda one: one["ratio"]["value"], default=None)
    gaps = [one["smallest_gap"] for one in groups if one["smallest_gap"] is not None]
    return tiles([
        Tile("Groups to look at", f"{len(looked)} of {len(groups)}", f"clearly below {look.head['limit']:g}",
             "no" if looked else "plain" if _open(groups) else "good"),
        Tile("Cannot be told", f"{len(unsure)} of {len(groups)}", "too few decisions", "look" if unsure else "plain"),
        Tile("Lowest ratio", f"{lowest['ratio']['value']:.2f}" if lowest else NONE,
             group_words(lowest) if lowest else "no group to compare"),
        Tile("Gap that would show", points(max(gaps), formats) if gaps else NONE, "in the smallest group compared"),
    ])  # fmt: skip


def _said(look: Look, single: Sequence[Group], crossed: Sequence[Group]) -> list[tuple[str, str]]:
    """What there is to know, in sentences with their tone."""
    said = [("no", f"{group_words(one).capitalize()}: {one['why']}.") for one in (*single, *crossed)
            if one["verdict"] == "look"]  # fmt: skip
    said += [("no", f"{group_words(one).capitalize()}: {one['why']}.") for one in look.head["promises"]
             if one["verdict"] == "look into it"]  # fmt: skip
    low = [one for one in _open([*single, *crossed]) if one["ratio"]["value"] < look.head["limit"]]
    if not said:
        tone = "plain" if low else "good"
        said.append((tone, "No group is clearly approved less often, and none turns out otherwise than promised."))
    if low:
        names = ", ".join(f"{group_words(one)} ({one['ratio']['value']:.2f})" for one in low)
        said.append(("look", f"Below {look.head['limit']:g}, which so many comparisons could show by chance: {names}."))
    unsure = [group_words(one) for one in single if one["verdict"] == "cannot tell" and one not in low]
    if unsure:
        said.append(("look", f"Cannot be told: {', '.join(unsure)}."))
    held = sum(one["held_back"] for one in (*single, *crossed))
    if held:
        least = look.head["cell_least"]
        said.append(("plain", f"{held} groups are held back: counts below {least} could name somebody."))
    means = f"Approved means: by {look.head['approved_by']}, for {product_words(look.view['product']).lower()}."
    return [*said, ("plain", f"{means} Whoever asks often counts often.")]


def _open(groups: Sequence[Group]) -> list[Group]:
    """Groups that were compared, without an answer."""
    return [
        one for one in groups if one["verdict"] == "cannot tell" and one["ratio"] and one["reference"] != one["group"]
    ]


def _crossed(crossed: Sequence[Group], visit: Visit) -> Component:
    if not crossed:
        return empty("No crossed groups", "They appear once people with two known attributes were decided.")
    return groups_table("Approval by crossed group", crossed, visit.formats)


def _promises(visit: Visit, look: Look) -> Component:
    """Whether what the model said came true alike; of the refused nobody will ever know."""
    promises = look.head["promises"]
    title = html.H2("Promises by group")
    if not promises:
        text = "It appears once enough loans have turned out. Outcomes arrive by candor outcomes add FILE."
        return html.Section([title, empty("No outcomes yet", text)], className="card")
    text = ("A model may approve all groups alike and still rate one worse than it turns out. Outcomes are known of "
            "loans that were lent. Whether refused people would have paid, nobody knows.")  # fmt: skip
    return html.Section([title, html.P(text), promises_table(promises, visit.formats)], className="card")
