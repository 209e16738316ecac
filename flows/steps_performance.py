"""How the model does: the bank's own decisions, or a data set under its champion; measured, and alarms raised."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lending.domain.errors import NotFoundError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from features.dataset import DataSet
    from serving.assembly import Platform
    from serving.loans import Loans
    from serving.monitor import Period
    from serving.performance import Finding, Released
    from training.servable.protocol import ServableModel

KIND = "performance"
PERIODS: Sequence[Period] = ("quarter", "month")
"""What a measurement cuts time into."""
_HALF_OF_95 = 1.96
_NO_LOANS = "no_loans"


def performance_of(data: str, period: str, product: str = "") -> dict[str, Any]:
    """One view, as `candor monitor performance --json` prints it: see `serving.performance.performance`.

    Args:
        data: a data set, or `live`.
        period: what time is cut into.
        product: one loan type; empty means all.

    Raises:
        NotFoundError: no such data set, no champion, or no loans.
    """
    from serving.assembly import platform

    place = platform()
    loans, released = _loans(place, data)
    view, _ = _view(place, loans, released, cast("Period", period), product)
    return {**_head(place, loans, released), **view}


def measure_performance(data: str) -> dict[str, Any]:
    """Measure every view, keep it, raise alarms; answers `{measurement_id, data, loans, findings, alarms, ...}`.

    While nothing was lent there is nothing to keep: `measurement_id` is None.
    """
    from serving.assembly import platform

    place = platform()
    try:
        loans, released = _loans(place, data)
    except NotFoundError as error:
        if error.code != _NO_LOANS:
            raise
        return {"measurement_id": None, "data": data, "loans": 0, "known": 0, "views": 0, "findings": [], "alarms": 0}
    views, found = _views(place, loans, released)
    content = {**_head(place, loans, released), "views": views}
    kept = place.alarm_desk.measure(KIND, loans.name, content)
    rung = [_raise(place, loans.name, one, kept) for one in found]
    opened = sum(one.fresh for one in rung)
    return {"measurement_id": kept.measurement_id, **_head(place, loans, released), "views": len(views),
            "findings": [{"verdict": f.verdict, "first": f.first, "last": f.last, "why": f.why} for f in found],
            "alarms": opened}  # fmt: skip


def _views(place: Platform, loans: Loans, released: Released | None) -> tuple[list[dict[str, Any]], Sequence[Finding]]:
    """Every cut of time, over all loans and over each product; alarms come from all loans in the coarsest cut."""
    named = sorted(set(loans.product.tolist()) - {""})
    products = ["", *named] if len(named) > 1 else [""]
    made = [_view(place, loans, released, period, product) for product in products for period in PERIODS]
    return [view for view, _ in made], made[0][1]


def _view(
    place: Platform, loans: Loans, released: Released | None, period: Period, product: str
) -> tuple[dict[str, Any], Sequence[Finding]]:
    from serving.performance import findings, own_error, periods, rules_on
    from serving.vintages import vintages

    today = place.clock.now().date()
    rules = rules_on(place.settings.kb, today)
    mine = loans.part(loans.product == product) if product else loans
    if not len(mine.pd):
        raise NotFoundError(
            f"no loan of {product or loans.name} was lent", code=_NO_LOANS, field="product", found=product,
            expected=", ".join(sorted(set(loans.product.tolist()))) or "loans", do="Name another loan type.",
        )  # fmt: skip
    rows = periods(mine, period, rules, today, released if not product else None, place.settings.seed)
    view = {"period": period, "product": product, "rows": [row.as_dict() for row in rows],
            "error": own_error(rows, rules), "vintages": vintages(mine, period, today)}  # fmt: skip
    return view, findings(rows)


def _head(place: Platform, loans: Loans, released: Released | None) -> dict[str, Any]:
    seen = loans.seen_until
    return {
        "data": loans.name, "as_of": place.clock.now().date().isoformat(), "loans": len(loans.pd),
        "known": int((loans.bad >= 0).sum()), "generated": loans.generated, "dated": loans.dated,
        "promises": loans.made, "learned_until": seen.isoformat() if seen else None,
        "released_auc": round(released.auc, 6) if released else None,
    }  # fmt: skip


def _raise(place: Platform, data: str, found: Finding, measurement: Any) -> Any:
    from serving.alarms import Raised

    words = found.verdict.replace(" ", "_")
    alarm = Raised(f"{words}-{found.first}", words, _sentence(found), found.first, found.last)
    return place.alarm_desk.raise_(found.kind, data, alarm, measurement)


def _sentence(found: Finding) -> str:
    span = found.first if found.first == found.last else f"{found.first} to {found.last}"
    return f"The model {found.verdict} in {span}: {found.why}."


def _loans(place: Platform, data: str) -> tuple[Loans, Released | None]:
    from serving.loans import LIVE

    if data != LIVE:
        made = promised(place, data)
        return made.loans.part(made.kept), released_as(made.folder)
    from features.synthetic.late import SOURCE
    from serving.loans import lent_loans

    loans = lent_loans(place.records.outcomes.lent(), SOURCE)
    if not len(loans.pd):
        raise NotFoundError(
            "no loan was lent yet on the word of a model", code=_NO_LOANS, field="data", found="none",
            expected="approved decisions that were lent", do="Lend, or name a data set: --data NAME",
        )  # fmt: skip
    folder = place.settings.var / "models" / place.settings.portfolio
    return loans, released_as(_pointed(folder))


def _pointed(folder: Path) -> Path | None:
    """The package folder of the model that decides now."""
    try:
        return folder / str(json.loads((folder / "champion.json").read_text(encoding="utf-8"))["folder"])
    except (OSError, ValueError, KeyError):
        return None


@dataclass(frozen=True)
class Promised:
    """A data set with what a model promises of its loans, every loan of it.

    Attributes:
        kept: which loans may be looked at; where the test was drawn at random, the test alone.
    """

    dataset: DataSet
    loans: Loans
    kept: NDArray[np.bool_]
    folder: Path


def promised(place: Platform, data: str) -> Promised:
    """A data set under the champion that was made for it, else under the portfolio's.

    Raises:
        NotFoundError: no such data set, or no champion.
        InputError: the data set has no date, or lacks a feature of the model.
    """
    from training.servable import load

    dataset = place.datasets.load(data)
    owner = data if place.registry.champion(data) else place.settings.portfolio
    version = place.registry.champion(owner)
    if version is None:
        raise NotFoundError(
            f"{data} has no champion, so nothing was promised", code="no_champion", field="data", found="none",
            expected="a model that decides", do=f"Train and promote one: candor train --data {data}",
        )  # fmt: skip
    folder = place.registry.package(owner, version)
    kept, seen = _unseen(dataset, _card(folder))
    return Promised(dataset, scored(dataset, load(folder), seen), kept, folder)


def scored(dataset: DataSet, model: ServableModel, seen_until: date | None = None) -> Loans:
    """The loans of a data set with what a model promises of them.

    Raises:
        InputError: the data set has no date, or lacks a feature of the model.
    """
    import numpy as np

    from serving.loans import Loans
    from training.reassess import columns_for

    days, pd = _days(dataset), model.predict(columns_for(dataset, model.feature_set))
    count = len(pd)
    return Loans(
        dataset.name, pd, dataset.label.to_numpy().astype(np.int8), days, np.full(count, "NaT", dtype="datetime64[D]"),
        np.full(count, dataset.horizon_months), np.full(count, "", dtype=object), False, f"those of {model.version}",
        seen_until,
    )  # fmt: skip


def _days(dataset: DataSet) -> Any:
    from lending.domain.errors import InputError

    if dataset.dates is None:
        raise InputError(
            f"{dataset.name} has no date, so there are no periods", code="no_date", field="date", found="no date",
            expected="date: {column: …} in the mapping", do="Map the day of the decision.",
        )  # fmt: skip
    return dataset.dates.to_numpy().astype("datetime64[D]")


def _unseen(dataset: DataSet, card: Mapping[str, Any]) -> tuple[NDArray[np.bool_], date | None]:
    """Which rows may be looked at, and up to which day the model learned from them."""
    import numpy as np

    from training.split import split

    everything = np.ones(len(dataset.label), dtype=bool)
    if dataset.name != card["data"]:
        return everything, None
    made = split(dataset, int(card["parameters"]["seed"]))
    if not made.by_time:
        return np.isin(np.arange(len(everything)), made.test), None
    return everything, _days(dataset)[made.train].max().astype("datetime64[D]").astype(date)


def released_as(folder: Path | None) -> Released | None:
    """What the model's card says of its ranking at release; None where there is no card."""
    from serving.performance import Released

    if folder is None:
        return None
    auc = _card(folder)["metrics"]["auc"]
    return Released(float(auc["value"]), (float(auc["high"]) - float(auc["low"])) / 2 / _HALF_OF_95)


def _card(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "card.json").read_text(encoding="utf-8"))
