"""A what-if surface from the record to its signed bytes, beside the model's own call on the same rows; and its reading.

Each surface is made of a customer and a product, the call of the model that it needed is then repeated alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bench.bank import champion, trained_bank
from bench.machine import against, median, quantile

if TYPE_CHECKING:
    from features.build import Columns
    from serving.assembly import Platform
    from serving.decide import LoanAsk
    from training.servable.package import PackageModel

BAR = 40.0  # milliseconds at p50, which is said beside p95 and the slowest
PEOPLE, WARM = 100, 10
SECURITY = {
    "car": "",
    "home": '{"kind": "property", "value": "320000"}',
    "gold": '{"kind": "gold", "weight_g": "80", "purity_k": 22}',
    "education": "",
}
SIDE, READ = 41, 7  # amounts and terms of a drawing; people whose surfaces are drawn


@dataclass
class Listening:
    """A champion that keeps the columns it is asked about; in all else the model itself."""

    model: PackageModel
    asked: list[Columns] = field(default_factory=list)

    def current(self) -> Listening:
        return self

    def predict(self, columns: Columns) -> Any:
        self.asked.append(columns)
        return self.model.predict(columns)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)


@dataclass(frozen=True)
class Made:
    """A surface, what it took, and the call of the model alone with its rows; milliseconds."""

    product: str
    body: bytes
    took: float
    model_took: float
    rows: int

    @property
    def parsed(self) -> Mapping[str, Any]:
        return json.loads(self.body)

    @property
    def cells(self) -> int:
        return sum(len(row) for row in self.parsed["cells"])


def run() -> dict[str, Any]:
    """Seed a bank, train, promote; then make surfaces of its customers for every product, and draw some of them."""
    with trained_bank() as place:
        made = list(_surfaces(place))
    took, ratios = [one.took for one in made], [one.took / one.model_took for one in made]
    return {
        "what": f"what-if surfaces of {PEOPLE} customers for {len(SECURITY)} products, record to signed bytes",
        "p50": against(median(took), BAR, "ms"),
        "p95": against(quantile(took, 0.95), BAR, "ms"),
        "slowest": against(max(took), BAR, "ms"),
        **{f"{product}, p50 and p95": _of(product, made) for product in SECURITY},
        "the same rows by the model alone, p50": f"{median([one.model_took for one in made]):.2f} ms",
        "ratio to the model alone, p50": f"{median(ratios):.1f} x",
        "rows asked of the model, p50 and most": _spread([one.rows for one in made]),
        "cells, p50 and most": _spread([one.cells for one in made]),
        "bytes, p50 and most": _spread([len(one.body) for one in made]),
        f"drawn as {SIDE} x {SIDE} in Python, p50": _drawn(made),
    }


def _surfaces(place: Platform) -> Iterator[Made]:
    """Each surface once with an ear to the model, which also warms up what is shared, then timed."""
    from serving.surface import Surfaces

    model, listening = champion(place), Listening(champion(place))
    heard = Surfaces(replace(place.quotes, champion=listening), place.surfaces.key)
    for number, (person, ask) in enumerate(_asks(place)):
        listening.asked.clear()
        heard.surface(person, ask)
        took, body = _timed(lambda person=person, ask=ask: place.surfaces.surface(person, ask))
        model_took, _ = _timed(lambda: [model.predict(columns) for columns in listening.asked])
        if number >= WARM:
            yield Made(ask.product, body, took, model_took, sum(_rows(columns) for columns in listening.asked))


def _asks(place: Platform) -> Iterator[tuple[str, LoanAsk]]:
    from serving.parse import surface_ask

    for person in place.customers.ids()[:PEOPLE]:
        beside = next((other for other, _ in place.customers.co_applicants(person)), "")
        for product, security in SECURITY.items():
            yield person, surface_ask(product, security, beside)


def _rows(columns: Columns) -> int:
    return len(next(iter(columns.values())))


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    found = act()
    return (time.perf_counter() - start) * 1000, found


def _of(product: str, made: Sequence[Made]) -> str:
    took = [one.took for one in made if one.product == product]
    return f"{median(took):.1f} and {quantile(took, 0.95):.1f} ms"


def _spread(counts: Sequence[int]) -> str:
    return f"{median(counts):,.0f} and {max(counts):,}"


def _drawn(made: Sequence[Made]) -> str:
    """Every point of a drawing with its terms, as a page reads it; where nothing is lent there are no terms to find."""
    lent = [one for one in made if any(cell["outcome"] == "approve" for row in one.parsed["cells"] for cell in row)]
    by_product = {product: [one.parsed for one in lent if one.product == product][:READ] for product in SECURITY}
    return ", ".join(f"{product} {median([_read(s) for s in found]):.0f} ms" for product, found in by_product.items())


def _read(surface: Mapping[str, Any]) -> float:
    from lending.domain.surface import Reader

    def draw() -> None:
        reader = Reader(surface)
        for amount, term in points:
            reader.at(amount, term)

    points = list(_drawing(surface["steps"]))
    return _timed(draw)[0]


def _drawing(steps: Mapping[str, Any]) -> Iterator[tuple[Any, int]]:
    """Amounts and terms from the product's least to its most, spread evenly."""
    from decimal import Decimal

    from lending.domain.money import to_cents

    low, high = (Decimal(steps[f"amount_{end}"]) for end in ("min", "max"))
    short, long = (int(steps[f"term_months_{end}"]) for end in ("min", "max"))
    for part in range(SIDE):
        amount = to_cents(low + (high - low) * part / (SIDE - 1))
        yield from ((amount, short + (long - short) * share // (SIDE - 1)) for share in range(SIDE))
