"""In a browser: signing in with the provider, working, signing out there too, and nothing behind the back button."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.app import create_app
from tests.bank import open_bank
from tests.fakes.oidc import CLIENT, SECRET, OidcService
from tests.journeys.conftest import PATIENCE_MS, Live


@pytest.fixture(scope="module")
def provided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Live, OidcService]]:
    """A console whose address the provider knows: the port is taken before there are settings."""
    from werkzeug.serving import make_server

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        provider = OidcService(f"{address}/sign-in/return")
        place = open_bank(
            Path(tmp_path_factory.mktemp("bank")), oidc_issuer=provider.url, oidc_client_id=CLIENT,
            oidc_client_secret=SECRET, oidc_return_url=provider.return_url, oidc_seconds=20.0,
        )  # fmt: skip
        server = make_server("127.0.0.1", 0, create_app(place).server, threaded=True, fd=taken.fileno())
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Live(address, place), provider
        server.shutdown()
        thread.join()
        server.server_close()
    provider.stop()
    place.records.database.engine.dispose()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def test_there_and_back_to_work_and_out_again(provided: tuple[Live, OidcService], page: Any) -> None:
    from playwright.sync_api import expect

    live, provider = provided
    page.goto(f"{live.address}/staff/cases")
    assert "/sign-in?next=" in page.url
    expect(page.locator("input[type=password]")).to_have_count(0)
    page.get_by_role("link", name="Go to the sign-in service").click()
    page.wait_for_url(f"{live.address}/staff/cases")
    expect(page.get_by_text("Olive Officer")).to_be_visible()
    cookies = {one["name"]: one for one in page.context.cookies()}
    assert cookies["candor_session"]["httpOnly"]
    assert not any("eyJ" in one["value"] for one in cookies.values())
    page.locator("form[action='/sign-out'] button").first.click()
    page.wait_for_url(f"{live.address}/sign-in?out=1")
    assert provider.ended == 1
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.go_back()
    page.wait_for_url("**/sign-in?next=/staff/cases")
    expect(page.get_by_text("Olive Officer")).to_have_count(0)
