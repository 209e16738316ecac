"""The endpoint on this machine: a file that its process watches; each look at a deployment takes its next step.

While a deployment runs, what it began with lies under `endpoints/deployments`, so that any look, in whichever process,
goes on from there or gives back exactly what was served before. The endpoint's own process looks all the while
(`flows.endpoint_watch`), so that nobody else has to; steps of several processes wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lending.domain.errors import RefusedError, UnavailableError
from lending.ports import Clock
from training.adapters.local_deployments import (
    Running,
    TakenBack,
    beside,
    config_of,
    read_running,
    read_taken_back,
    running_endpoints,
    running_file,
    step,
    stop_unless_same,
    taken_back_file,
    write_taken_back,
)
from training.canary import Counted, judge, next_move
from training.endpoint_ports import Alarm, Resource, Seen, Wanted
from training.servable.endpoint_config import (
    EndpointConfig,
    Variant,
    endpoint_file,
    endpoint_from,
    read_endpoint,
    remove_endpoint,
    variant_name,
    write_endpoint,
)
from training.servable.manifest import dumps, write_whole
from training.smoke import pinned

Invoke = Callable[[str, bytes, str], Mapping[str, Any]]
"""The endpoint's answer to a body, from a variant or, with "", from whichever its weights choose."""
Metrics = Callable[[str], Mapping[str, Counted]]
"""Calls by variant, since its process started."""
_UNCHANGED = "the champion alone, as nothing was deployed"
_NOBODY = "nothing was deployed and nobody decides"


