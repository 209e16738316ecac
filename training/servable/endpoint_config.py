"""What a local endpoint serves: `<var>/endpoints/<name>.json`, which a deployment writes and the twin watches.

Without the file the portfolio's champion is served alone, as variant `AllTraffic`. The twin takes a changed file up
within a second, between calls; one that cannot be served (a package that is missing or was changed) leaves the former
in force. `GET /endpoints/<name>/metrics` of the twin says what is in force and how it does:

    {"endpoint": …, "config_name": … of the configuration in force, "problem": "" or why a newer one is not,
     "at": ISO, "variants": {<variant>: {"version": …, "Invocations": n, "Invocation4XXErrors": n,
      "Invocation5XXErrors": n, "ModelLatency": {"count": n, "sum": microseconds, "buckets": {"1000": n, …, "+Inf": n}},
      "OverheadLatency": the same}}, "shadow": the same for the shadow variant, or null}

Counts only grow while the process lives and the variant's version stays, so that an alarm takes the difference of two
reads; a bucket counts calls of at most so many microseconds.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from lending.domain.errors import InputError, UnavailableError
from training.servable.manifest import dumps, write_whole

ALL_TRAFFIC = "AllTraffic"
"""The variant of an endpoint without a configuration of its own."""
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")  # SageMaker's own form of a name
_NO_NAME = re.compile(r"[^a-zA-Z0-9]+")


@dataclass(frozen=True, slots=True)
class Variant:
    """One version behind an endpoint.

    Attributes:
        name: of the variant, in SageMaker's form; `variant_name` gives the one that decisions aim at.
        version: registered name and number, such as `candor-pd-demo_bank/3`.
        folder: of the exported package, relative to `<var>/models`, such as `demo_bank/3`.
        manifest_sha256: what its manifest must hash to.
        weight: its share of calls without a target is its weight over the sum of all; at least 0.
    """

    name: str
    version: str
    folder: str
    manifest_sha256: str
    weight: float


@dataclass(frozen=True, slots=True)
class EndpointConfig:
    """One endpoint: who answers, who only watches, and how much of it is kept.

    Attributes:
        name: of the endpoint, in SageMaker's form.
        variants: those that answer, at least one, with names of their own and weights of which one is above 0.
        shadow: gets a copy of each call; its answer is recorded and never given; None without one.
        capture_percent: of the calls whose input and output are kept, 0 to 100.
        config_name: of the endpoint configuration that a deployment made.
        at: since when, ISO, UTC.
        by: who deployed it.
    """

    name: str
    variants: tuple[Variant, ...]
    shadow: Variant | None = None
    capture_percent: int = 0
    config_name: str = ""
    at: str = ""
    by: str = ""

    def variant(self, name: str) -> Variant | None:
        """A production variant by its name."""
        return next((one for one in self.variants if one.name == name), None)


def variant_name(version: str) -> str:
    """The variant name of a version, by which a decision aims at it.

    >>> variant_name("candor-pd-demo_bank/3")
    'candor-pd-demo-bank-3'
    """
    return _NO_NAME.sub("-", version).strip("-")[-63:].strip("-")


def endpoint_file(var: Path, name: str) -> Path:
    """Where an endpoint's configuration lies. Raises InputError for a name that is no name of an endpoint."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name[:63]!r} is no name of an endpoint", code="endpoint_name", field="endpoint", found=name[:63],
            expected="up to 63 letters, digits and hyphens", do="Name the endpoint like candor-pd-demo-bank.",
        )  # fmt: skip
    return var / "endpoints" / f"{name}.json"


def read_endpoint(var: Path, name: str) -> EndpointConfig | None:
    """What an endpoint serves; None without a file, which means the champion alone.

    Raises:
        InputError: the name is no name of an endpoint.
        UnavailableError: the file cannot be read or does not say what it should.
    """
    path = endpoint_file(var, name)
    try:
        found = endpoint_from(json.loads(path.read_text(encoding="utf-8")))
        if found.name != name:
            raise ValueError(f"it is of endpoint {found.name}")
        return found
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnavailableError(
            f"{path.name} cannot be read: {error}", code="endpoint_config", field="endpoint", found=str(error)[:100],
            expected="what candor endpoint deploy --target local writes", do="Deploy again: candor endpoint deploy",
        ) from None  # fmt: skip


def write_endpoint(var: Path, config: EndpointConfig) -> Path:
    """Replace the file whole; answers its path.

    Raises:
        InputError: the name is no name of an endpoint.
        ValueError: the configuration does not hold together.
        OSError: it cannot be written.
    """
    path, body = endpoint_file(var, config.name), asdict(config)
    endpoint_from(body)
    write_whole(path, dumps(body))
    return path


def remove_endpoint(var: Path, name: str) -> None:
    """Take an endpoint's configuration away; the champion alone is served again. Raises InputError, OSError."""
    endpoint_file(var, name).unlink(missing_ok=True)


def endpoint_from(body: Mapping[str, Any]) -> EndpointConfig:
    """The file's content. Raises ValueError, KeyError, TypeError."""
    variants = tuple(Variant(**one) for one in body["variants"])
    shadow = None if body["shadow"] is None else Variant(**body["shadow"])
    for one in (*variants, *([shadow] if shadow else [])):
        _check_variant(one)
    names, percent = [one.name for one in variants], body["capture_percent"]
    if not names or len(set(names)) < len(names) or not sum(one.weight for one in variants) > 0:
        raise ValueError("expected variants with names of their own and a weight above 0")
    if type(percent) is not int or not 0 <= percent <= 100:
        raise ValueError(f"capture_percent is {percent}; expected a whole number from 0 to 100")
    said = [str(body[name]) for name in ("config_name", "at", "by")]
    return EndpointConfig(str(body["name"]), variants, shadow, percent, *said)


def _check_variant(one: Variant) -> None:
    path = PurePosixPath(one.folder)
    if not _NAME.fullmatch(one.name) or not one.version:
        raise ValueError(f"variant {one.name[:63]!r} of version {one.version!r} is not named as it should be")
    if path.is_absolute() or not path.parts or ".." in path.parts:
        raise ValueError(f"the folder {one.folder!r} lies outside the models'")
    if type(one.weight) not in (int, float) or not (math.isfinite(one.weight) and one.weight >= 0):
        raise ValueError(f"the weight of {one.name} is {one.weight}; expected 0 or more")
    if len(one.manifest_sha256) != 64:
        raise ValueError(f"{one.name} has no hash of a manifest")
