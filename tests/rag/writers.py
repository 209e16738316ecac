"""Language models for tests: a faithful one, one that obeys whatever it reads, one that lies, and broken ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from lending.domain.errors import UnavailableError
from rag.ports import Piece, Task, Usage


def lines_of(task: Task) -> list[str]:
    """The claims as the model is given them."""
    return task.user.split("Reworded:")[0].removeprefix("Lines:\n").strip().splitlines()


class Writer:
    """Answers each task with the next of its texts, the last one again and again; counts what it was asked."""

    name = "a test's model"

    def __init__(self, *texts: str | Callable[[Task], str]) -> None:
        self.texts, self.tasks, self.stopped = list(texts), list[Task](), 0

    def write(self, task: Task) -> Iterator[Piece]:
        """The text in small pieces."""
        self.tasks.append(task)
        text = self.texts[min(len(self.tasks), len(self.texts)) - 1]
        told = text if isinstance(text, str) else text(task)
        done = False
        try:
            for start in range(0, len(told), 7):
                yield Piece(told[start : start + 7])
            yield Piece("", Usage(len(task.user) // 4, len(told) // 4, Decimal("0.0001")))
            done = True
        finally:
            self.stopped += not done


def faithful(task: Task) -> str:
    """The same with a plain word before it."""
    return "\n".join(f"So {line[:1].lower()}{line[1:]}" for line in lines_of(task))


def lying(task: Task) -> str:
    """Figures of its own in place of the slots."""
    return "\n".join(re.sub(r"\{[a-z_]+\}", "$1,234.56", line) for line in lines_of(task))


def turning(task: Task) -> str:
    """Every claim turned round, with every slot in its place."""
    turns = (("lower", "higher"), (" is ", " is not "), ("costs", "never costs"), ("cheapest", "dearest"),
             ("until", "after"), ("borrow", "lend"), ("recommend", "regret"))  # fmt: skip
    told: Sequence[str] = lines_of(task)
    for old, new in turns:
        told = [line.replace(old, new) for line in told]
    return "\n".join(told)


class Gone:
    """A model that cannot be reached."""

    name = "nobody"

    def write(self, task: Task) -> Iterator[Piece]:
        """Raises UnavailableError."""
        raise UnavailableError("there is no model", code="no_model")
        yield Piece("")


class Endless:
    """A model that never ends its line; each piece takes a second of the test's clock."""

    name = "slow"

    def __init__(self) -> None:
        self.now = 0.0

    def ticks(self) -> float:
        """Its own clock."""
        return self.now

    def write(self, task: Task) -> Iterator[Piece]:
        """A word a second."""
        while True:
            self.now += 1.0
            yield Piece("so ")
