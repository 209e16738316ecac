"""What a deployment on this machine began with, kept until it ends; how the last one ended; one step at a time."""

from __future__ import annotations

import fcntl
import json
import os
import random
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from lending.domain.errors import RefusedError, UnavailableError
from training.endpoint_ports import Alarm, Wanted
from training.servable.endpoint_config import EndpointConfig, Variant, endpoint_file, variant_name
from training.servable.manifest import dumps, write_whole

STEP_SECONDS = 30.0
"""Longest wait for somebody else's step."""
_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Running:
    """A deployment that has not come to an end.

    Attributes:
        version: the new one.
        variant: its name.
        share: of the calls that it answers.
        began: when, ISO, UTC.
        before: what was served, as the endpoint's file; None where there was no file.
        counted: calls of the variant before, so that only later ones count.
        folder: of its package.
    """

    version: str
    variant: str
    share: float
    began: str
    before: Mapping[str, Any] | None
    counted: Mapping[str, Any]
    folder: str


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A deployment that was taken back, until the next one begins.

    Attributes:
        version: that did not stay.
        at: when, ISO, UTC.
        why: in a sentence.
        alarms: what was found last, as `Alarm`.
    """

    version: str
    at: str
    why: str
    alarms: Sequence[Mapping[str, Any]] = ()

    @property
    def told(self) -> str:
        """The reason with version and time."""
        return f"{self.why} ({self.version}, taken back at {self.at})"

    @property
    def as_alarms(self) -> list[Alarm]:
        """What rang, and what did not."""
        return [Alarm(**one) for one in self.alarms]


@contextmanager
def step(var: Path) -> Generator[None]:
    """One step of a deployment at a time, among all processes that share the folder. Raises UnavailableError."""
    folder = _folder(var)
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        _hold(handle)
        yield
    finally:
        os.close(handle)


def running_endpoints(var: Path) -> list[str]:
    """Endpoints whose deployment has not come to an end."""
    return sorted(path.stem for path in _folder(var).glob("*.json"))


def taken_back_file(var: Path, endpoint: str) -> Path:
    """Where it is kept. Raises InputError for a name that is none."""
    path = endpoint_file(var, endpoint)
    return path.parent / "taken-back" / path.name


def write_taken_back(var: Path, endpoint: str, one: TakenBack) -> None:
    """Keep why an endpoint went back."""
    path = taken_back_file(var, endpoint)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, dumps(asdict(one)))


def read_taken_back(var: Path, endpoint: str) -> TakenBack | None:
    """Why the last deployment was taken back; None where it was not, or where that cannot be read any more."""
    try:
        return TakenBack(**json.loads(taken_back_file(var, endpoint).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def running_file(var: Path, endpoint: str) -> Path:
    """Where it lies. Raises InputError for a name that is none."""
    path = endpoint_file(var, endpoint)
    return path.parent / "deployments" / path.name


def read_running(var: Path, endpoint: str) -> Running | None:
    """The deployment that runs; None without one. Raises UnavailableError: its file cannot be read."""
    try:
        return Running(**json.loads(running_file(var, endpoint).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise _unreadable(endpoint, error) from None


def beside(served: Sequence[Variant], new: Variant, share: float) -> tuple[Variant, ...]:
    """The new variant with its share, and the others with what is left in their old proportions."""
    others = [one for one in served if one.name != new.name]
    total = sum(one.weight for one in others)
    if not others or total <= 0:
        return (new,)
    kept = [replace(one, weight=one.weight / total * (1 - share)) for one in others]
    return (*kept, replace(new, weight=share))


def config_of(
    wanted: Wanted, rules: Mapping[str, Any], before: EndpointConfig | None, variants: tuple[Variant, ...]
) -> EndpointConfig:
    """The endpoint's file for a deployment; a shadow that stood there stays when no other is asked for."""
    shadow = _shadow(wanted) or (before.shadow if before else None)
    name = f"{wanted.endpoint}--{wanted.version.rpartition('/')[2]}-{wanted.at[:10]}"
    return EndpointConfig(
        wanted.endpoint, variants, shadow, int(rules["capture_percent"]), name, wanted.at, wanted.by
    )  # fmt: skip


def stop_unless_same(wanted: Wanted, running: Running) -> None:
    """Raise RefusedError while a deployment of another version runs."""
    if running.version == wanted.version:
        return
    raise RefusedError(
        f"{wanted.endpoint} is being changed to {running.version} already", code="deploying", field="version",
        found=running.version, expected=wanted.version,
        do=f"Wait for its end: candor endpoint status {wanted.endpoint}",
    )  # fmt: skip


def _folder(var: Path) -> Path:
    return var / "endpoints" / "deployments"


def _hold(handle: int) -> None:
    until = time.monotonic() + STEP_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > until:
                raise _held() from None
            time.sleep(_PAUSE * random.uniform(0.5, 1.5))  # noqa: S311 - nothing secret


def _held() -> UnavailableError:
    return UnavailableError(
        f"another step of a deployment takes longer than {STEP_SECONDS:.0f} s", code="deploying", field="endpoint",
        found="another step", expected="one step at a time", do="Try again; see: candor endpoint status",
    )  # fmt: skip


def _shadow(wanted: Wanted) -> Variant | None:
    one = wanted.shadow
    if not one:
        return None
    folder = "/".join(Path(one["folder"]).parts[-2:])
    return Variant(variant_name(one["version"]), one["version"], folder, one["sha256"], 0.0)


def _unreadable(endpoint: str, error: Exception) -> UnavailableError:
    return UnavailableError(
        f"the deployment of {endpoint} cannot be read: {error}", code="endpoint_config", field="endpoint",
        found=str(error)[:100], expected="what candor endpoint deploy wrote",
        do=f"Take it away: candor endpoint teardown {endpoint}",
    )  # fmt: skip
