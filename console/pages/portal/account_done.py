"""The account page right after something was done on it, with a line that says so."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from console.flash import Typed, typed_before
from console.pages.portal.account import account_page
from console.visit import Visit
from lending.domain.errors import NotFoundError
from lending.domain.roles import Permission

PATH = "/account/<done>"
NAME = "Account"
PERMISSION = Permission.APPLICATION_OWN
DONE = ("disputed", "reviewed", "withdrawn", "saved", "ended", "erasing")
AGAIN = "again"
"""A form was not taken: it stands there as it was typed, with what is wrong."""


def layout(visit: Visit, done: str) -> Component:
    """The page with its line. Raises NotFoundError for anything that is not done there."""
    if done not in (*DONE, AGAIN):
        raise NotFoundError(f"there is no page {done[:40]}", field="done", found=done[:40])
    return account_page(visit, done, typed_before(visit) if done == AGAIN else Typed())


def blank() -> Component:
    """Nothing of its own."""
    return html.Div()


CALLBACKS = ()
