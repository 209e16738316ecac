"""Opens papers in a child process: no paper can crash, block or starve the service."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lending.domain.errors import UnavailableError
from lending.settings import ROOT
from serving.documents.lines import Reading, reading_from
from serving.documents.unreadable import Unreadable

COMMAND = (sys.executable, "-m", "serving.documents.child")
ENDED_FROM_OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM)
"""How a child ends where the machine has no memory left or is stopped; its own bounds end it otherwise."""
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "TESSDATA_PREFIX", "LANG", "TMPDIR")


def read_paper(content: bytes, media_type: str, limits: Mapping[str, int], command: Sequence[str] = COMMAND) -> Reading:
    """What stands on a paper.

    Args:
        content: the file.
        media_type: as its content says.
        limits: of kb/papers_needed.yaml.
        command: the child; another one in tests.

    Raises:
        Unreadable: the file is refused; also when it takes too much work or brings the child down.
        UnavailableError: no child can be started, the machine was too slow, or it ended the child.
    """
    job = json.dumps({"media_type": media_type, "limits": dict(limits)}).encode() + b"\n"
    child = _start(command)
    try:
        told, _ = child.communicate(job + content, timeout=limits["seconds"])
    except subprocess.TimeoutExpired:
        if _worked_seconds(child.pid) < limits["cpu_seconds"]:
            raise _held_up(f"not read within {limits['seconds']} s") from None
        raise Unreadable("took_too_long") from None
    finally:
        _end(child)
    if child.returncode in ENDED_FROM_OUTSIDE:
        raise _held_up(f"the process was ended by signal {-child.returncode}")
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
        raise _held_up(str(error.strerror)) from None


def _held_up(found: str) -> UnavailableError:
    """What is wrong with the machine and says nothing about the paper."""
    return UnavailableError(
        f"papers cannot be opened: {found}", code="papers", found=found,
        expected="a process of its own for each paper", do="Free some memory, processors or processes.",
    )  # fmt: skip


def _worked_seconds(pid: int) -> float:
    """Processor time of a living child and of those it has seen end; 0 where the system does not tell."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, told[11:15])) / os.sysconf("SC_CLK_TCK")


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
