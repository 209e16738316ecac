"""A decision with its offers, kept and chained, beside the plain decision; requests that were never made before.

A plain decision and one with offers take turns, so that whatever else the machine does falls on both.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bench.bank import trained_bank
from bench.machine import against, median, quantile

if TYPE_CHECKING:
    from serving.assembly import Platform

RUNS, WARM = 300, 30
BAR = 15.0  # milliseconds at p50
USUAL, LARGE = 9_000, 60_000  # what the smallest request of each kind asks for

Act = Callable[[int], Mapping[str, Any]]


def run() -> dict[str, Any]:
    """Seed a bank, train, promote; then ask for loans of the usual size, and for some that are too large for most."""
    with trained_bank() as place:
        plain, full = _plain(place), _with_offers(place)
        _in_turns([plain, full], USUAL, range(-WARM, 0))
        (_, alone), (said, took) = _in_turns([plain, full], USUAL, range(RUNS))
        _, (large_said, large) = _in_turns([plain, full], LARGE, range(RUNS))
    return {
        "what": f"decisions with offers, request to durable record with offers, {RUNS} of each size",
        "p50": against(median(took), BAR, "ms"),
        "p95": f"{quantile(took, 0.95):.2f} ms",
        "the plain decision in the same run": _words(alone),
        "ratio to the plain decision, p50": f"{median(took) / median(alone):.1f} x",
        **{f"of these, {kind}": words for kind, words in _by_outcome(said, took).items()},
        **{f"large wishes, {kind}": words for kind, words in _by_outcome(large_said, large).items()},
    }


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


def _in_turns(acts: Sequence[Act], size: int, numbers: range) -> list[tuple[list[str], list[float]]]:
    """Outcomes and milliseconds of each act."""
    found: list[tuple[list[str], list[float]]] = [([], []) for _ in acts]
    for number in numbers:
        for act, (outcomes, took) in zip(acts, found, strict=True):
            start = time.perf_counter()
            said = act(size + number)
            took.append((time.perf_counter() - start) * 1000)
            outcomes.append(_kind(said))
    return found


def _kind(said: Mapping[str, Any]) -> str:
    """What a decision came with."""
    beside = [name for name, there in (("offers", said["offers"]), ("a plan", said["recourse"])) if there]
    return f"{said['outcome']} with {' and '.join(beside) or 'neither offers nor plan'}"


def _by_outcome(kinds: Sequence[str], took: Sequence[float]) -> dict[str, str]:
    shares = {kind: [t for k, t in zip(kinds, took, strict=True) if k == kind] for kind in sorted(set(kinds))}
    return {kind: f"{len(times)}, {_words(times)}" for kind, times in shares.items()}


def _words(times: Sequence[float]) -> str:
    return f"p50 {median(times):.2f} ms, p95 {quantile(times, 0.95):.2f} ms"
