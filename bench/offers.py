"""A decision with its offers, kept and chained, beside the plain decision; requests that were never made before.

A plain decision and one with offers take turns, so that whatever else the machine does falls on both.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench.bank import trained_bank
from bench.machine import against, median, quantile

if TYPE_CHECKING:
    from serving.assembly import Platform

RUNS, WARM = 300, 30
BAR = 15.0  # milliseconds at p50
USUAL, LARGE = 9_000, 60_000  # what the smallest request of each kind asks for

APPROVED = "approve with offers"

Act = Callable[[int], Mapping[str, Any]]


def run() -> dict[str, Any]:
    """Seed a bank, train, promote; then ask for loans of the usual size, and for some that are too large for most."""
    with trained_bank() as place:
        acts = [_plain(place), _with_offers(place)]
        _in_turns(acts, USUAL, range(-WARM, 0))
        alone, usual = _in_turns(acts, USUAL, range(RUNS))
        _, large = _in_turns(acts, LARGE, range(RUNS))
    every, offered = usual.of(""), usual.of(APPROVED)
    return {
        "what": f"decisions with offers, request to durable record, {RUNS} of each size in turns with plain",
        "every request, p50": against(median(every), BAR, "ms"),
        "every request, p95": f"{quantile(every, 0.95):.2f} ms",
        f"{APPROVED}, p50": against(median(offered), BAR, "ms"),
        f"{APPROVED}, p95": f"{quantile(offered, 0.95):.2f} ms",
        "the plain decision in the same run": _words(alone.of("")),
        "ratio to the plain decision, p50": f"{median(every) / median(alone.of('')):.1f} x",
        "of these time of the processor, p50": f"{median(usual.busy):.2f} ms, plain {median(alone.busy):.2f} ms",
        **{f"of these, {kind}": words for kind, words in usual.by_kind().items()},
        **{f"large wishes, {kind}": words for kind, words in large.by_kind().items()},
    }


@dataclass
class Turns:
    """What came back each time, and the milliseconds by the clock and of the processor."""

    kinds: list[str] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    def take(self, act: Act, number: int) -> None:
        start, worked = time.perf_counter(), time.process_time()
        said = act(number)
        self.busy.append((time.process_time() - worked) * 1000)
        self.took.append((time.perf_counter() - start) * 1000)
        self.kinds.append(_kind(said))

    def of(self, kind: str) -> list[float]:
        """Milliseconds of a kind, "" for all. Raises SystemExit when there was none, so there is nothing to say."""
        found = [t for k, t in zip(self.kinds, self.took, strict=True) if kind in ("", k)]
        if not found:
            raise SystemExit(f"no request was answered {kind!r}; choose other amounts")
        return found

    def by_kind(self) -> dict[str, str]:
        return {kind: f"{self.kinds.count(kind)}, {_words(self.of(kind))}" for kind in sorted(set(self.kinds))}


def _plain(place: Platform) -> Act:
    people = place.customers.ids()
    return lambda n: place.quotes.quote(people[n % RUNS], _ask(n, "00"), channel="bench", actor="bench")


def _with_offers(place: Platform) -> Act:
    people = place.customers.ids()
    return lambda n: place.advice.quote(people[n % RUNS], _ask(n, "50"), channel="bench", actor="bench")


def _ask(number: int, cents: str) -> Any:
    """A car loan that nobody asked for before: each number and each kind of cents is asked once."""
    from lending.domain.money import money
    from serving.decide import LoanAsk

    return LoanAsk("car", money(f"{number}.{cents}"), 48)


def _in_turns(acts: Sequence[Act], size: int, numbers: range) -> list[Turns]:
    found = [Turns() for _ in acts]
    for number in numbers:
        for act, turns in zip(acts, found, strict=True):
            turns.take(act, size + number)
    return found


def _kind(said: Mapping[str, Any]) -> str:
    """What a decision came with."""
    beside = [name for name, there in (("offers", said["offers"]), ("a plan", said["recourse"])) if there]
    return f"{said['outcome']} with {' and '.join(beside) or 'neither offers nor plan'}"


def _words(times: Sequence[float]) -> str:
    return f"p50 {median(times):.2f} ms, p95 {quantile(times, 0.95):.2f} ms"
