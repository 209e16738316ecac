"""Staff before a bank's console: their accounts, what a page is given, browsers that are signed in, pages as drawn."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import dash
from flask.testing import FlaskClient
from plotly.utils import PlotlyJSONEncoder

from console.app import create_app
from console.gate import CALLBACK_ROUTE
from console.queries import Queries
from console.sign_in import COOKIE
from console.visit import Visit
from lending.domain.roles import Role
from lending.ports import Account
from serving.assembly import Platform
from serving.formats import formats
from tests.console.conftest import body_for


def account(bank: Platform, who: Role | str) -> Account:
    """By user name, or the first one of a role."""
    return next(one for one in bank.accounts.list() if who in (one.username, one.role))


def visit(bank: Platform, who: Role | str, search: str = "", **query: str) -> Visit:
    """What a page is given; what its address asks is told as text or by name."""
    return Visit(account(bank, who), Queries(bank), formats("us")).asking(search or urlencode(query))


def browser(bank: Platform, who: Role | str, app: dash.Dash | None = None) -> FlaskClient:
    """A browser that is signed in; of an app that is there, or of one of its own."""
    opened = (app or create_app(bank)).server.test_client()
    opened.set_cookie(COOKIE, bank.records.sessions.open(account(bank, who))[0])
    return opened


def drawn(app: dash.Dash, opened: FlaskClient, path: str, search: str = "") -> str:
    """What a page draws, as JSON text that reads as the page does."""
    return json.dumps(json.loads(sent(app, opened, path, search)), ensure_ascii=False)


def sent(app: dash.Dash, opened: FlaskClient, path: str, search: str = "") -> str:
    """What a browser is sent for a page, byte for byte."""
    body: Any = body_for(app, "page.children", {"location": path})
    body["inputs"][0]["value"], body["state"][0]["value"] = path, search
    asked = json.dumps(body, cls=PlotlyJSONEncoder)
    answer = opened.post(CALLBACK_ROUTE, data=asked, content_type="application/json")
    assert answer.status_code == 200, answer.text
    return answer.text
