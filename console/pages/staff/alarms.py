"""Alarms: what asks for somebody, open ones first, with owner and age."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from console.components.alarms import KINDS, alarms_table
from console.components.panel import empty
from console.components.staff import Choice, Tile, filters, head, tiles
from console.visit import Visit
from lending.alarm_ports import AlarmRow
from lending.domain.roles import STAFF, Permission
from serving.drift_looks import NOBODY, STATES

PATH = "/staff/alarms"
NAME = "Alarms"
PERMISSION = Permission.MONITOR_READ
ROLES = STAFF
CALLBACKS = ()
_STATES = (
    ("living", "Open or looked after"), ("open", "Open"), ("acknowledged", "Looked after"), ("closed", "Closed"),
    ("all", "All"),
)  # fmt: skip
_ANY = "any"


def layout(visit: Visit) -> Component:
    """The list for the choices in the address."""
    ask, query = visit.ask.drift, visit.query
    state = query.get("state") if query.get("state") in STATES else "living"
    kind, owner = (query.get(name) or _ANY for name in ("kind", "owner"))
    rows = ask.alarms(state or "living", _asked(kind), query.get("data", ""), _asked(owner))
    chosen = {"state": state or "living", "kind": kind, "owner": owner}
    text = "One alarm for each cause. A closed one opens again only when its cause shows in a later period."
    return html.Div([
        head("Alarms", text), _counts(visit), filters(PATH, _choices(visit, kind), chosen),
        html.Section([html.H2("Alarms"), alarms_table(rows, ask.now) if rows else _none(visit)], className="card"),
    ], className="alarms-page")  # fmt: skip


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


def _counts(visit: Visit) -> Component:
    living = visit.ask.drift.alarms("living")
    waiting, mine = _of(living, None), _of(living, visit.account.username)
    return tiles([
        Tile("Nobody looks after", str(len(waiting)), tone="no" if waiting else "good"),
        Tile("Yours", str(len(mine)), tone="look" if mine else "plain"),
        Tile("Not closed", str(len(living))),
    ])  # fmt: skip


def _asked(choice: str) -> str:
    """What a filter asks for; nothing where any will do."""
    return "" if choice == _ANY else choice


def _of(rows: Sequence[AlarmRow], owner: str | None) -> list[AlarmRow]:
    return [row for row in rows if row.owner == owner]


def _choices(visit: Visit, kind: str) -> list[Choice]:
    named = {**KINDS, **({kind: kind[:32]} if kind not in (*KINDS, _ANY) else {})}
    owners = [(name, name) for name in (NOBODY, *visit.ask.drift.desk.owners())]
    return [Choice("state", "State", _STATES), Choice("kind", "About", [(_ANY, "Anything"), *named.items()]),
            Choice("owner", "Owner", [(_ANY, "Anybody"), *owners])]  # fmt: skip


def _none(visit: Visit) -> Component:
    if visit.ask.drift.alarms("all"):
        return empty("No alarm fits", "Choose other filters above, or clear them.")
    text = "The monitoring flows open alarms here. Start monitor-inputs under Flows to look now."
    return empty("There was no alarm yet", text)
