"""Figures of the policy that were changed beside the files of kb/: from a day on, or tried for all days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

from lending.domain.money import plain
from lending.domain.policy_leaves import Tree, refuse, tree_of

PUBLISHED, TRIED = "published.yaml", "tried.yaml"
"""Texts kept beside those of kb/: figures that hold from a day on, and figures that a draft tries for every day."""
SHARED = "shared"
"""Stands in a path where a figure belongs to no single product: `shared.foir_max`, `car.score_min`."""


@dataclass(frozen=True, slots=True)
class Change:
    """A figure from a day on, in the unit of its file; `path` is product and name, `source` who said so."""

    path: str
    value: Decimal
    since: date
    source: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a figure stands: the file and the keys that lead to it."""

    file: str
    keys: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.file}: {'.'.join(k for k in self.keys if k != 'parameters')}"


def overlaid(files: Mapping[str, Tree], market: str) -> dict[str, Tree]:
    """The files with what was published beside them and what is tried put in; without either, as they are.

    Raises:
        PolicyError: a change of a figure that is not there or that depends on the amount.
    """
    found = {path: tree for path, tree in files.items() if path not in (PUBLISHED, TRIED)}
    for path, days in files.get(PUBLISHED, {}).items():
        place, values = _dated_at(found, market, path)
        _put(found, place, dict(sorted({**values, **tree_of(days, f"{PUBLISHED}: {path}")}.items())))
    for path, value in files.get(TRIED, {}).items():
        place, values = _dated_at(found, market, path)
        # One value from the first day on: what if it had held all along?
        _put(found, place, {min(values): {"value": value, "source": "a draft that is being tried"}})
    return found


def published_tree(changes: Iterable[Change]) -> dict[str, dict[str, dict[str, str]]]:
    """Changes as the text beside the files says them: path, day, value and source; the last one of a day holds."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for one in sorted(changes, key=lambda change: (change.path, change.since)):
        found.setdefault(one.path, {})[one.since.isoformat()] = {"value": plain(one.value), "source": one.source}
    return found


def place_of(files: Mapping[str, Tree], market: str, path: str) -> Place:
    """Where the figure of a path stands: what the market says of it comes before what all share.

    Raises:
        PolicyError: no file has it.
    """
    product, _, name = path.partition(".")
    home = f"markets/{market}.yaml"
    for place in _candidates(files, home, product, name):
        if _found(files.get(place.file), place.keys) is not None:
            return place
    return refuse(f"{home}: {path}", "not known", "a figure of the policy, such as shared.foir_max or car.score_min")


def _candidates(files: Mapping[str, Tree], home: str, product: str, name: str) -> list[Place]:
    if product == SHARED:
        shared = [path for path in sorted(files) if path.startswith("policy/")]
        return [Place(path, ("parameters", name)) for path in (home, *shared)]
    own = [path for path, tree in files.items() if path.startswith("products/") and tree.get("product") == product]
    return [Place(home, ("products", product, name)), *(Place(path, ("parameters", name)) for path in own)]


def _found(tree: object, keys: tuple[str, ...]) -> object | None:
    """What stands at the end of some keys; None where one is missing."""
    if not keys:
        return tree
    return _found(cast("Tree", tree).get(keys[0]), keys[1:]) if isinstance(tree, Mapping) else None


def _dated_at(files: Mapping[str, Tree], market: str, path: str) -> tuple[Place, Tree]:
    """Where a figure stands, and its values by their days."""
    place = place_of(files, market, path)
    values = tree_of(tree_of(_found(files.get(place.file), place.keys), str(place)).get("values"), f"{place}.values")
    if not values:
        refuse(f"{place}.values", "empty", "at least one date")
    if any("tiers" in tree_of(value, f"{place}.{day}") for day, value in values.items()):
        refuse(str(place), "a figure that depends on the amount", "one figure; change this one in its file")
    return place, values


def _put(files: dict[str, Tree], place: Place, values: Tree) -> None:
    parameter = tree_of(_found(files.get(place.file), place.keys), str(place))
    files[place.file] = _with(files[place.file], place.keys, {**parameter, "values": values})


def _with(tree: Tree, keys: tuple[str, ...], leaf: Tree) -> Tree:
    """A copy of a tree with one branch changed; the files share branches, so none is changed in place."""
    first, *rest = keys
    inner = leaf if not rest else _with(tree_of(tree[first], first), tuple(rest), leaf)
    return {**tree, first: inner}
