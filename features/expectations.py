"""What we expect of mapped columns before they become features: a plain list, run by whichever library."""

from __future__ import annotations

from collections.abc import Mapping as Pairs
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from features.contract import contract

LABEL, DAY, ID = "label", "decision_year", "loan_id"
"""Names that the gate's frame gives to the label, the year of the decision and the loan's id."""
EARLIEST, LATEST = 1970, 2100
MOSTLY_PLAUSIBLE = 0.98
MOSTLY_THERE = 0.5


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation about one column.

    Attributes:
        kind: between | not_null | in_set | unique | row_count.
        severity: "critical" stops the flow, "warning" is shown.
        limits: keyword arguments such as min_value, max_value, mostly, value_set.
    """

    kind: Literal["between", "not_null", "in_set", "unique", "row_count"]
    column: str
    severity: Literal["critical", "warning"]
    limits: Pairs[str, Any]

    @property
    def name(self) -> str:
        """As people read it."""
        return {
            "between": "values lie in the plausible range",
            "not_null": "values are there",
            "in_set": "values are among the known ones",
            "unique": "each value stands once",
            "row_count": "number of loans",
        }[self.kind]

    @property
    def limit(self) -> str:
        """The limit as people read it."""
        told = self.limits
        share = f" in {told['mostly']:.0%} of loans" if "mostly" in told else ""
        if self.kind in ("between", "row_count"):
            low, high = told.get("min_value"), told.get("max_value")
            return (f"at least {low:g}" if high is None else f"{_plain(low)} to {_plain(high)}") + share
        return (", ".join(map(str, told["value_set"])) if self.kind == "in_set" else self.name) + share


def expectations_for(fields: Sequence[str], *, dated: bool, identified: bool, in_dollars: bool, fewest: int) -> list[
    Expectation
]:  # fmt: skip
    """The expectations of a data set, from the contract and what its mapping maps.

    Args:
        fields: mapped words of the contract.
        dated: there is a day of the decision.
        identified: the mapping names an id.
        in_dollars: ranges of money hold; they are stated in dollars.
        fewest: least number of loans.
    """
    words = contract().words
    found = [
        Expectation("row_count", "", "critical", {"min_value": fewest, "max_value": None}),
        Expectation("not_null", LABEL, "critical", {}),
        Expectation("in_set", LABEL, "critical", {"value_set": [0, 1]}),
    ]
    if identified:
        found.append(Expectation("unique", ID, "critical", {}))
    if dated:
        found += [Expectation("not_null", DAY, "critical", {}),
                  Expectation("between", DAY, "critical", {"min_value": EARLIEST, "max_value": LATEST})]  # fmt: skip
    for name in fields:
        word = words[name]
        if word.plausible and (in_dollars or word.unit != "currency"):
            limits = {"min_value": word.plausible[0], "max_value": word.plausible[1], "mostly": MOSTLY_PLAUSIBLE}
            found.append(Expectation("between", name, "critical" if word.needed_to_quote else "warning", limits))
        if word.needed_to_quote:
            found.append(Expectation("not_null", name, "critical", {"mostly": MOSTLY_THERE}))
    return found


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
