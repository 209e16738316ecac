"""Fits as tasks of a Dask cluster, and one boosting over all its workers when there are very many loans."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lending.domain.errors import UnavailableError
from training.models.catalogue import Family
from training.models.gradient_boosting import fit_monotone, usual
from training.servable.encoding import Matrix

if TYPE_CHECKING:
    from dask.array import Array
    from dask.distributed import Client

T = TypeVar("T")
R = TypeVar("R")

LARGE = 500_000
"""Loans from which on the model on all of them is boosted by all workers together."""
_LOOK_SECONDS, _MOST_ALONE_SECONDS = 15.0, 60.0
"""How often to look whether there is a worker while one waits for an answer, and how long a cluster may have none."""
_AHEAD = 2  # tasks for each thread of a worker, one that it works on and one that waits


class DaskRunner:
    """Tasks on the workers of a cluster, whose memory holds what they share; implements `Runner`."""

    def __init__(self, client: Client, large: int = LARGE) -> None:
        """Nothing is sent yet; `large` is the number of loans from which on one fit is spread."""
        self._client, self._large = client, large
        self._notes: dict[str, str] = {}

    def map(self, call: Callable[[T], R], items: Iterable[T], check: Callable[[], None] | None = None) -> Iterator[R]:
        """Answers in the order of the items; what `call` carries is sent to each worker once.

        Raises:
            UnavailableError: workers went down and the work could not be given to others.
        """
        from dask.distributed import KilledWorker

        shared = self._client.scatter(call, broadcast=True, hash=False)
        waiting: deque[Any] = deque()
        most = _AHEAD * sum(self._threads.values())
        try:
            for item in items:
                if check is not None:
                    check()
                waiting.append(self._client.submit(_call, shared, item, pure=False))
                if len(waiting) >= most:
                    yield self._answer(waiting.popleft())
            while waiting:
                yield self._answer(waiting.popleft())
        except KilledWorker as error:
            raise _worker_down(str(error)) from error
        finally:
            self._client.cancel(list(waiting))

    def _answer(self, task: Any) -> Any:
        """What a task answers, however long it works; work of a worker that ends is done again by another one."""
        alone = 0.0
        while alone <= _MOST_ALONE_SECONDS:
            try:
                return task.result(timeout=_LOOK_SECONDS)
            except TimeoutError:
                if task.done():  # it is the task's own error
                    raise
                alone = 0.0 if self._threads else alone + _LOOK_SECONDS
        raise _worker_down(f"no worker for {_MOST_ALONE_SECONDS:g} seconds")

    def spread(self, family: Family, rows: int) -> Family | None:
        """Boosting that serves, done by all workers together from very many loans on."""
        if rows < self._large or family.fit is not fit_monotone:
            return None
        self._notes["boosted_by"] = (
            f"xgboost.dask on {self._workers} workers, from {self._large} loans on; the bytes of the model may differ "
            "from those of one process"
        )
        return replace(family, fit=self._boost)

    @property
    def notes(self) -> Mapping[str, str]:
        """Whether a fit was spread."""
        return dict(self._notes)

    @property
    def _workers(self) -> int:
        return max(1, len(self._threads))

    @property
    def _threads(self) -> dict[str, int]:
        """Address of each worker to its threads."""
        found: Any = self._client.nthreads()
        return found

    def _boost(
        self, matrix: Matrix, label: NDArray[np.int8], directions: Sequence[int], seed: int, threads: int,
        settings: Mapping[str, Any] | None = None,
    ) -> bytes:  # fmt: skip
        """As `fit_monotone`, each worker with its share of the rows and all the threads it has."""
        import xgboost.dask

        wanted = {**usual(settings), "monotone_constraints": tuple(directions), "seed": seed}
        trees = wanted.pop("trees")
        with self._client.as_current():  # xgboost asks for the current one beside the one it is given
            loans = xgboost.dask.DaskDMatrix(self._client, self._parts(matrix), self._parts(label))
            made = xgboost.dask.train(self._client, wanted, loans, num_boost_round=trees)
        return bytes(made["booster"].save_raw(raw_format="ubj"))

    def _parts(self, rows: NDArray[Any]) -> Array:
        """Rows cut into one part for each worker, and sent there."""
        from dask.array import concatenate, from_delayed
        from dask.delayed import delayed

        cut = np.array_split(rows, self._workers)
        sent: Any = self._client.scatter(cut, hash=False)
        return concatenate(
            [from_delayed(delayed(there), part.shape, part.dtype) for there, part in zip(sent, cut, strict=True)]
        )


def _call(call: Callable[[T], R], item: T) -> R:
    return call(item)


def _worker_down(found: str) -> UnavailableError:
    return UnavailableError(
        "workers of the cluster ended before their work", code="worker", found=found[:200],
        expected="workers that live as long as the run", do="Look for a lack of memory there, then try again.",
    )  # fmt: skip
