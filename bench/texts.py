"""A decision put in words by template, chained and noted, beside the decision itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bench.bank import trained_bank
from bench.machine import against, median, quantile

if TYPE_CHECKING:
    from serving.assembly import Platform

RUNS, WARM = 200, 20
BAR = 50.0  # milliseconds at p95


def run() -> dict[str, Any]:
    """Seed a bank, train, promote, index the documents; then decide and explain, in turns."""
    with trained_bank() as place:
        place.knowledge.index("bench", lambda *_: None)
        _turns(place, range(-WARM, 0))
        decided, told, beside = _turns(place, range(RUNS))
    return {
        "what": f"a decision with offers explained by template, {RUNS} requests, deciding and explaining in turns",
        "explanation with sources, chained and noted, p50": f"{median(told):.2f} ms",
        "explanation with sources, chained and noted, p95": against(quantile(told, 0.95), BAR, "ms"),
        "text beside an answer, nothing written, p95": f"{quantile(beside, 0.95):.2f} ms",
        "the decision with its offers in the same run, p50": f"{median(decided):.2f} ms",
        "ratio to the decision, p50": f"{median(told) / median(decided):.2f} x",
    }


def _turns(place: Platform, numbers: range) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds of deciding, of explaining, and of the text that stands beside an answer."""
    from serving.beside import text_beside

    people = place.customers.ids()
    decided, told, beside = list[float](), list[float](), list[float]()
    for number in numbers:
        customer = people[number % RUNS]
        start = time.perf_counter()
        quote = place.advice.quote(customer, _ask(number), channel="bench", actor="bench")
        decision = time.perf_counter()
        for _ in place.words.explanation(customer, quote["decision_id"], "bench"):
            pass
        explained = time.perf_counter()
        text_beside(quote, place.sources, place.policy.current)
        done = time.perf_counter()
        decided.append((decision - start) * 1000)
        told.append((explained - decision) * 1000)
        beside.append((done - explained) * 1000)
    return decided, told, beside


def _ask(number: int) -> Any:
    """A car loan that nobody asked for before."""
    from lending.domain.money import money
    from serving.decide import LoanAsk

    return LoanAsk("car", money(f"{9_000 + number}.25"), 48)
