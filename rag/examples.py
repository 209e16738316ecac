"""Which of many examples a text means nearest the same as; they are embedded once, beside everything else."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event, Lock, Thread

import numpy as np

from lending.domain.errors import UnavailableError
from rag.ports import Embedder, Vectors


class Examples:
    """Named texts and their vectors. A question never waits long for them: without, it is read by its words alone."""

    def __init__(self, told: Sequence[tuple[str, str]], embedder: Embedder, patience: float) -> None:
        """Nothing is embedded yet.

        Args:
            told: (name, text) of every example.
            embedder: what tells how near two texts are.
            patience: seconds that a question waits for the vectors, the first time.
        """
        self._told, self._embedder, self._patience = tuple(told), embedder, patience
        self._vectors: Vectors | None = None
        self._begun, self._done, self._lock = False, Event(), Lock()

    def prepare(self) -> None:
        """Begin to embed in a thread of its own, unless that was begun before."""
        with self._lock:
            if self._begun:
                return
            self._begun = True
            self._done.clear()
        Thread(target=self._embed, name="examples", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Whether the vectors are there, waiting for them at most so long."""
        self.prepare()
        return self._done.wait(seconds) and self._vectors is not None

    def nearest(self, text: str) -> tuple[str, float]:
        """Name of the nearest example and its cosine; ("", 0) while there are no vectors."""
        if not self.wait(self._patience) or self._vectors is None:
            return "", 0.0
        try:
            scores = self._vectors @ self._embedder.embed([text])[0]
        except UnavailableError:
            return "", 0.0
        best = int(np.argmax(scores))
        return self._told[best][0], float(scores[best])

    def _embed(self) -> None:
        try:
            self._vectors = self._embedder.embed([text for _, text in self._told])
        except UnavailableError:
            self._begun = False  # the next question tries again
        finally:
            self._done.set()
