"""Runs JavaScript of the pages under Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

from lending.settings import ROOT
from tests.conftest import missing


def node() -> str:
    """Where Node is; skips the test without it."""
    found = shutil.which("node")
    if found is None:
        missing("node", "no node on the PATH; install Node 20 to run the page's own tests")
    return str(found)


def node_test(path: str) -> None:
    """Run a file of Node tests; its report is the failure's message."""
    done = subprocess.run([node(), "--test", path], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def node_answer(path: str, question: object) -> Any:
    """What a script answers as JSON on stdout to JSON on stdin."""
    asked = json.dumps(question)
    done = subprocess.run([node(), path], cwd=ROOT, input=asked, capture_output=True, text=True, check=False,
                          timeout=120)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
