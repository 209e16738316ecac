"""The processes of one `candor up`: found by a mark in their environment, so that none is left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "CANDOR_UP"
_PROC = Path("/proc")
_LISTEN = "0A"


def alive(pid: int) -> bool:
    """True when a process with this id runs; one that has ended and only waits for its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def marked(token: str) -> list[int]:
    """Ids of the processes that carry the mark, our own left out; empty where the system has no /proc."""
    wanted = f"{MARK}={token}".encode()
    return [pid for pid in _pids() if pid != os.getpid() and wanted in _environment(pid)]


def own_process_listens(port: int, token: str) -> bool:
    """True when one of the marked processes listens on the port; also where the system cannot tell."""
    inodes = _listening(port)
    if inodes is None:
        return True
    return any(_holds(pid, inodes) for pid in marked(token))


def end_marked(token: str, patience: float = 5.0) -> int:
    """End what is left of a start: SIGTERM, then SIGKILL after `patience` seconds; answers how many there were."""
    left = marked(token)
    _signal(left, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while marked(token) and time.monotonic() < deadline:
        time.sleep(0.2)
    _signal(marked(token), signal.SIGKILL)
    return len(left)


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _is_zombie(pid: int) -> bool:
    try:
        return (_PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[
            0
        ] == "Z"
    except OSError:
        return False


def _pids() -> Iterator[int]:
    with contextlib.suppress(OSError):
        yield from (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def _environment(pid: int) -> frozenset[bytes]:
    try:
        return frozenset((_PROC / str(pid) / "environ").read_bytes().split(b"\0"))
    except OSError:  # ended meanwhile, or not ours
        return frozenset()


def _listening(port: int) -> set[str] | None:
    try:
        lines = (_PROC / "net" / "tcp").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return None
    fields = (line.split() for line in lines)
    return {f"socket:[{f[9]}]" for f in fields if f[3] == _LISTEN and int(f[1].rsplit(":", 1)[1], 16) == port}


def _holds(pid: int, inodes: set[str]) -> bool:
    folder = _PROC / str(pid) / "fd"
    with contextlib.suppress(OSError):
        return any(_link(handle) in inodes for handle in folder.iterdir())
    return False


def _link(handle: Path) -> str:
    try:
        return str(handle.readlink())
    except OSError:
        return ""
