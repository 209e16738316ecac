"""What a deployment on this machine began with, kept until it ends; and the endpoint's file while it runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lending.domain.errors import UnavailableError
from training.endpoint_ports import Wanted
from training.servable.endpoint_config import EndpointConfig, Variant, endpoint_file, variant_name


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
