"""The versions of a data set, and the file in which those who never open MLflow read them."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from training.adapters.mlflow_move import aliases, find
from training.adapters.mlflow_store import Store
from training.adapters.mlflow_versions import PREFIX, listed
from training.servable.manifest import dumps, write_whole

if TYPE_CHECKING:
    from mlflow import MlflowClient

FILE = "versions.json"


def versions(store: Store, client: MlflowClient, dataset: str) -> list[dict[str, Any]]:
    """Rows as `training.ports.Registry.list`, newest first; `versions.json` beside the exports follows them."""
    known, now = aliases(find(client, PREFIX + dataset)), datetime.now(UTC)
    found = client.search_model_versions(f"name='{PREFIX}{dataset}'")
    rows = [listed(client, version, known, now.date()) for version in found]
    rows.sort(key=lambda row: int(row["version"].rpartition("/")[2]), reverse=True)
    if rows:
        body = {"data": dataset, "at": now.isoformat(timespec="seconds"), "models": rows}
        with contextlib.suppress(OSError):  # a copy for readers: the registry itself has it
            write_whole(store.models / dataset / FILE, dumps(body))
    return rows
