"""One call for those who come at the same time: the first to get its turn does the work of all who wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True)
class _Waiting(Generic[T, R]):
    item: T
    done: bool = False
    answer: R | None = None
    error: BaseException | None = None


class SharedCall(Generic[T, R]):
    """Hands what several threads bring at a time to one call; each goes on with its own answer.

    Nobody waits for company: who comes alone is served alone, and while one group is served the next one gathers.
    """

    def __init__(self, act: Callable[[Sequence[T]], Sequence[R]]) -> None:
        """`act` answers each item, in order and in a limited time; what it raises is raised to the whole group."""
        self._act = act
        self._turn, self._gate = Lock(), Lock()
        self._group: list[_Waiting[T, R]] = []

    def do(self, item: T) -> R:
        """The answer to an item. Raises whatever `act` raised for the group that it was in."""
        mine: _Waiting[T, R] = _Waiting(item)
        with self._gate:
            self._group.append(mine)
        with self._turn:
            if not mine.done:
                self._lead()
        if mine.error is not None:
            raise mine.error
        return cast("R", mine.answer)

    def _lead(self) -> None:
        with self._gate:
            group, self._group = self._group, []
        try:
            for one, answer in zip(group, self._act([one.item for one in group]), strict=True):
                one.answer = answer
        except BaseException as error:
            for one in group:
                one.error = error
        for one in group:
            one.done = True
