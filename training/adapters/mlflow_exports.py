"""Exported package folders: what serving reads of a registered version, verified and stamped with its name."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.adapters.mlflow_runs import PACKAGE, hushed
from training.adapters.mlflow_store import Store, is_intact, make
from training.adapters.mlflow_versions import PREFIX, unknown
from training.servable.manifest import stamp, verify

if TYPE_CHECKING:
    from mlflow import MlflowClient


def export(store: Store, client: MlflowClient, dataset: str, number: str) -> Path:
    """The folder of a version as it was sealed; made now, or made again where it was changed.

    Raises:
        NotFoundError: no such version.
        RefusedError: what the registry keeps is not what training sealed.
    """
    from mlflow.artifacts import download_artifacts

    version = registered(client, dataset, number)
    target = store.models / dataset / number
    sealed = client.get_run(str(version.run_id)).data.tags["package_sha256"]
    if is_intact(target, version.tags.get("manifest_sha256")):
        return target
    make(target.parent)
    with hushed(), tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as scratch:
        copy = Path(download_artifacts(f"runs:/{version.run_id}/{PACKAGE}", dst_path=scratch))
        verify(copy, sealed)
        digest = stamp(copy, f"{PREFIX}{dataset}/{number}")
        shutil.rmtree(target, ignore_errors=True)
        copy.replace(target)
    client.set_model_version_tag(PREFIX + dataset, number, "manifest_sha256", digest)
    return target


def registered(client: MlflowClient, dataset: str, number: str) -> Any:
    """A registered version. Raises NotFoundError, which names those that are there."""
    from mlflow.exceptions import MlflowException

    try:
        return client.get_model_version(PREFIX + dataset, number)
    except MlflowException:
        known = client.search_model_versions(f"name='{PREFIX}{dataset}'")
        raise unknown(dataset, number, [f"{PREFIX}{dataset}/{one.version}" for one in known]) from None
