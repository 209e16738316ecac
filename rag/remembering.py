"""A model that is not asked the same twice, for tasks that hold nobody's data.

Claims with open slots are alike for all who get the same kind of answer, so the second reader does not wait.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock

from rag.ports import LanguageModel, Piece, Task, Usage

MOST_KEPT = 500
_Key = tuple[str, str, str | None, int, int]


class RememberingModel:
    """`LanguageModel` around another one; whole texts are remembered in this process. Safe to share between threads."""

    def __init__(self, model: LanguageModel) -> None:
        self._model, self._lock = model, Lock()
        self._kept: OrderedDict[_Key, str] = OrderedDict()

    @property
    def name(self) -> str:
        """The inner model's."""
        return self._model.name

    def write(self, task: Task) -> Iterator[Piece]:
        """The text as before, at no cost, or anew; one that was broken off is not remembered."""
        key = (task.system, task.user, task.grammar, task.most_tokens, task.seed)
        known = self._get(key)
        if known is not None:
            yield Piece(known, Usage())
            return
        told: list[str] = []
        stream = self._model.write(task)
        try:
            for piece in stream:
                told.append(piece.text)
                yield piece
        finally:
            if close := getattr(stream, "close", None):
                close()
        self._keep(key, "".join(told))

    def _keep(self, key: _Key, text: str) -> None:
        with self._lock:
            self._kept[key] = text
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)

    def _get(self, key: _Key) -> str | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)
