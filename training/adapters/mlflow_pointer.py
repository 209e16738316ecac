"""The pointer file that serving reads: who decides, in which folder, with which hash."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from training.adapters.mlflow_beside import Place, drop_stale
from training.adapters.mlflow_exports import export, registered
from training.adapters.mlflow_move import Plan, mend, move
from training.adapters.mlflow_store import Store, not_writable
from training.adapters.mlflow_versions import PREFIX, override_of
from training.servable.manifest import dumps, verify, write_whole

if TYPE_CHECKING:
    from mlflow import MlflowClient

FILE = "champion.json"


def champion_moved(store: Store, client: MlflowClient, dataset: str, plan: Plan) -> None:
    """Carry out a move of the champion. Raises UnavailableError when the pointer cannot be written."""
    try:
        move(client, PREFIX + dataset, plan, lambda number: _point(store, client, dataset, number, plan.notes))
    except OSError as error:
        raise not_writable(store.models, error) from None


def mended(store: Store, client: MlflowClient, dataset: str) -> None:
    """Finish what a kill cut off: the move of a champion, and the end of what stood beside the one before."""
    mend(client, PREFIX + dataset, pointed(store, dataset), lambda number: _point(store, client, dataset, number))
    drop_stale(Place(client, dataset, store.models / dataset))


def pointed(store: Store, dataset: str) -> str | None:
    """The number of the version that the pointer names; None without a pointer."""
    try:
        pointer = json.loads((store.models / dataset / FILE).read_text(encoding="utf-8"))
        return str(pointer["version"]).rpartition("/")[2]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _point(
    store: Store, client: MlflowClient, dataset: str, number: str, notes: Sequence[tuple[str, str, str]] = ()
) -> None:
    """Export a version, and write the pointer to it."""
    folder = export(store, client, dataset, number)
    noted = {key: value for at, key, value in notes if at == number}
    kept = noted.get("override") if noted else override_of(registered(client, dataset, number))
    pointer = {"version": f"{PREFIX}{dataset}/{number}", "folder": folder.name,
               "manifest_sha256": verify(folder)[1],
               "override": json.loads(kept) if isinstance(kept, str) and kept else kept or None}  # fmt: skip
    write_whole(store.models / dataset / FILE, dumps(pointer))
