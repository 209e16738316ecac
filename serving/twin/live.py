"""What an endpoint serves now: loaded once, swapped whole, so that no call in flight is dropped by a change."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from lending.domain.errors import CandorError, NotFoundError, RefusedError
from serving.container import Scorer
from serving.twin.tally import Tally
from training.servable import ServableModel, load
from training.servable.endpoint_config import ALL_TRAFFIC, EndpointConfig, Variant, read_endpoint

CHAMPION = ""
"""The name under which what is served without a configuration is kept: the same for every endpoint that has none."""
_log = logging.getLogger("candor.endpoint")
_Load = Callable[[], tuple[Variant, Scorer]]


@dataclass(frozen=True, slots=True)
class Live:
    """A loaded variant and its figures."""

    variant: Variant
    scorer: Scorer
    tally: Tally

    @property
    def name(self) -> str:
        """Of the variant."""
        return self.variant.name


@dataclass(slots=True)
class Served:
    """An endpoint in force; `problem` says why a newer configuration is not."""

    config: EndpointConfig
    variants: tuple[Live, ...]
    shadow: Live | None
    problem: str = ""
    _due: dict[str, float] = field(default_factory=dict[str, float])

    def pick(self) -> Live:
        """The variant for the next call, each exactly as often as its weight says (smooth weighted round robin)."""
        if len(self.variants) == 1:
            return self.variants[0]
        for one in self.variants:
            self._due[one.name] = self._due.get(one.name, 0.0) + one.variant.weight
        chosen = max((one for one in self.variants if one.variant.weight > 0), key=lambda one: self._due[one.name])
        self._due[chosen.name] -= sum(one.variant.weight for one in self.variants)
        return chosen

    def named(self, name: str) -> Live | None:
        """A production variant by name."""
        return next((one for one in self.variants if one.name == name), None)

    def lives(self) -> Iterator[Live]:
        """Production variants, then the shadow."""
        yield from self.variants
        if self.shadow is not None:
            yield self.shadow


class Endpoints:
    """Every endpoint of a folder; `look` takes up what changed, on a thread of its own."""

    def __init__(self, var: Path | None, champion: _Load) -> None:
        """Take where configurations lie and what is served without one.

        Args:
            var: holds `endpoints/` and `models/`; None for no configurations.
            champion: the variant that is served alone; raises NotFoundError while there is none.
        """
        self._var, self._champion = var, champion
        self._served: dict[str, Served] = {}
        self._stamps: dict[str, object] = {}
        self._problems: dict[str, str] = {}
        self._lock = Lock()

    def of(self, name: str) -> Served | None:
        """What an endpoint serves; the champion where it has no configuration; None where there is none either."""
        return self._served.get(name) or self._served.get(CHAMPION)

    def all(self) -> Mapping[str, Served]:
        """By the name of the endpoint; `CHAMPION` for those without a configuration."""
        return dict(self._served)

    def look(self) -> None:
        """Take up what changed, was added or removed, a new champion too; what cannot be served changes nothing."""
        with self._lock:
            files = (self._var / "endpoints").glob("*.json") if self._var else ()
            there = {path.stem: _stamp(path) for path in files}
            for name in [one for one in self._stamps if one not in there]:
                del self._stamps[name]
                self._served.pop(name, None)
            for name, stamp in there.items():
                if self._stamps.get(name) != stamp:
                    self._take_up(name)
                    self._stamps[name] = stamp
            self._look_at_champion()

    def _take_up(self, name: str) -> None:
        try:
            config = read_endpoint(self._var, name) if self._var else None
            if self._var and config is not None:
                self._served[name] = self._loaded(config, self._var / "models")
        except (CandorError, OSError, ValueError, KeyError) as error:
            said = str(error) if isinstance(error, CandorError) else type(error).__name__
            _log.error("endpoint %s keeps what it served: %s", name, said)
            if (kept := self._served.get(name)) is not None:
                kept.problem = said

    def _look_at_champion(self) -> None:
        before = self._served.get(CHAMPION)
        try:
            variant, scorer = self._champion()
        except (CandorError, OSError, ValueError, KeyError) as error:
            if before is not None:
                before.problem = str(error) if isinstance(error, CandorError) else type(error).__name__
            return
        if before is None or before.config.variants != (variant,):
            self._served[CHAMPION] = Served(
                EndpointConfig(ALL_TRAFFIC, (variant,)), (Live(variant, scorer, Tally(variant.version)),), None
            )

    def _loaded(self, config: EndpointConfig, models: Path) -> Served:
        before = self._served.get(config.name)
        kept = {one.name: one for one in before.lives()} if before else {}
        variants = tuple(_live(models, one, kept.get(one.name)) for one in config.variants)
        shadow = _live(models, config.shadow, kept.get(config.shadow.name)) if config.shadow else None
        return Served(config, variants, shadow)


def _live(models: Path, variant: Variant, before: Live | None) -> Live:
    """Loaded, or what was loaded when only its weight changed."""
    if before is not None and before.variant.manifest_sha256 == variant.manifest_sha256:
        return Live(variant, before.scorer, before.tally)
    model = load(models / variant.folder, variant.manifest_sha256)
    if model.version != variant.version:
        raise RefusedError(
            f"{variant.folder} holds {model.version}, not {variant.version}", code="package_changed",
            field=variant.name, found=model.version, expected=variant.version, do="Deploy the version again.",
        )  # fmt: skip
    return Live(variant, Scorer(model), Tally(model.version))


def of_folder(folder: Path) -> _Load:
    """One package, whatever is promoted. Raises CandorError when it is called and holds none."""
    model = load(folder)
    variant, scorer = Variant(ALL_TRAFFIC, model.version, folder.name, model.sha256, 1.0), Scorer(model)
    return lambda: (variant, scorer)


class OfPointer:
    """The champion of a portfolio, loaded again only when it is another."""

    def __init__(self, champion: Callable[[], ServableModel | None]) -> None:
        self._champion, self._kept = champion, dict[str, tuple[Variant, Scorer]]()

    def __call__(self) -> tuple[Variant, Scorer]:
        """Raises NotFoundError while there is none."""
        model = self._champion()
        if model is None:
            raise NotFoundError("there is no champion yet, so there is no model to serve", code="no_champion")
        if model.sha256 not in self._kept:
            folder = model.version.rpartition("/")[2]
            self._kept = {model.sha256: (Variant(ALL_TRAFFIC, model.version, folder, model.sha256, 1.0), Scorer(model))}
        return self._kept[model.sha256]


def _stamp(path: Path) -> object:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_ino
