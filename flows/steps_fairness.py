"""Whether groups are treated alike: the bank's own decisions by their counts, or a data set under its champion.

Protected attributes are read here and nowhere else on this way; what is kept are counts of groups, without small ones.
"""

# pyright: reportArgumentType=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import combinations, groupby
from typing import TYPE_CHECKING, Any, cast

from flows.steps_performance import PERIODS, promised
from lending.domain.errors import NotFoundError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from lending.tally_ports import Counts
    from serving.assembly import Platform
    from serving.fairness_watch import Limits
    from serving.loans import Loans
    from serving.monitor import Period

KIND = "fairness"
PROMISES = ("attribute", "group", "crossed", "count", "predicted", "observed", "calibration_gap",
            "smallest_detectable_calibration_gap", "equal_opportunity_gap", "verdict", "why")  # fmt: skip
"""What is kept of `training.fairness.fairness`: do promises come true alike, are good payers selected alike?"""


def fairness_of(data: str, period: str, product: str = "") -> dict[str, Any]:
    """One view, as `candor monitor fairness --json` prints it: `{data, ..., whole, rows, promises}`.

    Raises:
        NotFoundError: no such data set, or no decision of the product.
    """
    from serving.assembly import platform

    place = platform()
    head, counts, promises = _counted(place, data)
    view = _view(counts, cast("Period", period), product, _limits(place))
    if not view["rows"]:
        raise _nothing(product or data)
    return {**head, **view, "promises": promises}


def measure_fairness(data: str) -> dict[str, Any]:
    """Measure every view, keep it, raise alarms; answers `{measurement_id, data, findings, alarms, ...}`.

    While nothing was decided there is nothing to keep: `measurement_id` is None.
    """
    from serving.assembly import platform

    place = platform()
    head, counts, promises = _counted(place, data)
    if not counts:
        return {"measurement_id": None, **head, "views": 0, "findings": [], "alarms": 0}
    limits, named = _limits(place), sorted({key.product for key in counts} - {""})
    products = ["", *named] if len(named) > 1 else [""]
    views = [_view(counts, period, product, limits) for product in products for period in PERIODS]
    kept = place.alarm_desk.measure(KIND, data, {**head, "views": views, "promises": promises})
    found = [*_runs(views[0]["rows"]), *_unkept(promises, views[0]["rows"])]
    rung = [place.alarm_desk.raise_(KIND, data, one, kept) for one in found]
    told = [{"cause": one.cause, "first": one.first, "last": one.last} for one in found]
    opened = sum(one.fresh for one in rung)
    return {"measurement_id": kept.measurement_id, **head, "views": len(views), "findings": told, "alarms": opened}


def _view(counts: Counts, period: Period, product: str, limits: Limits) -> dict[str, Any]:
    """Crossed groups are told of the whole, and by quarter of all products: cut finer nothing would be left to say."""
    from serving.fairness_watch import by_period, of_product, single, told

    mine = of_product(counts, product)
    over_time = mine if period == PERIODS[0] and not product else single(mine)
    return {"period": period, "product": product, "whole": told(mine, limits),
            "rows": by_period(over_time, period, limits)}  # fmt: skip


def _counted(place: Platform, data: str) -> tuple[dict[str, Any], Counts, list[dict[str, Any]]]:
    """What is said of the whole, the counts of groups, and whether promises came true by group."""
    from serving.loans import LIVE

    today = place.clock.now().date()
    counts, promises, approved_by = _live(place, today) if data == LIVE else _of_data(place, data)
    limits = _limits(place)
    head = {
        "data": data, "as_of": today.isoformat(), "approved_by": approved_by, "limit": limits.impact_ratio_alarm,
        "cell_least": limits.cell_least, "group_least": limits.group_least,
    }  # fmt: skip
    return head, counts, [_held_back(row, limits.cell_least) for row in promises]


def _live(place: Platform, today: date) -> tuple[Counts, list[dict[str, Any]], str]:
    from serving.loans import assessed, lent_loans

    place.counting.run()
    counts = place.records.tallies.rows({"group"}, date.min, today)
    rows = assessed(place.records.outcomes.lent())
    loans, protected = lent_loans(rows), _attributes(place, [row.customer_id for row in rows])
    return counts, _promises(place, loans, protected, loans.settled(today)), "the bank's decision"


def _attributes(place: Platform, customers: Sequence[str]) -> pd.DataFrame:
    """Protected attributes, one row a loan in order; None where none is held."""
    import pandas as pd

    held = place.records.countable.protected(set(customers))
    names = sorted({name for one in held.values() for name in one})
    return pd.DataFrame([[held.get(one, {}).get(name) for name in names] for one in customers], columns=names)


