"""A Dask cluster of this machine: processes of one thread each, on the loopback address."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dask.distributed import Client

SECONDS = 120
"""How long to wait for its workers."""


@contextmanager
def small_cluster(workers: int = 2) -> Iterator[Client]:
    """Who asks it; gone when the block ends. Its address is `client.cluster.scheduler_address`."""
    from dask.distributed import Client, LocalCluster

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own
        with (
            LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1",
                dashboard_address="127.0.0.1:0", memory_limit=None,
            ) as cluster,
            Client(cluster, set_as_default=False) as client,
        ):  # fmt: skip
            client.wait_for_workers(workers, timeout=SECONDS)
            yield client
