"""Batches beside the bare booster on the same encoded rows, in turns, with records and without; one worker and two."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from bench.bank import bare_booster, champion, trained_bank
from bench.book import on_workers
from bench.machine import median

if TYPE_CHECKING:
    from flows.batch_workers import Workers
    from lending.domain.application import Applicant, LoanRequest
    from serving.assembly import Platform
    from training.servable.package import PackageModel
    from training.servable.protocol import Columns

BAR = 0.5  # of the bare booster's rows a second
ROUNDS = 7
COPIES, COPIES_SPREAD = 10, 80  # of the book, so that a call is long enough to measure, and worth spreading
ASKED = 4000  # decisions a round, as many as eight chunks of `candor decide`

Turn = Callable[[int], object]


def run() -> dict[str, Any]:
    """Seed a bank, train, promote; then time scoring the book and deciding new requests against the bare booster."""
    with trained_bank() as place:
        model = champion(place)
        book = _book(place, model, COPIES)
        return {
            "what": f"batches against the bare booster on all cores, medians of {ROUNDS} rounds in turns",
            **_pd_only(model, book),
            **on_workers(model, _book(place, model, COPIES_SPREAD)),
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
    from flows.batch_workers import Workers
    from serving.assess import assess_many, pds

    booster, pairs = bare_booster(model), _pairs(place)
    matrix, cores = model.encoding.matrix(_columns(model, pairs)), os.cpu_count() or 1

    def bare(_: int) -> None:
        import xgboost

        rows = xgboost.DMatrix(matrix)
        booster.predict(rows)
        booster.predict(rows, pred_contribs=True)

    begun = time.perf_counter()
    with Workers(place.settings, cores) as workers, TemporaryDirectory() as folder:
        alone, together = _file(place, Path(folder), None), _file(place, Path(folder), workers)
        together(-1)
        started = time.perf_counter() - begun
        turns: list[Turn] = [together, alone, lambda _: assess_many(model, pairs), lambda _: pds(model, pairs), bare]
        ours, one, assessed, scored, theirs = _in_turns(turns, ASKED)
    return {
        "with contributions, bare predict + contributions": _rate(theirs),
        f"full decisions, file to durable records, {cores} processes": f"{_rate(ours)}: {_verdict(ours, theirs)}",
        "the same in one process": f"{_rate(one)}, {_ratio(one, theirs):.2f} x of the bare calls",
        f"what {cores} processes take to start, with their first {ASKED:,} lines": f"{started:.1f} s",
        "people and requests to assessments": f"{_rate(assessed)}, {_ratio(assessed, theirs):.2f} x of the bare calls",
        "people and requests to PDs": f"{_rate(scored)}, {_ratio(scored, theirs):.2f} x of the bare calls",
    }


def _file(place: Platform, folder: Path, workers: Workers | None) -> Turn:
    """Decides a file of requests that nobody made before, by `candor decide`'s own function."""
    from flows.batch import decide_lines

    people, first = place.customers.ids(), 1 if workers else 2

    def decide(number: int) -> None:
        source = folder / "in.jsonl"
        amounts = [f"{9000 + n}.{first + 2 * (number + 1):02d}" for n in range(ASKED)]
        asked = [
            {"customer": people[n % len(people)], "product": "car", "amount": amount, "term_months": 48}
            for n, amount in enumerate(amounts)
        ]
        source.write_text("".join(json.dumps(one) + "\n" for one in asked), encoding="utf-8")
        if decide_lines(place.quotes, source, folder / "out.jsonl", workers)["failed"]:
            raise SystemExit("the bench asked for what cannot be decided")

    return decide


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


def _book(place: Platform, model: PackageModel, copies: int) -> Columns:
    import numpy as np

    from features.build import columns_from_frame
    from training.fit import take

    columns = columns_from_frame(place.datasets.load("demo_bank").frame, model.feature_set)
    rows = len(next(iter(columns.values())))
    return take(columns, np.tile(np.arange(rows), copies))


def _pairs(place: Platform) -> list[tuple[Applicant, LoanRequest]]:
    from lending.domain.application import LoanRequest
    from lending.domain.money import money

    people, day = place.customers.ids(), place.clock.now().date()
    facts = place.customers.facts_many(people, day)
    return [(facts[people[n % len(people)]], LoanRequest("car", money(f"{9000 + n}.00"), 48)) for n in range(ASKED)]


def _columns(model: PackageModel, pairs: Sequence[tuple[Applicant, LoanRequest]]) -> Columns:
    from features.build import online_columns

    return online_columns(pairs, model.feature_set)
