"""A console over the stand-in platform, and people signed in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import dash
import pytest
from flask.testing import FlaskClient

from console.app import create_app
from console.sign_in import COOKIE
from lending.domain.roles import Role
from tests.console.standin import a_platform


@pytest.fixture
def platform() -> Any:
    return a_platform()


@pytest.fixture
def app(platform: Any) -> dash.Dash:
    return create_app(platform)


@pytest.fixture
def stranger(app: dash.Dash) -> Iterator[FlaskClient]:
    with app.server.test_client() as client:
        yield client


@pytest.fixture
def signed_in(app: dash.Dash, platform: Any) -> Callable[[Role], FlaskClient]:
    def client_of(role: Role) -> FlaskClient:
        client = app.server.test_client()
        client.set_cookie(COOKIE, platform.identity.begin(role)[0])
        return client

    return client_of


def body_for(app: dash.Dash, output: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the browser would post to call a callback, with values by component id."""
    entry = app.callback_map[output]
    filled = [
        [{**part, "value": (values or {}).get(part["id"])} for part in entry[kind]] for kind in ("inputs", "state")
    ]
    outputs = entry["output"] if isinstance(entry["output"], (list, tuple)) else [entry["output"]]
    named = [{"id": out.component_id, "property": out.component_property} for out in outputs]
    return {
        "output": output, "outputs": named if isinstance(entry["output"], (list, tuple)) else named[0],
        "inputs": filled[0], "state": filled[1], "changedPropIds": [],
    }  # fmt: skip
