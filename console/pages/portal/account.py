"""The customer's account: what the bank holds, their requests, how they are told, sessions, export and erasure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import Input, Output, html
from dash.development.base_component import Component
from flask import request

from console.callbacks import callback
from console.components.account_choices import choices_card, erase_card, export_card, sessions_card
from console.components.account_figures import figures_card
from console.components.account_requests import request_list, requests_card
from console.components.aria import aria
from console.flash import NOTHING, Typed
from console.pages.portal import account_routes
from console.sign_in import COOKIE
from console.visit import Visit
from console.words import Say
from lending.domain.roles import Permission

PATH = "/account"
NAME = "Account"
PERMISSION = Permission.APPLICATION_OWN
_PARTS = ("figures", "requests", "choices", "sessions", "export", "erase")
Record = Mapping[str, Any]


def layout(visit: Visit) -> Component:
    """The whole page."""
    return account_page(visit)


def account_page(visit: Visit, done: str = "", typed: Typed = NOTHING) -> Component:
    """The whole page, on top of it what was just done; a form that was not taken stands there as it was typed."""
    ask, customer = visit.ask.account, visit.customer_id
    locked = ask.use.restricted_until(customer)
    requests = ask.use.requests(customer)
    cards = [
        figures_card(ask.use.profile(customer, visit.say.language), visit, locked=locked is not None,
                     typed=typed.in_part("figures")),
        requests_card(requests, visit),
        choices_card(ask.use.preferences(customer), visit, typed.in_part("choices")),
        sessions_card(ask.use.sessions(visit.account.username, request.cookies.get(COOKIE, "")), visit),
        export_card(visit),
        _locked(requests, locked, visit) if locked else erase_card(visit, typed.in_part("erase")),
    ]  # fmt: skip
    return _page(visit.say, cards, done)


def blank() -> Component:
    """The page without anybody's data."""
    return _page(Say(), [html.Div(id="request-list")])


def _page(say: Say, cards: Sequence[Any], done: str = "") -> Component:
    head = [html.H1(say("account.title"), tabIndex="-1"), html.P(say("account.lead"), className="lead")]
    look, role = ("state-problem", "alert") if done == "again" else ("state-done", "status")
    said = [html.P(say(f"account.done.{done}"), className=f"state {look}", role=role)] if done else []
    return html.Div(
        [html.Header(head, className="page-head"), *said,
         html.Div([_contents(say), html.Div(cards, className="account-cards")], className="account-grid")],
        className="account-page",
    )  # fmt: skip


def _contents(say: Say) -> Component:
    """Links to the parts of a long page."""
    links = [html.Li(html.A(say(f"account.{part}.title"), href=f"#{part}")) for part in _PARTS]
    return html.Nav(html.Ul(links), className="contents", **aria(label=say("account.contents")))


def _locked(requests: Sequence[Record], day: str, visit: Visit) -> Component:
    """The day of the erasure, and the way back while there is one."""
    say = visit.say
    asked = [one for one in requests if one["kind"] == "erase" and one["can_withdraw"]]
    return html.Section(
        [html.H2(say("account.locked.title")), html.P(say("account.locked.text", day=visit.formats.day(day))),
         *(_way_back(one["request_id"], say) for one in asked)],
        id="erase", className="card locked",
    )  # fmt: skip


def _way_back(request_id: str, say: Say) -> Component:
    back = html.Button(say("account.locked.back"), type="submit", className="btn btn-secondary")
    return html.Form(back, action=f"/portal/requests/{request_id}/withdraw", method="POST")


@callback(
    Output("request-list", "children"), Input("news-stamp", "data"), permission=PERMISSION, prevent_initial_call=True,
)  # fmt: skip
def show_requests(visit: Visit, _stamp: Any) -> Any:
    """The requests again, when there is news."""
    return request_list(visit.ask.account.use.requests(visit.customer_id), visit)


CALLBACKS = (show_requests,)
ROUTES = account_routes.ROUTES
