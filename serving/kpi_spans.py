"""What of the figures is asked for, as an address writes it; what is no choice is named, never guessed at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from lending.domain.days import day_from
from serving.kpis import CUTS, Cut, Span

USUAL_DAYS = 180
LONGEST_DAYS = 1100
_FIRST = date(2000, 1, 1)
"""No figure here is of an earlier day."""
EVERY = "all"
"""Stands for no choice in a form."""
NAMES = ("product", "channel", "model", "variant", "from", "to", "by")


@dataclass(frozen=True, slots=True)
class Asked:
    """A span with what stood in the address and is no choice: name to what is expected there."""

    span: Span
    wrong: Mapping[str, str]


def asked_span(query: Mapping[str, str], today: date, choices: Mapping[str, Sequence[str]]) -> Asked:
    """Read an address; a wrong value falls back to the usual one.

    Args:
        query: any of NAMES; others are not looked at.
        today: last day that can be asked for.
        choices: `products`, `channels`, `models` and `variants` that there are.
    """
    wrong: dict[str, str] = {}
    chosen = {name: _listed(query, name, choices[f"{name}s"], wrong) for name in ("product", "channel", "model",
                                                                                  "variant")}  # fmt: skip
    last = _day(query, "to", today, wrong, lambda day: _FIRST <= day <= today)
    first = _day(query, "from", last - timedelta(days=USUAL_DAYS - 1), wrong, lambda day: _fits(day, last))
    cut = query.get("by", "")
    if cut and cut not in CUTS:
        wrong["by"] = f"one of {', '.join(CUTS)}"
    by = cast("Cut", cut) if cut in CUTS else "week"
    return Asked(Span(first, last, by, **chosen), wrong)


def _listed(query: Mapping[str, str], name: str, allowed: Sequence[str], wrong: dict[str, str]) -> str:
    value = query.get(name, "")
    if value in ("", EVERY):
        return ""
    if value not in allowed:
        wrong[name] = f"one of {', '.join(allowed)}" if allowed else "nothing: there is none yet"
        return ""
    return value


def _day(query: Mapping[str, str], name: str, usual: date, wrong: dict[str, str], fits: Callable[[date], bool]) -> date:
    text = query.get(name, "")
    if not text:
        return usual
    try:
        day = day_from(text)
    except ValueError:
        day = None
    if day is None or not fits(day):
        wrong[name] = f"a day such as {usual.isoformat()}, at most {LONGEST_DAYS} days and none to come"
        return usual
    return day


def _fits(day: date, last: date) -> bool:
    return last - timedelta(days=LONGEST_DAYS) < day <= last