class LocalEndpoints:
    """Implements `training.endpoint_ports.Endpoints` on files.

    Args:
        var: the home folder.
        clock: says how long a canary has been watched.
        invoke: asks the endpoint's process.
        metrics: reads what that process counted.
        champion: the variant that is served where there is no file; None while nothing is.
    """

    target = "local"

    def __init__(
        self, var: Path, clock: Clock, invoke: Invoke, metrics: Metrics, champion: Callable[[], Variant | None]
    ) -> None:
        self._var, self._clock, self._invoke, self._metrics, self._champion = var, clock, invoke, metrics, champion

    def plan(self, wanted: Wanted, rules: Mapping[str, Any]) -> Sequence[Resource]:
        """The file that would be written; it costs nothing."""
        share, wait = f"{wanted.canary_share:.0%}", rules["canary_seconds"]
        told = f"{wanted.version} gets {share} of the calls for {wait} s, then all"
        return [Resource("file", str(endpoint_file(self._var, wanted.endpoint)), told)]

    def begin(self, wanted: Wanted, rules: Mapping[str, Any]) -> Seen:
        """Give the new version its share, beside what is served; what is served alone already is only written down.

        Raises:
            RefusedError: another deployment runs.
            UnavailableError: the process does not answer, or a file cannot be written.
        """
        with step(self._var):
            before = self._begin(wanted, rules)
        return replace(self.look(wanted.endpoint, rules), before=before)

    def look(self, endpoint: str, rules: Mapping[str, Any]) -> Seen:
        """How it stands; a canary that was watched long enough gets all, one whose alarm rings is taken back."""
        running, config = read_running(self._var, endpoint), read_endpoint(self._var, endpoint)
        if running is None:
            return self._at_rest(endpoint, config)
        if config is not None and config.variant(running.variant) is not None:
            self._probe(endpoint, running, rules)
        with step(self._var):
            return self._step(endpoint, rules)

    def running(self) -> Sequence[str]:
        """Endpoints whose deployment goes on only when somebody looks."""
        return running_endpoints(self._var)

    def invoke(self, endpoint: str, body: bytes) -> Mapping[str, Any]:
        """The answer of SageMaker Runtime's path on this machine. Raises UnavailableError."""
        return self._invoke(endpoint, body, "")

    def roll_back(self, endpoint: str, why: str, rules: Mapping[str, Any]) -> Seen:
        """Give all calls to what was served before. Raises RefusedError: no deployment runs."""
        with step(self._var):
            running = read_running(self._var, endpoint)
            if running is not None:
                return self._back(endpoint, running, why)
        raise RefusedError(
            f"no deployment to {endpoint} runs that could be taken back", code="nothing_to_undo", field="endpoint",
            found="none", expected="a canary", do="Deploy the version before: candor endpoint deploy VERSION",
        )  # fmt: skip

    def settle(self, wanted: Wanted, rules: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
        """Nothing scales here, and MLflow is the registry."""
        return ""

    def delete(self, endpoint: str) -> Sequence[str]:
        """Serve the champion alone again."""
        with step(self._var):
            files = (running_file(self._var, endpoint), endpoint_file(self._var, endpoint))
            gone = [path for path in files if path.exists()]
            for path in (files[0], taken_back_file(self._var, endpoint)):
                path.unlink(missing_ok=True)
            remove_endpoint(self._var, endpoint)
        return [f"file {path}" for path in gone]

    def _begin(self, wanted: Wanted, rules: Mapping[str, Any]) -> str:
        """Write what `begin` changes, if anything; answers who got most calls until now, "" for none or not known."""
        if (running := read_running(self._var, wanted.endpoint)) is not None:
            stop_unless_same(wanted, running)
            return ""
        before = read_endpoint(self._var, wanted.endpoint)
        served = before.variants if before else tuple(filter(None, [self._champion()]))
        new = self._variant(wanted)
        alone = [one.version for one in served] == [wanted.version]
        if alone and before:
            return wanted.version
        if served and not alone:
            self._start(wanted, new, before)
        taken_back_file(self._var, wanted.endpoint).unlink(missing_ok=True)
        variants = (new,) if alone else beside(served, new, wanted.canary_share)
        write_endpoint(self._var, config_of(wanted, rules, before, variants))
        return max(served, key=lambda one: one.weight).version if served else ""

    def _step(self, endpoint: str, rules: Mapping[str, Any]) -> Seen:
        """What a look does while nobody else takes a step; somebody may have ended the deployment just before."""
        running, config = read_running(self._var, endpoint), read_endpoint(self._var, endpoint)
        if running is None:
            return self._at_rest(endpoint, config)
        if config is None or config.variant(running.variant) is None:
            return self._back(endpoint, running, "its start was cut off")
        served = self._metrics(endpoint)
        counted = served.get(running.variant, Counted()).since(Counted(**running.counted))
        alarms = judge(endpoint, running.variant, counted, rules)
        move = next_move(alarms, counted, self._seconds(running), rules)
        if move.act == "back":
            return self._back(endpoint, running, move.why, alarms)
        if len(config.variants) > 1 and move.act == "wait":
            rows = _shares(config, {running.variant: counted})
            return Seen(endpoint, "canary", running.version, running.share, move.why, rows, alarms, _capture(config))
        return replace(self._finish(config, running, served, move.why), alarms=alarms)

    def _start(self, wanted: Wanted, new: Variant, before: EndpointConfig | None) -> None:
        """Write down what is served before anything changes. Raises UnavailableError: the process does not answer."""
        counted = self._metrics(wanted.endpoint).get(new.name, Counted())
        running = Running(
            wanted.version, new.name, wanted.canary_share, self._clock.now().astimezone(UTC).isoformat(),
            asdict(before) if before else None, asdict(counted), str(wanted.folder),
        )  # fmt: skip
        write_whole(running_file(self._var, wanted.endpoint), dumps(asdict(running)))

    def _variant(self, wanted: Wanted) -> Variant:
        folder = wanted.folder.resolve().relative_to((self._var / "models").resolve()).as_posix()
        return Variant(variant_name(wanted.version), wanted.version, folder, wanted.sha256, 1.0)

    def _at_rest(self, endpoint: str, config: EndpointConfig | None) -> Seen:
        back = read_taken_back(self._var, endpoint)
        alarms = back.as_alarms if back else ()
        if config is None:
            champion = self._champion()
            why = back.told if back else _UNCHANGED if champion else _NOBODY
            phase = "serving" if champion else "none"
            return Seen(endpoint, phase, champion.version if champion else "", 1.0, why, alarms=alarms)
        main = max(config.variants, key=lambda one: one.weight)
        why = back.told if back else f"in service since {config.at}"
        return Seen(endpoint, "serving", main.version, 1.0, why, _shares(config, self._metrics(endpoint)), alarms,
                    _capture(config))  # fmt: skip

    def _finish(self, config: EndpointConfig, running: Running, served: Mapping[str, Counted], why: str) -> Seen:
        """Give the new version all calls; it is done when the process serves nothing else any more."""
        new = next(one for one in config.variants if one.name == running.variant)
        done = replace(config, variants=(replace(new, weight=1.0),))
        if done != config:
            write_endpoint(self._var, done)
        ended = set(served) == {running.variant}
        if ended:
            running_file(self._var, config.name).unlink(missing_ok=True)
        phase = "serving" if ended else "finishing"
        return Seen(config.name, phase, running.version, 1.0, why, _shares(done, served), (), _capture(done))

    def _back(self, endpoint: str, running: Running, why: str, alarms: Sequence[Alarm] = ()) -> Seen:
        at = self._clock.now().astimezone(UTC).isoformat(timespec="seconds")
        write_taken_back(self._var, endpoint, TakenBack(running.version, at, why, [asdict(one) for one in alarms]))
        if running.before is None:
            remove_endpoint(self._var, endpoint)
        else:
            write_endpoint(self._var, endpoint_from(running.before))
        running_file(self._var, endpoint).unlink(missing_ok=True)
        return self._at_rest(endpoint, read_endpoint(self._var, endpoint))

    def _probe(self, endpoint: str, running: Running, rules: Mapping[str, Any]) -> None:
        """Send the new version a few pinned rows, so that it is tried where few customers call; errors are counted."""
        body, _ = pinned(Path(running.folder), int(rules["smoke_rows"]))
        for _ in range(int(rules["probe_calls"])):
            try:
                self._invoke(endpoint, body, running.variant)
            except UnavailableError:
                continue

    def _seconds(self, running: Running) -> float:
        return (self._clock.now() - datetime.fromisoformat(running.began)).total_seconds()


def champion_variant(current: Callable[[], Any], models: Path) -> Variant | None:
    """The model that decides, as a variant of its own; None while there is none or its folder lies elsewhere."""
    model = current()
    folder = getattr(model, "folder", None)
    if model is None or folder is None or not folder.resolve().is_relative_to(models.resolve()):
        return None
    inside = folder.resolve().relative_to(models.resolve()).as_posix()
    return Variant(variant_name(model.version), model.version, inside, model.sha256, 1.0)


def _shares(config: EndpointConfig, counted: Mapping[str, Counted]) -> list[dict[str, Any]]:
    total = sum(one.weight for one in config.variants)
    rows = [(one, counted.get(one.name, Counted())) for one in config.variants]
    return [
        {"name": one.name, "version": one.version, "share": one.weight / total, "calls": found.calls,
         "errors": found.errors, "p99_ms": found.p99_ms}
        for one, found in rows
    ]  # fmt: skip


def _capture(config: EndpointConfig) -> str:
    return f"{config.capture_percent} % of the calls, in the object store" if config.capture_percent else ""
