"""The child process in which a paper is opened: bounded in time, memory and processor, cut off from the network.

One job on standard input (a line of JSON, then the bytes), one line of JSON on standard output.
"""

from __future__ import annotations

import ctypes
import json
import resource
import sys
from collections.abc import Mapping
from typing import Any

_NEW_USER_SPACE, _NEW_NETWORK = 0x10000000, 0x40000000
_MOST_FILES, _MOST_WRITTEN = 64, 32_000_000


def main() -> int:
    """Read one paper. Whatever is wrong with it is an answer; what is wrong with this program is an exit code."""
    job = json.loads(sys.stdin.buffer.readline())
    limits: Mapping[str, int] = job["limits"]
    _bound(limits)
    content = sys.stdin.buffer.read(limits["file_bytes"] + 1)
    sys.stdout.write(json.dumps(looked_at(content, job["media_type"], limits)))
    return 0


def looked_at(content: bytes, media_type: str, limits: Mapping[str, int]) -> dict[str, Any]:
    """`{reading}` or `{refused, found}`."""
    from serving.documents.pdf import read_pdf
    from serving.documents.picture import read_picture
    from serving.documents.unreadable import Unreadable

    try:
        if media_type == "application/pdf":
            reading = read_pdf(content, limits)
        else:
            reading = read_picture(content, media_type, limits)
    except Unreadable as refused:
        return {"refused": refused.code, "found": refused.found}
    except MemoryError:
        return {"refused": "too_large_inside", "found": "memory"}
    return {"reading": reading.as_dict()}


def _bound(limits: Mapping[str, int]) -> None:
    # One second between the two: at the soft bound the system tells which it was, at the hard one it only kills.
    _set_bound(resource.RLIMIT_CPU, limits["cpu_seconds"], limits["cpu_seconds"] + 1)
    for what, most in (
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_FSIZE, _MOST_WRITTEN),
        (resource.RLIMIT_NOFILE, _MOST_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _set_bound(what, most, most)
    _leave_network()


def _set_bound(what: int, soft: int, hard: int) -> None:
    """Never above what this process may have already."""
    now = resource.getrlimit(what)[1]
    most = hard if now == resource.RLIM_INFINITY else min(hard, now)
    resource.setrlimit(what, (min(soft, most), most))


def _leave_network() -> None:
    """A network of its own, with nothing in it, where the system lets a process have one."""
    unshare = getattr(ctypes.CDLL(None), "unshare", None)
    if unshare is not None:
        unshare(_NEW_USER_SPACE | _NEW_NETWORK)


if __name__ == "__main__":
    sys.exit(main())