def _of_data(place: Platform, data: str) -> tuple[Counts, list[dict[str, Any]], str]:
    """Of a data set: selected is whoever lies below the cut that refuses as many as turn out bad."""
    from training.evaluate import policy_cut

    made = promised(place, data)
    loans, protected = made.loans.part(made.kept), made.dataset.protected[made.kept]
    selected = loans.pd <= policy_cut(loans.pd, loans.bad)
    fresh = loans.settled(date.max)
    if loans.seen_until is not None:
        import numpy as np

        fresh &= loans.day > np.datetime64(loans.seen_until, "D")
    promises = _promises(place, loans, protected, fresh)
    return _groups(protected, loans, selected), promises, "the model alone, at the cut that refuses as many as go bad"


def _promises(
    place: Platform, loans: Loans, protected: pd.DataFrame, mine: NDArray[np.bool_]
) -> list[dict[str, Any]]:  # fmt: skip
    """Of loans whose outcome is known: whether each group turns out as promised."""
    from training.fairness import fairness

    bad = loans.bad[mine]
    if not 0 < (bad == 1).sum() < len(bad) or not len(protected.columns):
        return []
    rows = fairness(protected[mine], loans.pd[mine], bad, place.settings.seed, as_of=place.clock.now().date())
    return [{name: row[name] for name in PROMISES} for row in rows]


def _groups(protected: pd.DataFrame, loans: Loans, selected: NDArray[np.bool_]) -> Counts:
    """Counts of groups by month, named as the counts of live decisions are."""
    import pandas as pd

    months = loans.day.astype("datetime64[M]").astype("datetime64[D]").astype(str)
    names = sorted(str(name) for name in protected.columns)
    parts = {name: name + "=" + protected[name].astype("string") for name in names}
    parts |= {f"{a} x {b}": parts[a] + " & " + parts[b] for a, b in combinations(names, 2)}
    frame = pd.DataFrame({"day": months, "outcome": selected})
    found: dict[Any, Sequence[int]] = {}
    for part in parts.values():
        counted = frame.assign(grouping=part.to_numpy()).dropna().groupby(["day", "outcome", "grouping"]).size()
        found |= dict(_keyed(counted.items()))
    return found


def _keyed(counted: Iterable[tuple[Any, Any]]) -> Iterable[tuple[Any, Sequence[int]]]:
    from lending.tally_ports import Key

    for (day, selected, grouping), number in counted:
        outcome = "approve" if selected else "decline"
        yield Key(day=str(day), kind="group", outcome=outcome, grouping=str(grouping)), [int(number)]


def _held_back(row: Mapping[str, Any], least: int) -> dict[str, Any]:
    """A row without its count where that is small."""
    hidden = row["count"] < least
    return {**row, "count": None if hidden else row["count"], "held_back": hidden}


def _runs(rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Periods in a row in which a group was clearly approved less often; crossed groups are shown, not alarmed."""
    from serving.alarms import Raised

    seen = {(g["attribute"], g["group"]) for row in rows for g in row["groups"] if not g["crossed"]}
    found: list[Any] = []
    for attribute, group in sorted(seen):
        mine = [(row["period"], g) for row in rows for g in row["groups"]
                if (g["attribute"], g["group"]) == (attribute, group)]  # fmt: skip
        for verdict, same in groupby(mine, key=lambda one: one[1]["verdict"]):
            run = list(same)
            if verdict == "look":
                first, last, why = run[0][0], run[-1][0], run[-1][1]["why"]
                cause = f"{attribute} {group}: {why}."
                found.append(Raised(f"approved-{attribute}-{group}-{first}", "look", cause, first, last, (attribute,)))
    return found


def _unkept(promises: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Groups that turn out otherwise than promised."""
    from serving.alarms import Raised

    first, last = rows[0]["period"], rows[-1]["period"]
    bad = [(f"{one['attribute']} {one['group']}", one["attribute"], one["why"])
           for one in promises if one["verdict"] == "look into it" and not one["crossed"]]  # fmt: skip
    return [
        Raised(f"promised-{name.replace(' ', '-')}", "look", f"{name}: {why}.", first, last, (attribute,))
        for name, attribute, why in bad
    ]


def _limits(place: Platform) -> Limits:
    from serving.fairness_watch import limits_on

    return limits_on(place.settings.kb, place.clock.now().date())


def _nothing(what: str) -> NotFoundError:
    return NotFoundError(
        f"no decision of {what} was counted", code="no_decisions", field="data", found="none",
        expected="decisions of people whose groups are held", do="Decide some requests, or name a data set.",
    )  # fmt: skip
