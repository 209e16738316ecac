"""Training and scoring as jobs on SageMaker: the data goes there, package and result come back and are checked."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows import deployments, steps
from flows.job import RESULT, SCORED
from flows.job_bundle import write_bundle
from flows.parameters import TrainRequest
from flows.repeats import data_of
from lending.domain.errors import InputError, RefusedError

if TYPE_CHECKING:
    import pandas as pd

    from serving.assembly import Platform
    from training.job_ports import Act
    from training.ports import TrainResult


def train(request: TrainRequest, data: str, progress: steps.Progress) -> dict[str, Any]:
    """Train on SageMaker and register here, as `steps.fit_and_register` does.

    Plans after a decline need the bank's own records, which are not sent: they are not looked at there.

    Raises:
        InputError: a repeat or a cluster was asked for too, or a setting is missing.
        RefusedError: what came back is not the package that the result is about.
        UnavailableError: the job failed or took too long.
    """
    from serving.assembly import platform

    if request.like or request.cluster:
        raise InputError(
            "a repeat and a cluster are for training here", field="like" if request.like else "cluster",
            found=request.like or request.cluster, expected="empty", do="Leave it empty, or train here.",
        )  # fmt: skip
    place = platform()
    seed = place.settings.seed if request.seed is None else request.seed
    as_of = place.clock.now().date().isoformat()
    facts = {"seed": seed, "budget": request.budget_seconds, "as_of": as_of}
    with _scratch(place) as folder:
        inputs = {"dataset": write_bundle(place.settings, data, folder / "dataset")}
        done = _run(place, "train", data, facts, inputs, folder / "back", progress)
        result = result_from(folder / "back" / "output" / RESULT)
        stop_unless_whole(result, folder / "back" / "model")
        progress(0.97, "registering the model")
        version = place.registry.register(result, folder / "back" / "model", request.trained_by or steps.account())
    return {**result.as_dict(), "model_version": version or None, "job": done["job"]}


def train_model(
    data: str | None, seed: int | None, budget: float, progress: steps.Progress, like: str | None, cluster: str
) -> dict[str, Any]:
    """Gate, train on SageMaker and register in one call, as `candor train --on sagemaker` does."""
    name = data_of(data, like)
    progress(0.0, "checking the data")
    steps.stop_when_failed(name, steps.gate_report(name))
    request = TrainRequest(data=name, seed=seed, budget_seconds=budget, like=like, cluster=cluster, where="sagemaker")
    return train(request, name, progress)


def score(data: str, version: str, target: Path, progress: steps.Progress) -> dict[str, Any]:
    """Score every row of a data set on SageMaker; arguments, answer and errors as `scoring.score_data`."""
    from flows.scoring import check_target, package_of
    from serving.assembly import platform
    from training.servable.manifest import verify

    began, place = time.monotonic(), platform()
    check_target(target)
    package = package_of(data, version)
    manifest, sha256 = verify(package)
    with _scratch(place) as folder:
        inputs = {"dataset": write_bundle(place.settings, data, folder / "dataset"), "model": package}
        done = _run(place, "score", data, {"sha256": sha256}, inputs, folder / "back", progress)
        frame = pds_from(folder / "back" / "output" / SCORED)
    _write(frame, target)
    return {
        "data": data, "version": manifest["version"], "model_sha256": sha256, "rows": len(frame),
        "mean_pd": round(float(frame["pd"].to_numpy().mean()), 6), "out": str(target), "job": done["job"],
        "seconds": round(time.monotonic() - began, 3),
    }  # fmt: skip


def result_from(file: Path) -> TrainResult:
    """What a training elsewhere found. Raises RefusedError: the file is not there or says something else."""
    from training.ports import Gate, TrainResult

    try:
        body = json.loads(file.read_text(encoding="utf-8"))
        return TrainResult(**{**body, "gates": [Gate(**gate) for gate in body["gates"]]})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _no_output(type(error).__name__, RESULT) from None


def pds_from(file: Path) -> pd.DataFrame:
    """What a scoring elsewhere found: `pd` by id. Raises RefusedError: no file, or no probabilities in it."""
    import pandas as pd

    try:
        frame = pd.read_parquet(file)
        if len(frame) and frame["pd"].between(0, 1).all():
            return frame
        found = "no probabilities"
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = type(error).__name__
    raise _no_output(found, SCORED)


def stop_unless_whole(result: TrainResult, package: Path) -> None:
    """Raise RefusedError when the package that came back is not the one that the result is about."""
    from training.servable.manifest import verify

    _, found = verify(package)
    if found != result.model_sha256:
        raise RefusedError(
            f"the package that came back has the hash {found[:16]}, the result is about {result.model_sha256[:16]}",
            code="package_changed", field="model", found=found, expected=result.model_sha256, do="Start the job again.",
        )  # fmt: skip


def _write(frame: pd.DataFrame, target: Path) -> None:
    from flows.batch import appears_whole

    with appears_whole(target) as out:
        if target.suffix == ".csv":
            frame.to_csv(out)
        else:
            frame.to_parquet(out.buffer)


def _no_output(found: str, expected: str) -> RefusedError:
    return RefusedError(
        f"the job left no {expected} that can be used: {found}", code="job_output", field="job", found=found,
        expected=expected, do="Read the job's log; start it again.",
    )  # fmt: skip


def _run(
    place: Platform, act: Act, data: str, facts: dict[str, Any], inputs: dict[str, Path], back: Path,
    progress: steps.Progress,
) -> dict[str, str]:  # fmt: skip
    from training.job_ports import Job

    stamp = place.clock.now().strftime("%Y%m%d-%H%M%S")
    name = f"candor-{act}-{data.replace('_', '-')[:20].strip('-')}-{stamp}"
    back.mkdir()
    job = Job(act, name, facts, inputs)
    return dict(place.jobs().run(job, back, deployments.rules_of(place, "sagemaker"), progress))


@contextmanager
def _scratch(place: Platform) -> Iterator[Path]:
    """A folder under the home folder that goes again."""
    root = place.settings.var / "work"
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="job-", dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
