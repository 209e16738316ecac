"""The second start of `candor up`, to a page that answers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from bench.machine import against

BAR = 15.0  # seconds
LONGEST = 180.0


def run() -> dict[str, Any]:
    """Start, wait for the champion, stop, start again and time the first page; ends everything it started."""
    with tempfile.TemporaryDirectory() as home:
        first = _start(home, until=lambda: (Path(home) / "models" / "demo_bank" / "champion.json").is_file())
        second = _start(home, until=lambda: True)
    return {
        "what": "candor up, from the command to a usable sign-in page",
        "second start": against(second["page"], BAR, "s"),
        "first start": f"{first['page']:.1f} s",
        "first start to the first champion": f"{first['until']:.1f} s",
        "ratio": f"{second['page'] / first['page']:.2f} x the first start",
    }


def _start(home: str, until: Any) -> dict[str, float]:
    started = time.monotonic()
    env = {**os.environ, "CANDOR_HOME": home, "CANDOR_PROFILE": "demo"}
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "up"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        page = _wait(started, lambda: _answers(home))
        return {"page": page, "until": _wait(started, until)}
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


def _wait(started: float, ready: Any) -> float:
    while not ready():
        if time.monotonic() - started > LONGEST:
            raise SystemExit(f"not ready after {LONGEST:.0f} s; look into var/logs")
        time.sleep(0.1)
    return time.monotonic() - started


def _answers(home: str) -> bool:
    addresses = Path(home) / "run" / "addresses.json"
    try:
        console = json.loads(addresses.read_text(encoding="utf-8"))["console"]
        with urllib.request.urlopen(f"{console}/sign-in", timeout=2) as reply:  # noqa: S310 - our own loopback address
            return reply.status == 200
    except (OSError, ValueError, KeyError, urllib.error.URLError):
        return False
