"""Which figures of the policy the lab may change, between which bounds, and what stands there today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from lending.domain.errors import CandorError, InputError
from lending.domain.money import finite, plain
from lending.domain.policy import Parameter, Policy
from lending.domain.policy_changes import SHARED
from lending.domain.policy_leaves import Tree, keys_of, number_of, text_of, tree_of
from lending.yaml_text import read_tree

FILE = "lab.yaml"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A figure that may be changed.

    Attributes:
        path: `shared.foir_max`, `car.score_min`.
        product: whose it is; None where all share it.
        unit: of the figure and its bounds.
        value: in force today, by `source`.
        low, high: between which the lab may move it, both included.
        does: what changing it does, in a sentence.
    """

    path: str
    product: str | None
    name: str
    description: str
    unit: str
    value: Decimal
    source: str
    low: Decimal
    high: Decimal
    does: str


def leaves(kb: Path, policy: Policy, day: date) -> list[Leaf]:
    """Every figure that may be changed, shared ones first, then product by product.

    Raises:
        PolicyError: kb/lab.yaml is not as it should be.
    """
    file = keys_of(read_tree(FILE, (kb / FILE).read_text(encoding="utf-8")), FILE,
                   ("since", "source", "shared", "product"))  # fmt: skip
    found = _leaves(file["shared"], None, policy.parameters, day)
    for name, product in sorted(policy.products.items()):
        found += _leaves(file["product"], name, product.parameters, day)
    return found


def read_values(asked: Mapping[str, str], known: list[Leaf]) -> dict[str, Decimal]:
    """The figures asked for, checked against their bounds; those that stand there already are left out.

    Raises:
        InputError: a figure that may not be changed, is no number or lies outside its bounds; names the path.
    """
    by_path = {leaf.path: leaf for leaf in known}
    found = {path: _read(path, text, by_path) for path, text in asked.items() if text.strip()}
    return {path: value for path, value in found.items() if value != by_path[path].value}


def _read(path: str, text: str, known: Mapping[str, Leaf]) -> Decimal:
    if path not in known:
        raise InputError(
            f"{path[:60]} is no figure that the lab may change", code="lab_leaf", field=path[:60], found=path[:60],
            expected=f"one of {', '.join(known)}", do="Choose one of these; the others change in their files.",
        )  # fmt: skip
    leaf = known[path]
    expected = f"a number from {plain(leaf.low)} to {plain(leaf.high)} ({leaf.unit})"
    try:
        value = finite(text.strip(), path)
    except CandorError:
        value = None
    if value is None or not leaf.low <= value <= leaf.high:
        raise InputError(
            f"{path} is {text.strip()[:40]!r}; expected {expected}", code="lab_bounds", field=path,
            found=text.strip()[:40], expected=expected, do="Choose a figure within these bounds (kb/lab.yaml).",
        )  # fmt: skip
    return value


def _leaves(listed: object, product: str | None, own: Mapping[str, Parameter], day: date) -> list[Leaf]:
    found: list[Leaf] = []
    for name, item in tree_of(listed, FILE).items():
        parameter = own.get(name)
        if parameter is not None and _changeable(parameter, day):
            found.append(_leaf(name, tree_of(item, f"{FILE}: {name}"), product, parameter, day))
    return found


def _changeable(parameter: Parameter, day: date) -> bool:
    """It has a value on that day, and none that depends on the amount: those follow a law more often than a choice."""
    return parameter.values[0].since <= day and not any(dated.tiers for dated in parameter.values)


def _leaf(name: str, item: Tree, product: str | None, parameter: Parameter, day: date) -> Leaf:
    now = parameter.at(day)
    low, high = (_bound(item, side, now.value, f"{FILE}: {name}") for side in ("low", "high"))
    does = text_of(item.get("does"), f"{FILE}: {name}.does")
    path = f"{product or SHARED}.{name}"
    return Leaf(path, product, name, parameter.description, parameter.unit, now.value, now.source, low, high, does)


def _bound(item: Tree, side: str, value: Decimal, place: str) -> Decimal:
    if f"{side}_share" in item:
        return value * number_of(item[f"{side}_share"], f"{place}.{side}_share")
    return number_of(item.get(side), f"{place}.{side}")
