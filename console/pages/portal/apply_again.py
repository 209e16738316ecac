"""A step that came back: something in it is wrong, or another window changed it meanwhile."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from console.pages.portal.apply import step_page
from console.visit import Visit
from lending.domain.errors import NotFoundError
from lending.domain.roles import Permission

PATH = "/apply/<application_id>/<step>/<notice>"
NAME = "Apply"
PERMISSION = Permission.APPLICATION_OWN
_NOTICES = ("check", "changed")


def layout(visit: Visit, application_id: str, step: str, notice: str) -> Component:
    """The step with what was typed and every problem said."""
    if notice not in _NOTICES:
        raise NotFoundError(f"there is no page {notice[:40]}", field="notice", found=notice[:40])
    return step_page(visit, application_id, step, notice=notice)


def blank() -> Component:
    """Nothing of its own."""
    return html.Div()


CALLBACKS = ()
