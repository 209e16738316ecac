"""The console in its server: what is loaded before the first request, and how it ends."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

from console import worker
from tests.fakes.loopback import free_port

ASK = """
import sys
from console.wsgi import application
server = application()
assert {"numpy", "pandas", "PIL.Image"} <= set(sys.modules), "a page drawn while they load would fail"
assert server.test_client().get("/sign-in").status_code == 200
"""
SMALL = """
def app(environ, start):
    start("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
PATIENCE = 40


def test_what_every_answer_looks_up_is_loaded_before_the_first_request(tmp_path: Path) -> None:
    """Loaded later, by a request beside others, an answer met `PIL.Image` half loaded and was a 500."""
    env = {"CANDOR_HOME": str(tmp_path), "CANDOR_PROFILE": "test", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]


def test_it_ends_when_asked_to_though_browsers_hold_connections(tmp_path: Path) -> None:
    """Gunicorn alone waits half a minute for them; whoever stops it has killed it by then."""
    (tmp_path / "small.py").write_text(SMALL, encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "small:app", "--config", "python:console.worker"]
    there = ["--bind", f"127.0.0.1:{port}", "--pythonpath", str(tmp_path), "--graceful-timeout", str(PATIENCE)]
    process = subprocess.Popen([*command, *there])
    try:
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as browser:
            assert asked(browser) == b"ok"
            assert browser.sock is not None, f"kept for {worker.keepalive} seconds"
            process.terminate()
            assert process.wait(PATIENCE / 2) == 0
    finally:
        process.kill()
        process.wait()


def asked(browser: HTTPConnection) -> bytes:
    """What the server answers, once it listens; the connection stays."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            browser.request("GET", "/")
            return browser.getresponse().read()
        except ConnectionError:
            browser.close()
            assert time.monotonic() < end, "it never listened"
            time.sleep(0.1)
