"""A live console on a free port, and a real browser that watches what a page does behind one's back."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest

from console.app import create_app
from tests.bank import PASSWORD, open_bank, with_knowledge
from tests.conftest import FULL

T = TypeVar("T")
PATIENCE_MS = 60_000
"""A condition is waited for so long, so that a busy machine is no failure."""

LOOKS = [(320, "dark"), (1280, "light"), *([(320, "light"), (1280, "dark")] if FULL else [])]
"""Width and theme of a walk over pages: each once, all combinations at full size."""
ONE_LOOK = LOOKS if FULL else LOOKS[:1]


def walked(addresses: Sequence[T], width: int) -> Sequence[T]:
    """What a look walks: at full size every page; else the two looks of the small run take turns, page by page."""
    return addresses if FULL else addresses[0 if width == LOOKS[0][0] else 1 :: 2]


STILL = """Promise.allSettled(document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().endTime < Infinity).map((one) => one.finished)).then(() => null)"""
"""Contrast is measured on what stays, not on what fades."""

BROWSER_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class Live:
    """A running console."""

    address: str
    platform: Any


@dataclass
class Watched:
    """A page, with every console error, every request that left this machine and every event that was refused."""

    page: Any
    address: str
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    waiting: set[Any] = field(default_factory=set)

    def sign_in(self, username: str = "good", at: str = "/") -> None:
        """Sign in and open a page. The form itself is used by test_portal."""
        form = {"username": username, "password": PASSWORD}
        answer = self.page.context.request.post(f"{self.address}/sign-in", form=form,
                                                headers={"Origin": self.address}, max_redirects=0)  # fmt: skip
        assert answer.status == 303, answer.status
        self.page.goto(f"{self.address}{at}")

    def settle(self) -> None:
        """Wait until everything that comes by itself is there: nothing on its way, no skeleton, no movement."""
        from playwright.sync_api import expect

        expect(self.page.locator(".skeleton, [data-dash-is-loading=true]")).to_have_count(0)
        while self.waiting:
            self.page.wait_for_timeout(20)
        self.page.evaluate(STILL)


@contextmanager
def console(platform: Any) -> Iterator[Live]:
    """The console over a bank, on a free port."""
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, create_app(platform).server, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Live(f"http://127.0.0.1:{server.server_port}", platform)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The console over the whole bank with its knowledge; one for all tests of a file."""
    with console(with_knowledge(open_bank(Path(tmp_path_factory.mktemp("bank"))))) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        if "browser" in os.environ.get("CANDOR_REQUIRE", ""):
            pytest.fail("CANDOR_REQUIRE names browser, but no Chromium is on the PATH; install the package chromium")
        pytest.skip("no Chromium on the PATH; install the package chromium to run the journeys")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=BROWSER_ARGS)
        yield running
        running.close()


@pytest.fixture
def visit(browser: Any, live: Live) -> Iterator[Callable[..., Watched]]:
    opened: list[tuple[Any, Watched]] = []

    def open_page(width: int = 1280, theme: str = "light", **options: Any) -> Watched:
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme, **options)
        context.set_default_timeout(PATIENCE_MS)
        watched = Watched(context.new_page(), live.address)
        _watch(watched)
        opened.append((context, watched))
        return watched

    yield open_page
    for context, watched in opened:
        context.close()
        assert not watched.errors, watched.errors
        assert not watched.strangers, watched.strangers
        assert not watched.refused, watched.refused


def _watch(watched: Watched) -> None:
    page = watched.page
    page.on("console", lambda message: _note(watched, message))
    page.on("pageerror", lambda error: watched.errors.append(str(error)))
    page.on("request", lambda request: _begin(watched, request))
    for end in ("requestfinished", "requestfailed"):
        page.on(end, lambda request: watched.waiting.discard(request))
    page.on("response", lambda response: _note_event(watched, response))


def _begin(watched: Watched, request: Any) -> None:
    _check_host(watched, request.url)
    if request.resource_type in ("document", "script", "stylesheet", "image", "fetch", "xhr"):
        watched.waiting.add(request)


def _note_event(watched: Watched, response: Any) -> None:
    """Nobody is told of an event that is refused. Not signed in any more (401) is no fault of the page."""
    if response.url.endswith("/portal/events") and response.status not in (204, 401):
        watched.refused.append(f"{response.status} {response.request.post_data}")


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
