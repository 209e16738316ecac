"""The live what-if in a browser: from a movement of the slider to its paint, and what a drag sends."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.bank import trained_bank
from bench.machine import against, median, quantile

BAR, MOST_REQUESTS = 100.0, 2
DELAY_MS = 150
"""Added to every request, as by a slow line."""

DRAGS, MOVEMENTS, EVERY_MS = 12, 60, 24
PRODUCT, WHO = "car", "good"
_WATCH = """
window.painted = [];
document.addEventListener("input", (event) => {
  const began = event.timeStamp;
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.painted.push(performance.now() - began);
    channel.port2.postMessage(null);
  });
});
"""
"""An event's own time until the task after the frame that followed it."""


def run() -> dict[str, Any]:
    """Seed a bank, train, promote, open the page in Chromium, and drag the amount to and fro."""
    with trained_bank() as place, _served(place) as address, _page(address) as page:
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url) if "/_dash-update" in request.url else None)
        counts = [_drag(page, sent, forth=turn % 2 == 0) for turn in range(DRAGS)]
        took = [float(one) for one in page.evaluate("window.painted")]
    return {
        "what": f"the what-if page in Chromium, {DRAGS} drags of {MOVEMENTS} movements, requests {DELAY_MS} ms late",
        "from key to paint, p50": against(median(took), BAR, "ms"),
        "from key to paint, p95": against(quantile(took, 0.95), BAR, "ms"),
        "slowest": f"{max(took):.1f} ms of {len(took)} movements",
        "most requests a drag": against(max(counts), MOST_REQUESTS, "requests"),
        "requests a drag": f"{sum(counts) / len(counts):.2f}",
    }


def _drag(page: Any, sent: list[str], *, forth: bool) -> int:
    """Drag from one third of the slider to two thirds or back; the requests that it sent."""
    before = len(sent)
    box = page.locator("#amount-range").bounding_box()
    start, end = (0.3, 0.6) if forth else (0.6, 0.3)
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * start, middle)
    page.mouse.down()
    for step in range(MOVEMENTS):
        share = start + (end - start) * (step + 1) / MOVEMENTS
        page.mouse.move(box["x"] + box["width"] * share, middle)
        page.wait_for_timeout(EVERY_MS)
    page.mouse.up()
    page.wait_for_selector("#live[data-state=confirmed]", timeout=20_000)
    page.wait_for_timeout(300)
    return len(sent) - before


@contextmanager
def _served(place: Any) -> Iterator[str]:
    """The console's address."""
    from werkzeug.serving import make_server

    from console.app import create_app

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # its lines are no part of the figures
    server = make_server("127.0.0.1", 0, create_app(place).server, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _page(address: str) -> Iterator[Any]:
    """A browser's page of one loan type, signed in, its surface read, every request of it late."""
    from playwright.sync_api import sync_playwright

    from features.synthetic import DEMO_PASSWORD

    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise SystemExit("no Chromium on the PATH; install the package chromium to measure in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/sign-in")
        page.fill("#username", WHO)
        page.fill("#password", DEMO_PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_selector("#page h1")
        page.goto(f"{address}/loans/{PRODUCT}")
        page.wait_for_selector("#reach-picture svg", timeout=60_000)
        _slow_line(page)
        page.evaluate(_WATCH)
        yield page
        browser.close()


def _slow_line(page: Any) -> None:
    conditions = {"offline": False, "latency": DELAY_MS, "downloadThroughput": -1, "uploadThroughput": -1}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", conditions)
