"""How often one person may ask for what costs work: numbers from kb/limits.yaml, counted in this process."""

from __future__ import annotations

import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from lending.domain.errors import InputError
from lending.domain.policy_leaves import keys_of, number_of, refuse, text_of, tree_of, words_of
from lending.ports import Brake
from lending.yaml_text import read_tree

FILE = "limits.yaml"
BRAKES = ("name_from_source", "name", "source")
HELD = ("streams", "body_seconds")
_MOST_KEPT = 50_000
_A_WHILE = 5.0
"""Seconds after which one of the open streams has usually ended."""


class TooOftenError(InputError):
    """The next request of this kind must wait `wait_seconds`."""

    def __init__(self, wait_seconds: float) -> None:
        self.wait_seconds = math.ceil(wait_seconds)
        super().__init__(
            f"this was asked too often; wait {self.wait_seconds} seconds", code="too_often",
            found="too many requests in a short time", expected=f"the next one in {self.wait_seconds} seconds",
            do=f"Wait {self.wait_seconds} seconds and try again.",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rate:
    """`most` requests within `seconds`, at some addresses together."""

    name: str
    most: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """The file: brakes of the sign-in, the rate of each limited address, and what one may hold open.

    Attributes:
        streams: answers that one person may read as streams at a time.
        body_seconds: longest time in which the body of a request comes.
    """

    brakes: Mapping[str, Brake]
    rates: Mapping[str, Rate]
    streams: int = 8
    body_seconds: float = 60.0


def read_limits(text: str) -> Limits:
    """The file's text, read strictly. Raises PolicyError naming the place."""
    tree = keys_of(read_tree(FILE, text), FILE, ("sign_in", "requests", "held_open"))
    brakes = {name: _brake(value, name) for name, value in keys_of(tree["sign_in"], FILE, BRAKES).items()}
    rates: dict[str, Rate] = {}
    for name, value in tree_of(tree["requests"], f"{FILE}: requests").items():
        rate, addresses = _rate(name, value)
        for address in addresses:
            if address in rates:
                refuse(f"{FILE}: {address}", "limited twice", "each address once")
            rates[address] = rate
    held = keys_of(tree["held_open"], FILE, HELD)
    streams, seconds = (_above_zero(held, name, f"{FILE}: held_open") for name in HELD)
    return Limits(brakes, rates, int(streams), seconds)


def open_limits(kb: Path) -> Limits:
    """The limits below a folder. Raises PolicyError when the file is wrong."""
    return read_limits((kb / FILE).read_text(encoding="utf-8"))


class Limiter:
    """Counts in memory, for each process by itself; the people longest unseen are forgotten first."""

    def __init__(self, rates: Mapping[str, Rate], now: Callable[[], float] = time.monotonic) -> None:
        self._rates, self._now = rates, now
        self._left: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def check(self, address: str, who: str) -> None:
        """Count a request; an address without a limit is let through.

        Args:
            address: method and rule, such as `POST /portal/events`, or `callback` and its id.
            who: whom it counts for.

        Raises:
            TooOftenError: beyond the limit; such a request does not count.
        """
        rate = self._rates.get(address)
        if rate is None:
            return
        with self._lock:
            wait = self._take(rate, (rate.name, who))
        if wait > 0:
            raise TooOftenError(wait)

    def _take(self, rate: Rate, key: tuple[str, str]) -> float:
        """Seconds to wait, or 0 with one request taken from what the key has left."""
        now, each = self._now(), rate.seconds / rate.most
        left, seen = self._left.get(key, (float(rate.most), now))
        left = min(float(rate.most), left + (now - seen) / each)
        wait = 0.0 if left >= 1 else (1 - left) * each
        self._left[key] = (left - 1 if not wait else left, now)
        self._left.move_to_end(key)
        if len(self._left) > _MOST_KEPT:
            self._left.popitem(last=False)
        return wait


class OpenStreams:
    """How many answers each person reads as streams in this process at the moment."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()
        self._lock = Lock()

    def enter(self, who: str) -> None:
        """Count one that begins. Raises TooOftenError beyond the limit; `leave` ends what was counted."""
        with self._lock:
            if self._open[who] >= self._most:
                raise TooOftenError(_A_WHILE)
            self._open[who] += 1

    def leave(self, who: str) -> None:
        """One has ended."""
        with self._lock:
            self._open[who] -= 1
            if self._open[who] <= 0:
                del self._open[who]


def _brake(value: object, name: str) -> Brake:
    at = f"{FILE}: sign_in.{name}"
    tree = keys_of(value, at, ("free", "longest", "forgets"))
    free, longest, forgets = (_above_zero(tree, key, at) for key in ("free", "longest", "forgets"))
    return Brake(int(free), longest, forgets)


def _rate(name: str, value: object) -> tuple[Rate, tuple[str, ...]]:
    at = f"{FILE}: requests.{name}"
    tree = keys_of(value, at, ("description", "most", "seconds", "where"))
    text_of(tree["description"], at)
    return Rate(name, int(_above_zero(tree, "most", at)), _above_zero(tree, "seconds", at)), words_of(tree["where"], at)


def _above_zero(tree: Mapping[str, object], key: str, at: str) -> float:
    found = float(number_of(tree[key], f"{at}.{key}"))
    if found <= 0:
        refuse(f"{at}.{key}", str(found), "a number above zero")
    return found
