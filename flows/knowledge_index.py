"""The knowledge index follows kb/: built at the first start, and anew whenever its texts or figures change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from lending.domain.errors import CandorError
from lending.settings import Settings

Progress = Callable[[float, str], None]
DEPLOYMENT = "refresh-knowledge"
_READ = ("documents", "products", "policy", "markets", "questions*.yaml")
"""What an index is made of: the documents, and the files whose figures stand in them."""


def refresh_index(progress: Progress, *, publish: bool = True) -> dict[str, Any]:
    """Build a new index of the knowledge base and let it answer if it passes; what it did, as `rag.refresh.Release`.

    Args:
        progress: told the share done, 0 to 1, and what is happening.
        publish: put what is written in kb/ into the object store first.
    """
    from flows.steps import account
    from serving.assembly import platform

    place = platform()
    made_of = digest(place.settings.kb)
    release = place.knowledge.index(account(), progress, publish=publish)
    if release.switched and publish:
        stamp(place.settings, made_of)
    return release.as_dict()


class Runs(Protocol):
    """Starts flows; `serving.ports.FlowRuns`."""

    def start(self, deployment: str, parameters: Mapping[str, Any]) -> Any: ...


def digest(kb: Path) -> str:
    """A hash of everything below kb/ that an index is made of."""
    found = hashlib.sha256()
    for file in sorted(file for name in _READ for place in kb.glob(name) for file in _files(place)):
        found.update(file.relative_to(kb).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()


def indexed(settings: Settings) -> str:
    """The hash that the last released index was made of; empty before the first one."""
    try:
        return _stamp(settings).read_text(encoding="ascii").strip()
    except OSError:
        return ""


def stamp(settings: Settings, made_of: str) -> None:
    """Remember what the index that answers was made of."""
    _stamp(settings).parent.mkdir(parents=True, exist_ok=True)
    _stamp(settings).write_text(made_of, encoding="ascii")


class KnowledgeKeeper:
    """Starts the flow when kb/ is not what the index was made of, once for each change, beside everything else."""

    def __init__(self, settings: Settings, runs: Runs, say: Callable[[str], None]) -> None:
        self._settings, self._runs, self._say = settings, runs, say
        self._asked = ""

    def look(self) -> None:
        """One look; trouble is told once and tried again after the next change."""
        wanted = digest(self._settings.kb)
        if wanted in (self._asked, indexed(self._settings)):
            return
        first = not self._asked and not indexed(self._settings)
        self._asked = wanted
        try:
            self._runs.start(DEPLOYMENT, {"request": {"publish": True}})
        except CandorError as error:
            self._say(f"the knowledge index could not be refreshed: {error}. By hand: candor kb index")
            return
        self._say("the knowledge base is being indexed" if first else "kb/ changed: the knowledge base is indexed anew")


def _files(place: Path) -> list[Path]:
    return [file for file in place.rglob("*") if file.is_file()] if place.is_dir() else [place]


def _stamp(settings: Settings) -> Path:
    return settings.var / "kb" / settings.market / "indexed.sha256"
