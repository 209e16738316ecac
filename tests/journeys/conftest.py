"""A live console on a free port, and a real browser that watches what a page does behind one's back."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from console.app import create_app
from tests.bank import PASSWORD, open_bank, with_knowledge

BROWSER_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class Live:
    """A running console."""

    address: str
    platform: Any


@dataclass
class Watched:
    """A page, with every console error and every request that left this machine."""

    page: Any
    address: str
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def sign_in(self, username: str = "good") -> None:
        self.page.goto(f"{self.address}/sign-in")
        self.page.fill("#username", username)
        self.page.fill("#password", PASSWORD)
        self.page.press("#password", "Enter")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The console over the whole bank with its knowledge; one for all tests of a file."""
    from werkzeug.serving import make_server

    platform = with_knowledge(open_bank(Path(tmp_path_factory.mktemp("bank"))))
    server = make_server("127.0.0.1", 0, create_app(platform).server, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Live(f"http://127.0.0.1:{server.server_port}", platform)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        if "browser" in os.environ.get("CANDOR_REQUIRE", ""):
            pytest.fail("CANDOR_REQUIRE names browser, but no Chromium is on the PATH; install the package chromium")
        pytest.skip("no Chromium on the PATH; install the package chromium to run the journeys")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=BROWSER_ARGS)
        yield running
        running.close()


@pytest.fixture
def visit(browser: Any, live: Live) -> Iterator[Callable[..., Watched]]:
    opened: list[tuple[Any, Watched]] = []

    def open_page(width: int = 1280, theme: str = "light", **options: Any) -> Watched:
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme, **options)
        watched = Watched(context.new_page(), live.address)
        watched.page.on("console", lambda message: _note(watched, message))
        watched.page.on("pageerror", lambda error: watched.errors.append(str(error)))
        watched.page.on("request", lambda request: _check_host(watched, request.url))
        opened.append((context, watched))
        return watched

    yield open_page
    for context, watched in opened:
        context.close()
        assert not watched.errors, watched.errors
        assert not watched.strangers, watched.strangers


def _note(watched: Watched, message: Any) -> None:
    if message.type in ("error", "warning"):
        watched.errors.append(message.text)


def _check_host(watched: Watched, url: str) -> None:
    if urlsplit(url).scheme not in ("data", "blob") and not url.startswith(watched.address):
        watched.strangers.append(url)


@pytest.fixture(scope="session")
def axe() -> str:
    """The checker's source, from the installed package."""
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
