"""One decision in process, from facts to the durable record, beside the bare model call on the same rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bench.bank import bare_booster, champion, trained_bank
from bench.machine import against, median, quantile

if TYPE_CHECKING:
    from serving.assembly import Platform

RUNS = 400
WARM = 40
P50_BAR, P95_BAR = 2.0, 5.0  # milliseconds


def run() -> dict[str, Any]:
    """Seed a bank in a folder of its own, train, promote, and time decisions that were never asked before."""
    with trained_bank() as place:
        return _measure(place)


def _measure(place: Platform) -> dict[str, Any]:
    from lending.domain.money import money
    from serving.decide import LoanAsk

    people = place.customers.ids()[:RUNS]

    def decide(n: int) -> None:
        ask = LoanAsk("car", money(f"{9000 + n}.00"), 48)
        place.quotes.quote(people[n % len(people)], ask, channel="bench", actor="bench")

    score, bare = _model_alone(place)
    ours, scored, library = _times(decide), _times(score), _times(bare)
    p50, p95, alone = median(ours), quantile(ours, 0.95), median(library)
    return {
        "what": "one decision in process, eligibility to durable SQLite record",
        "p50": against(p50, P50_BAR, "ms"),
        "p95": against(p95, P95_BAR, "ms"),
        "PD and contributions of the served model, p50": f"{median(scored):.3f} ms",
        "the same of the bare library, p50": f"{alone:.2f} ms",
        "ratio to the bare library": f"{p50 / alone:.2f} x",
        "decisions": RUNS,
    }


def _model_alone(place: Platform) -> tuple[Callable[[int], object], Callable[[int], object]]:
    """PD and contributions of one row: as served, and by the library from the encoded row."""
    import xgboost

    from features.build import columns_for, online_values
    from lending.domain.application import LoanRequest
    from lending.domain.money import money

    model = champion(place)
    booster = bare_booster(model)
    booster.set_param({"nthread": 1})  # sooner for one row
    person = place.customers.facts("C00001", place.clock.now().date())
    values = online_values(person, LoanRequest("car", money("9000"), 48), model.feature_set.names)
    columns = columns_for([values], model.feature_set)
    matrix = model.encoding.matrix(columns)

    def bare(_: int) -> None:
        row = xgboost.DMatrix(matrix, nthread=1)
        booster.predict(row)
        booster.predict(row, pred_contribs=True)

    return lambda _: model.score(columns), bare


def _times(act: Callable[[int], object]) -> list[float]:
    """Milliseconds of each run after a warm-up."""
    for n in range(WARM):
        act(-1 - n)
    times: list[float] = []
    for n in range(RUNS):
        start = time.perf_counter()
        act(n)
        times.append((time.perf_counter() - start) * 1000)
    return times
