"""Opens papers in a child process: no paper can crash, block or starve the service."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from lending.domain.errors import UnavailableError
from lending.settings import ROOT
from serving.documents.lines import Reading, reading_from
from serving.documents.unreadable import Unreadable

COMMAND = (sys.executable, "-m", "serving.documents.child")
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "TESSDATA_PREFIX", "LANG", "TMPDIR")


def read_paper(content: bytes, media_type: str, limits: Mapping[str, int], command: Sequence[str] = COMMAND) -> Reading:
    """What stands on a paper.

    Args:
        content: the file.
        media_type: as its content says.
        limits: of kb/papers_needed.yaml.
        command: the child; another one in tests.

    Raises:
        Unreadable: the file is refused; also when it takes too long or brings the child down.
        UnavailableError: no child can be started.
    """
    job = json.dumps({"media_type": media_type, "limits": dict(limits)}).encode() + b"\n"
    child = _start(command)
    try:
        told, _ = child.communicate(job + content, timeout=limits["seconds"])
    except subprocess.TimeoutExpired:
        raise Unreadable("took_too_long") from None
    finally:
        _end(child)
    return _answer(told, child.returncode)


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    surroundings = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # tesseract would start a thread for each processor, which makes it slower on a shared machine
    surroundings |= {"OMP_THREAD_LIMIT": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=surroundings,
            cwd=ROOT, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise UnavailableError(
            f"papers cannot be opened: {error.strerror}", code="papers", found=str(error.strerror),
            expected="a process of its own for each paper", do="Free some memory or processes.",
        ) from None  # fmt: skip


def _end(child: subprocess.Popen[bytes]) -> None:
    """The child and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.communicate()


def _answer(told: bytes, code: int | None) -> Reading:
    try:
        answer: dict[str, Any] = json.loads(told)
        if "refused" in answer:
            raise Unreadable(str(answer["refused"]), answer.get("found", ""))
        return reading_from(answer["reading"])
    except (ValueError, KeyError, TypeError):
        # killed by one of its bounds, or brought down by what it read
        raise Unreadable("took_too_long" if code == -signal.SIGXCPU else "broken", f"code {code}") from None
