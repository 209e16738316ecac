"""Alarms as people read them: the list, one alarm's facts, its history, and the forms to act on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from console.components.drift import NONE, age, data_words, feature_words, verdict_mark
from console.components.staff import Choice, Tone, act_form, field, mark, rows_table
from lending.alarm_ports import AlarmEvent, AlarmRow
from serving.formats import Formats

KINDS: Mapping[str, str] = {
    "drift": "Drift", "performance": "Performance", "fairness": "Fairness", "language": "Language",
    "overrides": "Overrides", "audit": "Audit",
}  # fmt: skip
PAGES: Mapping[str, str] = {
    "drift": "/staff/drift", "performance": "/staff/performance", "fairness": "/staff/fairness",
    "language": "/staff/language", "overrides": "/staff/cases", "audit": "/staff/audit",
}  # fmt: skip
"""Where the figures behind an alarm of a kind are shown."""
_STATES: Mapping[str, tuple[str, Tone]] = {
    "open": ("open", "no"), "acknowledged": ("looked after", "look"), "closed": ("closed", "good"),
}  # fmt: skip
_FEATURES = 3


def kind_words(kind: str) -> str:
    """What an alarm is about."""
    return KINDS.get(kind, kind.replace("_", " ").replace(".", " ").capitalize())


def state_mark(state: str) -> Component:
    """The state of an alarm with its sign and colour."""
    words, tone = _STATES[state]
    return mark(words, tone)


def alarms_table(rows: Sequence[AlarmRow], now: datetime) -> Component:
    """Alarms one by one; what it is leads to its page."""
    columns = ("State", "What", "About", "When", "Owner", "Age")
    shown = [
        [state_mark(row.state),
         [html.A(_what(row), href=f"/staff/alarms/{row.alarm_id}"), " ", verdict_mark(str(row.content["verdict"]))],
         f"{kind_words(row.kind)}, {data_words(row.data)}", _when(row), row.owner or "nobody", age(row.opened_at, now)]
        for row in rows
    ]  # fmt: skip
    return rows_table("Alarms", columns, shown)


def _when(row: AlarmRow) -> str:
    first, last = str(row.content["first"]), str(row.content["last"])
    return first if first == last else f"{first} to {last}"


def title_of(row: AlarmRow) -> str:
    """An alarm in a few words."""
    return f"{kind_words(row.kind)}: {_what(row)}"


def _what(row: AlarmRow) -> str:
    names = [feature_words(str(name)) for name in row.content.get("features", ())]
    more = f" and {len(names) - _FEATURES} more" if len(names) > _FEATURES else ""
    return ", ".join(names[:_FEATURES]) + more or str(row.content["cause"])[:80]


def history_table(events: Sequence[AlarmEvent], formats: Formats) -> Component:
    """Who did what, oldest first."""
    rows = [[f"{formats.day(one.at.date())}, {one.at:%H:%M} UTC", one.actor, one.act.capitalize(), one.comment or NONE]
            for one in events]  # fmt: skip
    return rows_table("History of the alarm", ("When", "Who", "What", "Comment"), rows)


def act_forms(row: AlarmRow, owners: Sequence[str], actor: str) -> Component:
    """What can be done about an alarm in its state; each on the version that the page shows."""
    place, version = f"/staff/alarms/{row.alarm_id}", str(row.version)
    comment = Choice("comment", "Comment", kind="textarea")
    forms = [_part("Write a comment", act_form(f"{place}/comment", [field(comment, required=True, within="comment")],
                                               "Write it down", tone="secondary", version=version))]  # fmt: skip
    if row.state == "closed":
        return html.Div(forms, className="alarm-acts")
    if row.owner != actor or row.state == "open":
        take = act_form(f"{place}/acknowledge", [field(comment, within="take")], "I look after it", version=version)
        forms.insert(0, _part("Look after it", take))
    who = Choice("owner", "Who", [(name, name) for name in owners])
    hand = [field(who, row.owner or actor, within="hand"), field(comment, within="hand")]
    reason = Choice("comment", "What was found, and why it can be closed", kind="textarea")
    forms += [
        _part("Hand it to somebody", act_form(f"{place}/assign", hand, "Hand over", tone="secondary", version=version)),
        _part("Close it", act_form(f"{place}/close", [field(reason, required=True, within="close")], "Close the alarm",
                                   tone="secondary", version=version)),
    ]  # fmt: skip
    return html.Div(forms, className="alarm-acts")


def _part(title: str, form: Component) -> Component:
    return html.Section([html.H3(title), form])
