"""One at a time among all processes of a machine."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Generator
from pathlib import Path


@contextlib.contextmanager
def held(folder: Path) -> Generator[None]:
    """Wait until nobody else holds a folder, and hold it; the system lets go when the process ends, however it ends.

    Raises:
        OSError: the folder is not there, or may not be written.
    """
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
