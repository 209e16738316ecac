"""Batches beside the bare booster on the same encoded rows, in turns: PD only, and full decisions with records."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from bench.bank import bare_booster, champion, trained_bank
from bench.machine import median

if TYPE_CHECKING:
    from lending.domain.application import Applicant, LoanRequest
    from serving.assembly import Platform
    from training.servable.package import PackageModel
    from training.servable.protocol import Columns

BAR = 0.5  # of the bare booster's rows a second
ROUNDS = 7
COPIES = 10  # of the book, so that a call is long enough to measure
ASKED = 400  # decisions a round, as many as two chunks of `candor decide`

Turn = Callable[[int], object]


def run() -> dict[str, Any]:
    """Seed a bank, train, promote; then time scoring the book and deciding new requests against the bare booster."""
    with trained_bank() as place:
        model = champion(place)
        book = _book(place, model)
        return {
            "what": f"batches against the bare booster on all cores, medians of {ROUNDS} rounds in turns",
            **_pd_only(model, book),
            **_decisions(place, model),
        }


def _pd_only(model: PackageModel, book: Columns) -> dict[str, str]:
    booster, matrix = bare_booster(model), model.encoding.matrix(book)

    def bare(_: int) -> None:
        booster.inplace_predict(matrix)

    ours, theirs = _in_turns([lambda _: model.predict(book), bare], len(matrix))
    return {
        "PD only, bare predict": _rate(theirs),
        "PD only, from columns to calibrated PD": f"{_rate(ours)}: {_verdict(ours, theirs)}",
    }


def _decisions(place: Platform, model: PackageModel) -> dict[str, str]:
    from serving.assess import assess_many, pds

    booster, people = bare_booster(model), place.customers.ids()
    pairs = _pairs(place, people)
    matrix = model.encoding.matrix(_columns(model, pairs))

    def bare(_: int) -> None:
        import xgboost

        rows = xgboost.DMatrix(matrix)
        booster.predict(rows)
        booster.predict(rows, pred_contribs=True)

    def decide(number: int) -> None:
        asked = [(person, _ask(number * ASKED + n), None) for n, person in enumerate(people[:ASKED])]
        place.quotes.quote_many(asked, channel="bench", actor="bench")

    turns: list[Turn] = [decide, lambda _: assess_many(model, pairs), lambda _: pds(model, pairs), bare]
    ours, assessed, scored, theirs = _in_turns(turns, ASKED)
    return {
        "with contributions, bare predict + contributions": _rate(theirs),
        "full decisions, facts to durable records": f"{_rate(ours)}: {_verdict(ours, theirs)}",
        "people and requests to assessments": f"{_rate(assessed)}, {_ratio(assessed, theirs):.2f} x of the bare calls",
        "people and requests to PDs": f"{_rate(scored)}, {_ratio(scored, theirs):.2f} x of the bare calls",
    }


def _in_turns(turns: Sequence[Turn], rows: int) -> list[list[float]]:
    """Rows a second of each turn in each round, after one that warms up."""
    rates: list[list[float]] = [[] for _ in turns]
    for number in range(ROUNDS + 1):
        for turn, found in zip(turns, rates, strict=True):
            start = time.perf_counter()
            turn(number)
            found.append(rows / (time.perf_counter() - start))
    return [found[1:] for found in rates]


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return median([a / b for a, b in zip(ours, theirs, strict=True)])


def _verdict(ours: Sequence[float], theirs: Sequence[float]) -> str:
    ratio, rounds = _ratio(ours, theirs), [a / b for a, b in zip(ours, theirs, strict=True)]
    within = f"{'within' if ratio >= BAR else 'MISSES'} the bar of {BAR:g} x"
    return f"{ratio:.2f} x (rounds {min(rounds):.2f} to {max(rounds):.2f}; {within})"


def _rate(rates: Sequence[float]) -> str:
    return f"{median(rates):,.0f} rows/s"


def _book(place: Platform, model: PackageModel) -> Columns:
    import numpy as np

    from features.build import columns_from_frame
    from training.fit import take

    columns = columns_from_frame(place.datasets.load("demo_bank").frame, model.feature_set)
    return take(columns, np.tile(np.arange(len(columns["amount"])), COPIES))


def _pairs(place: Platform, people: Sequence[str]) -> list[tuple[Applicant, LoanRequest]]:
    from lending.domain.application import LoanRequest

    day = place.clock.now().date()
    return [
        (place.customers.facts(person, day), LoanRequest("car", _ask(n).amount, 48))
        for n, person in enumerate(people[:ASKED])
    ]


def _columns(model: PackageModel, pairs: Sequence[tuple[Applicant, LoanRequest]]) -> Columns:
    from features.build import columns_for, online_rows

    return columns_for(online_rows(pairs, model.feature_set.names), model.feature_set)


def _ask(number: int) -> Any:
    from lending.domain.money import money
    from serving.decide import LoanAsk

    return LoanAsk("car", money(f"{9000 + number}.00"), 48)
