"""Looks at drift and alarms as pages and programs ask for them; from what is stored, never from rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lending.alarm_ports import LIVING, AlarmBook, AlarmRow, AlarmState, MeasurementRow, Measurements
from serving.input_watch import KIND

PARTS = ("data", "reference", "period")
"""What tells looks apart; each a filter of the page."""
STATES: Mapping[str, tuple[AlarmState, ...]] = {
    "living": LIVING, "open": ("open",), "acknowledged": ("acknowledged",), "closed": ("closed",),
    "all": (*LIVING, "closed"),
}  # fmt: skip
NOBODY = "nobody"
_LOOKS = 100


@dataclass(frozen=True, slots=True)
class Look:
    """One measurement of drift, and what else there is to choose from.

    Attributes:
        row: the measurement; its content is the summary.
        choices: by part, what other looks offer.
        trouble: what was asked for and is not there; empty where all was well.
    """

    row: MeasurementRow
    choices: Mapping[str, Sequence[str]]
    trouble: str = ""

    @property
    def chosen(self) -> dict[str, str]:
        """Data set, reference and period of this look."""
        return {part: str(self.row.content[part]) for part in PARTS}


def look_at(measurements: Measurements, query: Mapping[str, str], usual: str) -> Look | None:
    """The newest look that fits a query; None while nobody has looked.

    Args:
        measurements: where looks are kept.
        query: any of PARTS; what is not there falls back, and the look says so.
        usual: the data set that is meant where none is named.
    """
    rows = measurements.recent(KIND, _LOOKS)
    if not rows:
        return None
    chosen, trouble = _newest(rows, {part: query[part] for part in PARTS if query.get(part)}, usual)
    same = [row for row in rows if row.data == chosen.data]
    choices = {part: _values(rows if part == "data" else same, part) for part in PARTS}
    return Look(chosen, choices, trouble)


def cells_of(measurements: Measurements, row: MeasurementRow) -> Mapping[str, Any]:
    """Verdicts, counts and calibration of a look; see `serving.input_watch.Found.cells`."""
    return measurements.get(str(row.content["cells"])).content


def alarms_in(
    book: AlarmBook, state: str = "living", kind: str = "", data: str = "", owner: str = ""
) -> Sequence[AlarmRow]:
    """Alarms in a state of `STATES`, those of nobody under `nobody`; open ones first, then changed last first."""
    rows = book.list(STATES.get(state, LIVING), kind or None)
    kept = [row for row in rows if (not data or row.data == data) and (not owner or (row.owner or NOBODY) == owner)]
    return sorted(kept, key=lambda row: row.state != "open")


def _newest(rows: Sequence[MeasurementRow], asked: Mapping[str, str], usual: str) -> tuple[MeasurementRow, str]:
    """The newest that fits what was asked; without one, the newest that fits the most of it, and what was missing."""
    if not asked:
        return next((row for row in rows if row.data == usual), rows[0]), ""
    for kept in range(len(asked), 0, -1):
        wanted = dict(list(asked.items())[:kept])
        found = next((row for row in rows if all(str(row.content[p]) == v for p, v in wanted.items())), None)
        if found:
            return found, _not_there(list(asked.items())[kept:])
    return _newest(rows, {}, usual)[0], _not_there(list(asked.items()))


def _not_there(missing: Sequence[tuple[str, str]]) -> str:
    names = ", ".join(f"{part} {value[:30]!r}" for part, value in missing)
    return f"Nobody has looked at {names} yet; this is the newest look." if names else ""


def _values(rows: Sequence[MeasurementRow], part: str) -> list[str]:
    return sorted({str(row.content[part]) for row in rows})
