"""The registry on MLflow: who decides is an alias, and serving reads only exported, verified folders.

A package is sealed by training, kept by MLflow, and stamped with its registered version when it is exported;
the stamp is the same each time, so an export can be repeated.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from lending.domain.errors import UnavailableError
from training.adapters.mlflow_beside import Place, alone, beside, ended, is_split, standing
from training.adapters.mlflow_exports import export, registered
from training.adapters.mlflow_move import CHALLENGER, CHAMPION, Plan, aliases, find, history, is_whole
from training.adapters.mlflow_pointer import champion_moved, mended, pointed
from training.adapters.mlflow_results import read_result
from training.adapters.mlflow_runs import PACKAGE, hushed, keep_run
from training.adapters.mlflow_store import Store, not_writable
from training.adapters.mlflow_summary import versions
from training.adapters.mlflow_versions import (
    PREFIX,
    adoptable,
    no_previous,
    number_of,
    override_holds,
    override_of,
    still_decides,
)
from training.ports import Role, TrainResult
from training.servable.routing import Routing


class MlflowRegistry:
    """Implements `training.ports.Registry`."""

    def __init__(self, tracking_uri: str, models_dir: Path, artifacts_dir: Path) -> None:
        """Remember where things are; MLflow is imported and the folders made when first needed."""
        self._store = Store(tracking_uri, models_dir, artifacts_dir)

    def register(self, result: TrainResult, package: Path, trained_by: str = "") -> str:
        """Keep the run; register it as challenger when every gate passed. Answers the version or ""."""
        with self._store.client() as client:
            import mlflow

            uri = keep_run(self._store.experiment(client, result.data), result, package)
            client.set_tag(str(result.run_id), "trained_by", trained_by)
            if uri is None:
                return ""
            name = PREFIX + result.data
            with hushed():
                number = str(mlflow.register_model(uri, name).version)
            client.set_model_version_tag(name, number, "family", result.family)
            if not is_split(Place(client, result.data, self._store.models / result.data)):
                client.set_registered_model_alias(name, CHALLENGER, number)
            result.model_version = f"{name}/{number}"
            versions(self._store, client, result.data)
            return result.model_version

    def adopt(self, dataset: str, run_id: str, gate: str) -> str:
        """Register a run that one failed gate kept out, so that an override of that gate may let it decide.

        Raises:
            NotFoundError: no such run of this data set.
            RefusedError: it failed other gates too.
        """
        with self._store.client() as client:
            name, run = PREFIX + dataset, adoptable(client, dataset, run_id, gate)
            known = client.search_model_versions(f"name='{name}' and run_id='{run_id}'")
            if known:
                return f"{name}/{known[0].version}"
            if find(client, name) is None:
                client.create_registered_model(name)
            source = f"{run.info.artifact_uri}/{PACKAGE}"
            with hushed():
                number = str(client.create_model_version(name, source, run_id).version)
            client.set_model_version_tag(name, number, "family", run.data.tags.get("family", ""))
            return f"{name}/{number}"

    def result(self, run_id: str) -> dict[str, Any]:
        """What a run found, and its `tags`. Raises NotFoundError."""
        with self._store.client():
            return read_result(run_id)

    def champion(self, dataset: str) -> str | None:
        """The version that decides; None while there is none. Finishes a promotion that was cut off."""
        if not self._store.is_there():
            return None
        with self._store.client() as client:
            model = find(client, PREFIX + dataset)
            if model is not None and not is_whole(model, pointed(self._store, dataset)):
                with contextlib.suppress(UnavailableError), self._store.locked(dataset):
                    mended(self._store, client, dataset)
                model = find(client, PREFIX + dataset)
        number = aliases(model).get(CHAMPION)
        return None if number is None else f"{PREFIX}{dataset}/{number}"

    def package(self, dataset: str, version: str) -> Path:
        """The exported folder of a version, verified; exported now if it is not there yet."""
        number = number_of(dataset, version)
        with self._store.client() as client:
            return export(self._store, client, dataset, number)

    def trained_by(self, dataset: str, version: str) -> str:
        """Who trained a version, as its run says; "" when that was not kept. Raises NotFoundError."""
        with self._store.client() as client:
            found = registered(client, dataset, number_of(dataset, version))
            return client.get_run(str(found.run_id)).data.tags.get("trained_by", "")

    def note(self, dataset: str, version: str, facts: Mapping[str, str]) -> None:
        """Keep facts about a version as its tags; empty ones are left out. Raises NotFoundError."""
        number = number_of(dataset, version)
        with self._store.client() as client:
            registered(client, dataset, number)
            for name, value in facts.items():
                if value:
                    client.set_model_version_tag(PREFIX + dataset, number, name, value)

    def promote(
        self, dataset: str, version: str, approver: str, reason: str, *, expected: str | None,
        requested_by: str = "", override: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Export the package and move the champion; who and why are kept with the version.

        Args:
            dataset: the portfolio for which it will decide.
            version: `candor-pd-<data>/<number>` or the number.
            approver: who answers for it.
            reason: why.
            expected: the champion that the caller saw, None for none; when another decides by now, nothing changes.
            requested_by: who asked for it.
            override: `{gate, owner, until}`, kept with the version.

        Raises:
            NotFoundError: no such version.
            RefusedError: the champion has changed since, or the kept package was tampered with.
        """
        number = number_of(dataset, version)
        with self._store.locked(dataset), self._store.client() as client:
            mended(self._store, client, dataset)
            model = find(client, PREFIX + dataset)
            still_decides(dataset, expected, aliases(model).get(CHAMPION))
            export(self._store, client, dataset, number)
            said = {
                "approver": approver, "reason": reason, "requested_by": requested_by, "approved_at": _now(),
                "override": json.dumps(dict(override), sort_keys=True) if override else "",
            }  # fmt: skip
            line = [n for n in history(model) if n != number] + [number]
            plan = Plan(number, line, [(number, key, value) for key, value in said.items()])
            champion_moved(self._store, client, dataset, plan)
            alone(Place(client, dataset, self._store.models / dataset))
            versions(self._store, client, dataset)
        return {"data": dataset, "champion": f"{PREFIX}{dataset}/{number}", "previous": expected, "approver": approver,
                "requested_by": requested_by, "reason": reason, "promoted": True}  # fmt: skip

    def rollback(self, dataset: str, by: str, reason: str, today: date) -> dict[str, Any]:
        """Let the champion before the present one decide again.

        Args:
            dataset: the portfolio.
            by: who does it; kept with the version that is left.
            reason: why.
            today: the day on which an override of the earlier champion must still hold.

        Raises:
            RefusedError: there was none before, or an override of it has ended.
        """
        with self._store.locked(dataset), self._store.client() as client:
            mended(self._store, client, dataset)
            line = history(find(client, PREFIX + dataset))
            if len(line) < 2:
                raise no_previous(dataset, line)
            left, back = line[-1], line[-2]
            override_holds(f"{PREFIX}{dataset}/{back}", override_of(registered(client, dataset, back)), today)
            note = json.dumps({"by": by, "reason": reason, "at": _now()}, sort_keys=True)
            champion_moved(self._store, client, dataset, Plan(back, line[:-1], [(left, "rolled_back", note)]))
            alone(Place(client, dataset, self._store.models / dataset))
            versions(self._store, client, dataset)
        return {"data": dataset, "champion": f"{PREFIX}{dataset}/{back}", "previous": f"{PREFIX}{dataset}/{left}",
                "by": by, "reason": reason}  # fmt: skip

    def list(self, dataset: str) -> Sequence[dict[str, Any]]:
        """Versions, newest first."""
        if not self._store.is_there():
            return []
        with self._store.client() as client:
            return versions(self._store, client, dataset)

    def routing(self, dataset: str) -> Routing | None:
        """What stands beside the champion; None for nothing."""
        return standing(self._store.models / dataset, self.champion(dataset))

    def stand_beside(
        self, dataset: str, role: Role, version: str, said: Mapping[str, str], *, expected: str
    ) -> Routing:
        """Export a version and let it stand beside the champion; `said` as in `mlflow_beside.beside`.

        Raises:
            NotFoundError: no such version.
            RefusedError: the champion is no longer `expected`, the version has a part already, or was tampered with.
            UnavailableError: the folder cannot be written.
        """
        number = number_of(dataset, version)
        with self._changing(dataset) as place:
            still_decides(dataset, expected, aliases(find(place.client, place.name)).get(CHAMPION))
            export(self._store, place.client, dataset, number)
            after = beside(place, expected, role, number, said)
            versions(self._store, place.client, dataset)
        return after

    def stand_down(self, dataset: str, role: Role, by: str) -> Routing | None:
        """Take the challenger or the shadow away; answers what stood there, None for nothing."""
        champion = self.champion(dataset)
        with self._changing(dataset) as place:
            before = ended(place, champion, role, by)
            versions(self._store, place.client, dataset)
        return before

    @contextlib.contextmanager
    def _changing(self, dataset: str) -> Iterator[Place]:
        """One change at a time, after whatever a kill cut off."""
        with self._store.locked(dataset), self._store.client() as client:
            mended(self._store, client, dataset)
            try:
                yield Place(client, dataset, self._store.models / dataset)
            except OSError as error:
                raise not_writable(self._store.models, error) from None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
