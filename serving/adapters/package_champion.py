"""The champion from exported package folders, found through a pointer file that a promotion replaces whole."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Lock

from lending.domain.errors import UnavailableError
from training.servable import load
from training.servable.protocol import ServableModel


class PackageChampion:
    """Reads `<folder>/champion.json` ({version, folder, manifest_sha256}) whenever it changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._stamp: tuple[int, int] | None = None
        self._current: ServableModel | None = None
        self._loaded: dict[str, ServableModel] = {}

    def current(self) -> ServableModel | None:
        """The model that decides; None while there is none.

        Raises:
            RefusedError: a file of the package does not have its hash.
            UnavailableError: the pointer cannot be read.
        """
        try:
            status = (self._folder / "champion.json").stat()
        except FileNotFoundError:
            return None
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp != self._stamp:
            with self._lock:
                self._current = self._read()
                self._stamp = stamp
        return self._current

    def by_version(self, version: str) -> ServableModel | None:
        """An exported model by its version, champion or not."""
        if version not in self._loaded:
            folder = self._folder / version.rpartition("/")[2]
            if not (folder / "manifest.json").is_file():
                return None
            model = load(folder)
            self._loaded[model.version] = model
        return self._loaded.get(version)

    def _read(self) -> ServableModel:
        path = self._folder / "champion.json"
        try:
            pointer = json.loads(path.read_text(encoding="utf-8"))
            folder, digest = self._folder / pointer["folder"], pointer["manifest_sha256"]
        except (OSError, ValueError, KeyError) as error:
            raise UnavailableError(
                f"{path.name} cannot be read: {error}", code="champion", field="champion", found=str(error),
                expected="a pointer written by a promotion", do="Run candor promote again.",
            ) from None  # fmt: skip
        model = load(folder, digest)
        self._loaded[model.version] = model
        return model
