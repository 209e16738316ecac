"""What is done about endpoints, as plain functions: plan, deploy, look, take away, pack."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from flows import steps
from flows.parameters import DeployRequest
from flows.watch import addresses_file
from lending.settings import ROOT

if TYPE_CHECKING:
    from lending.ports import Clock
    from serving.assembly import Platform
    from training.deploy import Deploy
    from training.endpoint_ports import Endpoints

Target = Literal["local", "sagemaker"]
PRICES = ROOT / "infra" / "prices.yaml"


class Waiting:
    """The machine's own clock, and sleep."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        """The time, in UTC."""
        return self._clock.now()

    def wait(self, seconds: float) -> None:
        """Let that time pass."""
        time.sleep(seconds)


def deploy(request: DeployRequest, progress: steps.Progress) -> dict[str, Any]:
    """Put a version behind an endpoint and stay until it serves or was taken back; as `training.deploy.deploy`."""
    from serving.assembly import platform
    from training.deploy import deploy

    place = platform()
    endpoints = _endpoints(place, request.target)
    rules = rules_of(place, request.target)
    return deploy(steps.office(), endpoints, _wish(place, request), rules, Waiting(place.clock), progress)


def plan(request: DeployRequest) -> dict[str, Any]:
    """What a deployment would make and what that costs a month; nothing is called or made.

    Returns:
        `{target, endpoint, version, region, dated, source, resources: [{kind, name, detail, item, quantity, usd, why,
        source}], usd_a_month, unknown}`; usd is None where price or use is not known, and such lines are no part of
        the sum.

    Raises:
        NotFoundError: no such version.
        RefusedError: a gate failed, or nobody approved it.
    """
    from serving.assembly import platform
    from serving.cost import cost_of, read_prices, total
    from training.deploy import allowed

    place = platform()
    prices = read_prices(PRICES).within(place.settings.aws_region)
    rules = rules_of(place, request.target)
    wanted, _ = allowed(steps.office(), _wish(place, request), rules, place.clock.now())
    made = _endpoints(place, request.target).plan(wanted, rules)
    costs = [cost_of(one.item, one.quantity, prices) for one in made]
    known, unknown = total(costs)
    lines = [{**asdict(one), **_told(asdict(cost))} for one, cost in zip(made, costs, strict=True)]
    return {"target": request.target, "endpoint": wanted.endpoint, "version": wanted.version, "region": prices.region,
            "dated": prices.dated, "source": prices.source, "resources": lines, "usd_a_month": str(known),
            "unknown": unknown}  # fmt: skip


def status(endpoint: str, target: Target, data: str) -> dict[str, Any]:
    """How an endpoint stands; on this machine this look also takes the next step of a canary that runs."""
    from serving.assembly import platform

    place = platform()
    name = endpoint or name_for(place, data)
    return {**_endpoints(place, target).look(name, rules_of(place, target)).as_dict(), "target": target}


def teardown(endpoint: str, target: Target, by: str, reason: str) -> dict[str, Any]:
    """Take an endpoint away with all that was made for it; answers `{endpoint, target, gone}`."""
    from serving.assembly import platform
    from training.release import recorded, said

    place = platform()
    said(by=by, reason=reason)
    with recorded(place.audit, by, "model.teardown", endpoint, {"target": target, "reason": reason}) as told:
        gone = list(_endpoints(place, target).delete(endpoint))
        told |= {"gone": f"{len(gone)} things"}
    return {"endpoint": endpoint, "target": target, "gone": gone}


def pack(data: str, version: str, out: Path) -> dict[str, Any]:
    """Write a version as `model.tar.gz`; answers `{version, out, sha256, manifest_sha256}`."""
    from serving.assembly import platform
    from training.servable.archive import pack
    from training.servable.manifest import verify

    folder = platform().registry.package(data, version)
    manifest, digest = verify(folder)
    return {"version": manifest["version"], "out": str(out), "sha256": pack(folder, out), "manifest_sha256": digest}


def rules_of(place: Platform, target: Target) -> dict[str, Any]:
    """The figures of kb/endpoint.yaml of today for a target."""
    from training.deploy import rules_for
    from training.gates import dated

    return rules_for(target, dated(place.settings.kb / "endpoint.yaml", place.clock.now().date()))


def name_for(place: Platform, data: str) -> str:
    """The endpoint's name in the settings, else one named for the data set."""
    return place.settings.endpoint_name or f"candor-pd-{data.replace('_', '-')}"


def _wish(place: Platform, request: DeployRequest) -> Deploy:
    from training.deploy import Deploy
    from training.release import Ask

    ask = Ask(request.data, request.version, request.approver, request.reason, request.requested_by or "")
    share = None if request.canary is None else request.canary / 100
    return replace(Deploy(request.endpoint or name_for(place, request.data), ask), share=share, shadow=request.shadow)


def _endpoints(place: Platform, target: Target) -> Endpoints:
    return place.endpoints(target, place.settings.endpoint_url or _address(place.settings.var))


def _address(var: Path) -> str:
    """Where the endpoint of `candor up` listens, else where `candor endpoint serve` does by default."""
    try:
        return str(json.loads(addresses_file(var).read_text(encoding="utf-8"))["endpoint"])
    except (OSError, ValueError, KeyError):
        return "http://127.0.0.1:8080"


def _told(cost: Mapping[str, Any]) -> dict[str, Any]:
    return {"usd": None if cost["usd"] is None else str(cost["usd"]), "why": cost["why"], "source": cost["source"]}
