"""Care around any language model: a time limit, a few tries, a rest after failures, and a cap on money."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date
from decimal import Decimal
from typing import Protocol

from lending.breaker import Breaker
from lending.domain.errors import UnavailableError
from lending.errand import took
from lending.ports import Clock
from rag.ports import LanguageModel, Piece, Task
from rag.prices import FREE, Price
from rag.pump import Pump, Take, TimeIsOverError
from rag.unavailable import BLOCKED, CAP, FAULT, MISSING, REFUSED, RESTING, TIME, unavailable

CHARACTERS_A_TOKEN = 3
"""Fewer than usual, so that a guess at the tokens of a broken-off call is rather too high than too low."""
LONGEST_TOKEN = 24
"""Characters that a token has on average at the very most; a text beyond that times its tokens runs on without end."""


class Spend(Protocol):
    """What texts have cost."""

    def spent(self, day: date) -> Decimal:
        """US dollars of all texts written on a day (UTC), by any process."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of everything a model may take.

    Attributes:
        seconds: for one text, tries included, however long a task allows.
        tries: of one text, as long as nothing of it has come; at least 1.
        failures: in a row, after which the model rests; at least 1.
        rest_seconds: how long it rests.
        daily_cap_usd: no call once a day has cost so much; None for a model that costs nothing.
    """

    seconds: float
    tries: int
    failures: int
    rest_seconds: float
    daily_cap_usd: Decimal | None = None


class CarefulModel:
    """A language model that keeps its limits and raises UnavailableError alone. Safe to share between threads."""

    def __init__(self, model: LanguageModel, limits: Limits, spend: Spend, clock: Clock, price: Price = FREE) -> None:
        self._model, self._limits, self._spend, self._clock, self._price = model, limits, spend, clock, price
        self._breaker = Breaker(limits.failures, limits.rest_seconds, clock)
        self._guessed: defaultdict[date, Decimal] = defaultdict(Decimal)
        self._lock = threading.Lock()

    @property
    def breaker(self) -> Breaker:
        """What leaves the model alone after failures in a row."""
        return self._breaker

    @property
    def name(self) -> str:
        """The model's own name."""
        return self._model.name

    def write(self, task: Task) -> Iterator[Piece]:
        """The text, piece by piece. See `LanguageModel.write`.

        Raises:
            UnavailableError: as every model; besides, the model rests, or the day's money is spent.
        """
        self._refuse_at_the_cap()
        if not self._breaker.lets_through():
            text = f"the language model failed {self._limits.failures} times in a row and is left alone for a while"
            raise unavailable(RESTING, text)
        task = replace(task, seconds=min(task.seconds, self._limits.seconds))
        with closing(self._counted(task)) as pieces:
            yield from pieces

    def _counted(self, task: Task) -> Generator[Piece, None, None]:
        """Tell the breaker how it went, and keep a guess at the cost of what broke off without a count."""
        text, counted, began = "", False, time.time_ns()
        try:
            for piece in self._tried(task):
                text, counted = text + piece.text, counted or piece.usage is not None
                _check_length(text, task)
                yield piece
        except UnavailableError as error:
            if error.code not in (MISSING, REFUSED, BLOCKED):
                self._breaker.failed()
            raise
        else:
            self._breaker.passed()
        finally:
            took("model", began)
            if text and not counted:
                self._guess(task, text)

    def _tried(self, task: Task) -> Iterator[Piece]:
        first, others = self._begun(task, time.monotonic() + task.seconds)
        yield from first
        yield from others

    def _begun(self, task: Task, until: float) -> tuple[list[Piece], Iterator[Piece]]:
        """Try until the first words come; what breaks after them is not tried again."""
        import stamina

        tries = stamina.retry_context(_is_worth_another_try, attempts=self._limits.tries, timeout=task.seconds)
        for attempt in tries:
            with attempt:
                pieces = self._timed(replace(task, seconds=max(0.0, until - time.monotonic())))
                return _begun_or_blocked(pieces)
        raise unavailable(FAULT, "the language model was not tried")

    def _timed(self, task: Task) -> Generator[Piece, None, None]:
        """The model on a thread of its own, so that one that hangs is left behind."""
        pump: Pump[Piece] = Pump(lambda take: _write(self._model, task, take), "careful language model")
        try:
            for piece in pump.items(task.seconds):
                if not isinstance(piece, Piece) or not isinstance(piece.text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
                    raise unavailable(FAULT, f"the language model gave {type(piece).__name__} instead of text")
                yield piece
        except TimeIsOverError:
            raise unavailable(TIME, f"the language model was not done within {task.seconds:.3g} s") from None
        except (UnavailableError, GeneratorExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # a model may break in any way, even by trying to exit; its text is never needed
            raise unavailable(FAULT, f"the language model broke off: {type(error).__name__}") from error

    def _refuse_at_the_cap(self) -> None:
        cap = self._limits.daily_cap_usd
        if cap is None:
            return
        today = self._clock.now().astimezone(UTC).date()
        spent = self._spend.spent(today) + self._guessed[today]
        if spent >= cap:
            raise unavailable(CAP, f"texts of today have cost {spent:.2f} US dollars; the cap is {cap:.2f}")

    def _guess(self, task: Task, text: str) -> None:
        read, written = len(task.system) + len(task.user), len(text)
        cost = self._price.of(-(-read // CHARACTERS_A_TOKEN), -(-written // CHARACTERS_A_TOKEN))
        with self._lock:
            self._guessed[self._clock.now().astimezone(UTC).date()] += cost


def _write(model: LanguageModel, task: Task, take: Take[Piece]) -> None:
    pieces = model.write(task)
    try:
        for piece in pieces:
            if take(piece):
                return
    finally:
        if close := getattr(pieces, "close", None):
            close()


def _begun_or_blocked(pieces: Iterator[Piece]) -> tuple[list[Piece], Iterator[Piece]]:
    """The first words and the pieces after them; of a text that was kept back, what it took and then the error."""
    read: list[Piece] = []
    try:
        return _first_words(pieces, read), pieces
    except UnavailableError as error:
        if error.code != BLOCKED:
            raise
        return read, _raising(error)


def _raising(error: UnavailableError) -> Iterator[Piece]:
    raise error
    yield  # a generator: it raises when it is read


def _first_words(pieces: Iterator[Piece], read: list[Piece]) -> list[Piece]:
    """Everything up to the first piece that says something, added to what was read.

    Raises:
        UnavailableError: nothing was said.
    """
    for piece in pieces:
        read.append(piece)
        if piece.text.strip():
            return read
    raise unavailable(FAULT, "the language model said nothing")


def _is_worth_another_try(error: Exception) -> bool:
    return isinstance(error, UnavailableError) and error.code == FAULT


def _check_length(text: str, task: Task) -> None:
    if len(text) > LONGEST_TOKEN * task.most_tokens:
        raise unavailable(FAULT, f"the language model runs on beyond {task.most_tokens} tokens")
