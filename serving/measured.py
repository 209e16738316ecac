"""What was measured, as pages and REST show it: the newest of a data set, one view of it, and what else there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lending.alarm_ports import Measurements
from serving.loans import LIVE

PARTS = ("data", "period", "product")
"""What chooses a view; each a filter of a page. An empty product means all."""
ALL = "all"
"""How an address asks for all products."""
_LOOKS = 200


@dataclass(frozen=True, slots=True)
class Look:
    """One view of a measurement.

    Attributes:
        head: what was measured, without its views.
        view: the view that was chosen, with its `period` and `product`.
        choices: by part, what there is.
        trouble: what was asked for and is not there; empty where all was well.
    """

    measurement_id: str
    at: datetime
    head: Mapping[str, Any]
    view: Mapping[str, Any]
    choices: Mapping[str, Sequence[str]]
    trouble: str = ""

    @property
    def chosen(self) -> dict[str, str]:
        """By part, what is shown."""
        return {"data": str(self.head["data"]), "period": self.view["period"], "product": self.view["product"]}

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, as REST answers."""
        choices = {part: list(values) for part, values in self.choices.items()}
        return {"measurement_id": self.measurement_id, "at": self.at.isoformat(), **self.head, "view": self.view,
                "choices": choices, "trouble": self.trouble}  # fmt: skip


def look_at(measurements: Measurements, kind: str, asked: Mapping[str, str]) -> Look | None:
    """The view that was asked for, of the newest measurement of its data; what is not there falls back and says so.

    Args:
        measurements: the record.
        kind: `performance` or `fairness`.
        asked: by part of `PARTS`; left out or empty means the bank's own decisions, the first cut, all products.

    Returns:
        None while nothing was measured.
    """
    names = sorted({row.data for row in measurements.heads(kind, _LOOKS)}, key=lambda name: (name != LIVE, name))
    if not names:
        return None
    wanted = {part: asked.get(part, "")[:64] for part in PARTS}
    wanted["product"] = "" if wanted["product"] == ALL else wanted["product"]
    data = wanted["data"] if wanted["data"] in names else names[0]
    row = measurements.latest(kind, data)
    assert row is not None  # noqa: S101 - its head was there, and none is ever taken away
    views = list(row.content["views"])
    choices = {"data": names, **{part: list(dict.fromkeys(v[part] for v in views)) for part in ("period", "product")}}
    found = {part: wanted[part] if wanted[part] in choices[part] else choices[part][0] for part in choices}
    view = next(v for v in views if (v["period"], v["product"]) == (found["period"], found["product"]))
    head = {name: value for name, value in row.content.items() if name != "views"}
    missing = [f"{part} {wanted[part]!r}" for part in PARTS if wanted[part] and wanted[part] != found[part]]
    trouble = f"There is no {' and no '.join(missing)}, so this is shown instead." if missing else ""
    return Look(row.measurement_id, row.at, head, view, choices, trouble)
