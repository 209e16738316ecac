"""Where visits stop between arriving and a loan, from the counts of days; no event is read again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from lending.tally_ports import Counts, Key

By = Literal["", "product", "variant"]
ALL = "all"
_GROUPS: Mapping[By, Callable[[Key], str]] = {
    "": lambda key: "" if key.product or key.grouping else ALL,
    "product": lambda key: "" if key.grouping else key.product,
    "variant": lambda key: "" if key.product else key.grouping,
}


def funnel(counts: Counts, names: Sequence[str], by: By = "") -> list[dict[str, Any]]:
    """One funnel for all, or one for each loan type or each variant (`experiment: variant`).

    Args:
        counts: of the kind `funnel` (serving/tally_days.py).
        names: of the steps, in order.
        by: what tells the funnels apart.

    Returns:
        `[{group, visits, steps: [{step, visits, stopped, went_on}]}]`; for all there is always one.
    """
    return drawn(counts, names, _GROUPS[by], [] if by else [ALL])


def funnel_of(counts: Counts, names: Sequence[str], product: str, variant: str) -> list[dict[str, Any]]:
    """The funnel of a loan type (empty: of all), for all of its visits and for each variant, or for one variant."""

    def group(key: Key) -> str:
        wanted = key.product == product and variant in ("", key.grouping)
        return (key.grouping or ALL) if wanted else ""

    return drawn(counts, names, group, [])


def drawn(
    counts: Counts, names: Sequence[str], group_of: Callable[[Key], str], always: Sequence[str]
) -> list[dict[str, Any]]:
    """Funnels of groups in the order of their names; what has no group is left out."""
    size = len(names) + 1
    found: dict[str, list[int]] = {group: [0] * size for group in always}
    for key, own in counts.items():
        if group := group_of(key):
            there = found.get(group, [0] * size)
            found[group] = [a + b for a, b in zip(there, own, strict=True)]
    return [{"group": group, "visits": total[0], "steps": _steps(names, total[1:])}
            for group, total in sorted(found.items())]  # fmt: skip


def _steps(names: Sequence[str], counts: Sequence[int]) -> list[dict[str, Any]]:
    nexts: list[int | None] = [*counts[1:], None]
    return [_step(name, here, after) for name, here, after in zip(names, counts, nexts, strict=True)]


def _step(name: str, here: int, following: int | None) -> dict[str, Any]:
    """A step: visits, how many went no further, and the fraction (text, four places) that did go on."""
    stopped = None if following is None else here - following
    on = None if following is None or not here else f"{following / here:.4f}"
    return {"step": name, "visits": here, "stopped": stopped, "went_on": on}
