"""Making an endpoint on SageMaker, step by step: what was made is taken away again when a later step fails."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lending.adapters.aws import calling
from lending.domain.errors import RefusedError, UnavailableError
from training.adapters import sagemaker_requests as requests
from training.adapters.sagemaker_files import store
from training.adapters.sagemaker_requests import Place
from training.adapters.sagemaker_seen import alarms_of, control, unless_missing
from training.endpoint_ports import Wanted
from training.servable.archive import MODEL_TAR, pack


class Making:
    """One deployment's steps on SageMaker, in their order: `alarms`, `models`, `start`.

    Args:
        wanted: what shall answer.
        rules: figures of kb/endpoint.yaml.
        place: where.
        fresh: there is no such endpoint yet; what is made for it alone is taken away with it.
    """

    def __init__(self, wanted: Wanted, rules: Mapping[str, Any], place: Place, *, fresh: bool) -> None:
        self._wanted, self._rules, self._place, self._fresh = wanted, rules, place, fresh
        self._made: list[str] = []
        self._unsure = False

    def alarms(self) -> list[str]:
        """Put the alarms up; answers their names. Raises RefusedError when one is missing or rings."""
        wanted, cloudwatch = self._wanted, control("cloudwatch", self._place)
        asked = requests.alarms(wanted.endpoint, self._rules)
        for one in asked:
            with calling("cloudwatch"):
                cloudwatch.put_metric_alarm(**one)
            self._made += [f"alarm {one['AlarmName']}"] if self._fresh else []
        states = {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms_of(wanted.endpoint, self._place)}
        names = [one["AlarmName"] for one in asked]
        bad = [f"{name} is {states.get(name, 'missing')}" for name in names if states.get(name, "ALARM") == "ALARM"]
        if names and not bad:
            return names
        found = ", ".join(bad) or "no alarm"
        raise RefusedError(
            f"{wanted.endpoint} is not deployed to: {found}", code="alarms", field="alarms", found=found,
            expected="every alarm there and quiet", do="Look at the endpoint; deploy again once its alarms are OK.",
        )  # fmt: skip

    def models(self) -> None:
        """Upload each package, make its model, and the configuration that names them."""
        wanted, sagemaker = self._wanted, control("sagemaker", self._place)
        shadow = wanted.shadow
        packages = [(wanted.version, wanted.sha256, wanted.folder)]
        packages += [(shadow["version"], shadow["sha256"], Path(shadow["folder"]))] if shadow else []
        for version, sha256, folder in packages:
            address = archive_of(wanted.data, version, sha256, self._place)
            self._upload(address, folder)
            with calling("sagemaker"):
                sagemaker.create_model(**requests.model(wanted, version, address, self._place))
            self._made.append(f"model {requests.name_of(wanted, version)}")
        with calling("sagemaker"):
            sagemaker.create_endpoint_config(**requests.config(wanted, self._rules, self._place))
        self._made.append(f"config {requests.name_of(wanted, wanted.version)}")

    def start(self, watching: list[str]) -> None:
        """Create the endpoint, or change it as a canary that goes back when one of the alarms rings."""
        wanted, sagemaker = self._wanted, control("sagemaker", self._place)
        config = requests.name_of(wanted, wanted.version)
        try:
            with calling("sagemaker"):
                if self._fresh:
                    said = requests.tags(wanted)
                    sagemaker.create_endpoint(EndpointName=wanted.endpoint, EndpointConfigName=config, Tags=said)
                else:
                    sagemaker.update_endpoint(**requests.update(wanted, watching, self._rules))
        except UnavailableError:
            if not self._begun(config):
                raise

    @contextmanager
    def undone_on_failure(self) -> Generator[None]:
        """Take away what was made, newest first, when the block fails. Raises UnavailableError naming what stays."""
        try:
            yield
        except BaseException as error:
            left = [one for one in reversed(self._made) if self._unsure or not self._took_away(one)]
            if not left or not isinstance(error, Exception):
                raise
            raise UnavailableError(
                f"{error}; left behind: {', '.join(left)}", code="half_made", field="endpoint", found=", ".join(left),
                expected="nothing left behind",
                do=f"Try again, or take it away: candor endpoint teardown {self._wanted.endpoint} --target sagemaker",
            ) from error  # fmt: skip

    def _begun(self, config: str) -> bool:
        """Whether SageMaker took the change and its answer alone was lost.

        Raises UnavailableError: nobody knows; then nothing is taken away, as SageMaker may be at work with it.
        """
        describe, self._unsure = control("sagemaker", self._place).describe_endpoint, True
        found = unless_missing("sagemaker", describe, EndpointName=self._wanted.endpoint) or {}
        self._unsure = False
        return config in (one.get("EndpointConfigName") for one in (found, found.get("PendingDeploymentSummary", {})))

    def _upload(self, address: str, folder: Path) -> None:
        """Put a package's archive where its hash says; the same bytes each time, so a second put changes nothing."""
        with tempfile.TemporaryDirectory() as scratch:
            pack(folder, Path(scratch) / MODEL_TAR)
            body = (Path(scratch) / MODEL_TAR).read_bytes()
        store(self._place).put(address.removeprefix(f"s3://{self._place.bucket}/"), body)

    def _took_away(self, made: str) -> bool:
        kind, _, name = made.partition(" ")
        sagemaker, cloudwatch = control("sagemaker", self._place), control("cloudwatch", self._place)
        away: Mapping[str, Callable[[], Any]] = {
            "alarm": lambda: cloudwatch.delete_alarms(AlarmNames=[name]),
            "model": lambda: sagemaker.delete_model(ModelName=name),
            "config": lambda: sagemaker.delete_endpoint_config(EndpointConfigName=name),
        }
        try:
            with calling("sagemaker"):
                away[kind]()
        except UnavailableError:
            return False
        return True


def archive_of(data: str, version: str, sha256: str, place: Place) -> str:
    """Where a version's archive lies in S3, by the hash of its manifest."""
    return f"s3://{place.bucket}/models/{data}/{version.rpartition('/')[2]}/{sha256[:16]}/{MODEL_TAR}"
