from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ASK = """
import sys
from console.wsgi import application
server = application()
assert {"numpy", "pandas", "PIL.Image"} <= set(sys.modules), "a page drawn while they load would fail"
assert server.test_client().get("/sign-in").status_code == 200
"""


def test_what_every_answer_looks_up_is_loaded_before_the_first_request(tmp_path: Path) -> None:
    """Loaded later, by a request beside others, an answer met `PIL.Image` half loaded and was a 500."""
    env = {"CANDOR_HOME": str(tmp_path), "CANDOR_PROFILE": "test", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
