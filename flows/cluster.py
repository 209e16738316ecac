"""A Dask cluster, for whoever names one; nobody else loads its libraries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lending.domain.errors import UnavailableError

if TYPE_CHECKING:
    from dask.distributed import Client
    from prefect_dask.task_runners import DaskTaskRunner

    from training.ports import Runner

SECONDS = 15
"""How long to wait for a scheduler, and for its first worker."""


@contextmanager
def runner_on(address: str) -> Iterator[Runner | None]:
    """Run tasks on a cluster as long as the block lasts; None when no address is given.

    Args:
        address: of a scheduler, such as tcp://127.0.0.1:8786; its workers have Candor installed and read the same
            folders.

    Raises:
        UnavailableError: nobody answers there, the cluster has no worker, or its libraries are not installed.
    """
    if not address:
        yield None
        return
    from serving.assembly import platform

    with _tasks(address) as tasks:
        yield platform().on_cluster(_connected(tasks, address))


def _tasks(address: str) -> DaskTaskRunner:
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError as error:
        raise UnavailableError(
            "the libraries of a Dask cluster are not installed", code="cluster", field="cluster", found=str(error),
            expected="the extra cluster", do="Install candor[cluster], or leave the address out.",
        ) from error  # fmt: skip
    return DaskTaskRunner(address=address, client_kwargs={"timeout": SECONDS})


def _connected(tasks: DaskTaskRunner, address: str) -> Client:
    try:
        client = tasks.client
        client.wait_for_workers(1, timeout=SECONDS)
    except (OSError, ValueError) as error:
        raise UnavailableError(
            f"the Dask cluster at {address[:80]} gives no worker", code="cluster", field="cluster",
            found=str(error)[:200], expected="a scheduler with workers, such as tcp://127.0.0.1:8786",
            do="Start them: dask scheduler, and on each machine dask worker ADDRESS; or leave the address out.",
        ) from error  # fmt: skip
    return client
