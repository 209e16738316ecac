"""Objects as files below one folder."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lending.domain.errors import InputError, NotFoundError

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,127}")
_MOST_PARTS = 12


class LocalObjects:
    """Implements `Objects` on a local folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, content: bytes) -> None:
        """Write or replace; a reader sees the old object or the new one, never half of one."""
        file = self._file(key)
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, half = tempfile.mkstemp(dir=file.parent, prefix=".half-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(half, file)
        except BaseException:
            Path(half).unlink(missing_ok=True)
            raise

    def get(self, key: str) -> bytes:
        """The object's bytes."""
        try:
            return self._file(key).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise NotFoundError(
                f"there is no object {key[:80]}", field="key", found=key[:80], expected="an object that was put",
                do="Look at the keys below its prefix.",
            ) from None  # fmt: skip

    def keys(self, prefix: str) -> Sequence[str]:
        """Keys that begin with a prefix, in order."""
        files = (p for p in self._folder.rglob("*") if p.is_file() and not p.name.startswith("."))
        return sorted(key for p in files if (key := p.relative_to(self._folder).as_posix()).startswith(prefix))

    def drop(self, key: str) -> None:
        """Remove; nothing happens where there is none."""
        self._file(key).unlink(missing_ok=True)

    def _file(self, key: str) -> Path:
        parts = key.split("/")
        if len(parts) > _MOST_PARTS or not all(_PART.fullmatch(part) for part in parts):
            raise InputError(
                f"the key {key[:80]!r} is no plain path", code="object_key", field="key", found=key[:80],
                expected="parts of letters, digits, dot, dash, underscore, joined by /", do="Choose another key.",
            )  # fmt: skip
        return self._folder.joinpath(*parts)
