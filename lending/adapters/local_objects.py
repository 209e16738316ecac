"""Objects as files below one folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lending.adapters.object_keys import no_object, plain_key
from lending.domain.errors import UnavailableError

_ABSENT = (FileNotFoundError, IsADirectoryError, NotADirectoryError)


class LocalObjects:
    """Implements `Objects` on a local folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, content: bytes) -> None:
        """Write or replace; a reader sees the old object or the new one, never half of one.

        Raises:
            InputError: the key is no plain path.
            UnavailableError: the folder cannot be written, or the disk is full; the old object is there as before.
        """
        file = self._file(key)
        with _usable():
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
        """The object's bytes. Raises NotFoundError, UnavailableError."""
        with _usable():
            try:
                return self._file(key).read_bytes()
            except _ABSENT:
                raise no_object(key) from None

    def keys(self, prefix: str) -> Sequence[str]:
        """Keys that begin with a prefix, in order."""
        files = (p for p in self._folder.rglob("*") if p.is_file() and not p.name.startswith("."))
        return sorted(key for p in files if (key := p.relative_to(self._folder).as_posix()).startswith(prefix))

    def drop(self, key: str) -> None:
        """Remove; nothing happens where there is none."""
        with _usable():
            try:
                self._file(key).unlink(missing_ok=True)
            except _ABSENT:
                return

    def link(self, key: str) -> str | None:
        """None: a folder has no addresses."""
        plain_key(key)
        return None

    def _file(self, key: str) -> Path:
        return self._folder.joinpath(*plain_key(key).split("/"))


@contextmanager
def _usable() -> Generator[None]:
    """Turn what the disk raises into one error. Raises UnavailableError, code `objects`."""
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"the folder of objects cannot be used: {error.strerror}", code="objects", field="CANDOR_HOME",
            found=str(error.strerror), expected="a folder that can be read and written", do="Check disk and rights.",
        ) from None  # fmt: skip
