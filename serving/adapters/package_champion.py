"""Champion and challenger from exported package folders, found through files that the registry replaces whole."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from lending.domain.errors import CandorError, UnavailableError
from serving.routing import Decider, Standing
from training.servable import load
from training.servable.protocol import ServableModel
from training.servable.routing import FILE, Routing, read_routing

_log = logging.getLogger("candor.champion")
Stamp = tuple[int, int] | None
"""Time and place of a file; None where it is not there."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What two files said when they were last read."""

    pointer: Stamp
    beside: Stamp
    standing: Standing


class PackageChampion:
    """Reads `<folder>/champion.json` ({version, folder, manifest_sha256}) and `routing.json` whenever they changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._watched = os.fspath(folder / "champion.json"), os.fspath(folder / FILE)
        self._lock = Lock()
        self._seen: _Seen | None = None
        self._loaded: dict[str, ServableModel] = {}

    def current(self) -> ServableModel | None:
        """The champion; None while there is none.

        Raises:
            RefusedError: a file of the package does not have its hash.
            UnavailableError: the pointer cannot be read.
        """
        return self.standing().champion

    def for_customer(self, customer_id: str) -> Decider:
        """Who decides for an applicant. Raises as `current`."""
        return self.standing().decider(customer_id)

    def standing(self) -> Standing:
        """Champion and challenger; a challenger that cannot be used does not decide. Raises as `current`."""
        stamps = _stamp(self._watched[0]), _stamp(self._watched[1])
        seen = self._seen
        if seen is None or (seen.pointer, seen.beside) != stamps:
            with self._lock:
                seen = self._seen = self._look(*stamps)
        return seen.standing

    def by_version(self, version: str) -> ServableModel | None:
        """An exported model by its version, whatever it is used for."""
        if version not in self._loaded:
            folder = self._folder / version.rpartition("/")[2]
            if not (folder / "manifest.json").is_file():
                return None
            model = load(folder)
            self._loaded[model.version] = model
        return self._loaded.get(version)

    def _look(self, pointer: Stamp, beside: Stamp) -> _Seen:
        before = self._seen
        if before is not None and (before.pointer, before.beside) == (pointer, beside):
            return before
        same = before is not None and before.pointer == pointer
        champion = before.standing.champion if before and same else self._champion() if pointer else None
        routing = self._routing(champion) if beside else None
        return _Seen(pointer, beside, Standing(champion, routing, self._challenger(routing)))

    def _champion(self) -> ServableModel:
        path = self._folder / "champion.json"
        try:
            pointer = json.loads(path.read_text(encoding="utf-8"))
            folder, digest = self._folder / pointer["folder"], pointer["manifest_sha256"]
        except (OSError, ValueError, KeyError) as error:
            raise UnavailableError(
                f"{path.name} cannot be read: {error}", code="champion", field="champion", found=str(error),
                expected="a pointer written by a promotion", do="Run candor promote again.",
            ) from None  # fmt: skip
        return self._verified(folder, digest)

    def _routing(self, champion: ServableModel | None) -> Routing | None:
        """What stands beside the champion; a file that cannot be read leaves it alone."""
        try:
            routing = read_routing(self._folder)
        except UnavailableError as error:
            _log.error("the champion decides for everybody: %s", error)
            return None
        return routing.against_only(champion.version if champion else None) if routing else None

    def _challenger(self, routing: Routing | None) -> ServableModel | None:
        """The challenger with the hash that the split names; None without one, and where it is broken."""
        one = routing.challenger if routing else None
        if one is None:
            return None
        try:
            model = self._verified(self._folder / one.folder, one.manifest_sha256)
        except (CandorError, OSError, ValueError, KeyError) as error:
            _log.error("the champion decides in place of %s, which cannot be used: %s", one.version, error)
            return None
        if model.version == one.version:
            return model
        _log.error("the champion decides in place of %s: its folder holds %s", one.version, model.version)
        return None

    def _verified(self, folder: Path, digest: str) -> ServableModel:
        model = load(folder, digest)
        self._loaded[model.version] = model
        return model


def _stamp(path: str) -> Stamp:
    try:
        status = os.stat(path)  # asked on every decision; a path object takes longer
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_ino
