from __future__ import annotations

from types import ModuleType
from typing import Any

import dash
import pytest
from dash import Input, Output
from flask import Flask

from console.callbacks import Callbacks, UndeclaredError, callback, in_browser
from console.gate import Gate
from console.pages.page import page_of
from lending.domain.roles import Permission
from tests.console.standin import a_platform


def an_app() -> dash.Dash:
    return dash.Dash("test", server=Flask("test"), pages_folder="", enable_mcp=False)


def nobody() -> Any:
    raise AssertionError("no request is made here")


def test_a_callback_without_a_permission_stops_the_start() -> None:
    @callback(Output("a", "children"), Input("b", "value"))
    def undeclared(_visit: Any, _value: Any) -> str:
        return ""

    with pytest.raises(UndeclaredError, match="undeclared"):
        Callbacks(nobody).register(an_app(), [undeclared])


def test_a_browser_callback_without_a_permission_stops_the_start() -> None:
    with pytest.raises(UndeclaredError):
        Callbacks(nobody).register(an_app(), [in_browser("arrive", Input("b", "value"))])


def test_a_plain_function_is_no_callback() -> None:
    with pytest.raises(UndeclaredError, match="len"):
        Callbacks(nobody).register(an_app(), [len])


def test_a_callback_by_another_door_stops_the_start() -> None:
    app = an_app()
    app.callback(Output("a", "children"), Input("b", "value"))(lambda value: value)
    with pytest.raises(UndeclaredError, match=r"a\.children"):
        Callbacks(nobody).check(app)


def test_a_route_by_another_door_stops_the_start() -> None:
    app = an_app()
    app.server.add_url_rule("/back-door", "back_door", lambda: "open")
    with pytest.raises(UndeclaredError, match="back_door"):
        Gate(a_platform(), (), Callbacks(nobody)).watch(app)  # type: ignore[arg-type]


def test_a_page_without_a_permission_stops_the_start() -> None:
    with pytest.raises(UndeclaredError, match="bare"):
        page_of(ModuleType("bare"))


def test_a_declared_callback_is_known_with_its_permission() -> None:
    @callback(Output("a", "children"), Input("b", "value"), permission=Permission.CASE_READ)
    def declared(_visit: Any, _value: Any) -> str:
        return ""

    registry = Callbacks(nobody)
    registry.register(an_app(), [declared])
    assert registry.need("a.children") is Permission.CASE_READ
    assert registry.need("other.children") is None
