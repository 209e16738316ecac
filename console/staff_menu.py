"""The pages of staff in the order of their menu; a role sees those it may open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import dcc, html
from dash.development.base_component import Component

from console.access import SIGNED_IN, Need, allowed
from console.components.aria import aria, data
from console.words import Say
from lending.domain.roles import Permission, Role


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu."""

    path: str
    words: str
    permission: Need


MENU: Sequence[tuple[str, Sequence[Entry]]] = (
    ("", (Entry("/staff", "Today", SIGNED_IN),)),
    ("Watch", (
        Entry("/staff/applications", "Applications", Permission.MONITOR_READ),
        Entry("/staff/drift", "Drift", Permission.MONITOR_READ),
        Entry("/staff/performance", "Performance", Permission.MONITOR_READ),
        Entry("/staff/fairness", "Fairness", Permission.MONITOR_READ),
        Entry("/staff/language", "Language", Permission.MONITOR_READ),
        Entry("/staff/alarms", "Alarms", Permission.MONITOR_READ),
    )),
    ("Decide", (
        Entry("/staff/cases", "Cases", Permission.CASE_READ),
        Entry("/staff/approvals", "Approvals", Permission.MODEL_READ),
    )),
    ("Improve", (
        Entry("/staff/models", "Models", Permission.MODEL_READ),
        Entry("/staff/lab", "Policy lab", Permission.POLICY_READ),
        Entry("/staff/experiments", "Experiments", Permission.MONITOR_READ),
        Entry("/staff/flows", "Flows", Permission.FLOW_READ),
    )),
    ("Records", (
        Entry("/staff/register", "Register", Permission.MODEL_READ),
        Entry("/staff/audit", "Audit", Permission.AUDIT_READ),
    )),
)  # fmt: skip


def open_to(role: Role) -> Sequence[tuple[str, Sequence[Entry]]]:
    """The groups of the menu with what a role may open; empty groups are left out."""
    mine = [(group, [one for one in entries if allowed(role, one.permission)]) for group, entries in MENU]
    return [(group, entries) for group, entries in mine if entries]


def menu(role: Role, say: Say) -> list[Component]:
    """A staff member's pages; on a phone they open under a button."""
    opens = html.Button(say("shell.menu"), type="button", className="btn btn-quiet menu-button",
                        **data(menu_toggle=""), **aria(expanded="false", controls="menu"))  # fmt: skip
    groups = [part for group, entries in open_to(role) for part in _group(group, entries)]
    return [opens, html.Nav(groups, id="menu", className="menu", **aria(label=say("shell.nav.label")))]


def _group(group: str, entries: Sequence[Entry]) -> list[Component]:
    links = html.Ul([html.Li(dcc.Link(one.words, href=one.path)) for one in entries])
    return [html.P(group, className="menu-group"), links] if group else [links]
