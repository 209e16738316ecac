"""The gates of a kept package, asked again: worked out anew from it where that is possible, else read from its card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from features.contract import contract
from training.gates import ALL, judged_again
from training.gates_on_package import Bounds, monotone_gate, quick_gate, varies_gate
from training.ports import Gate
from training.probes import probes
from training.servable import load
from training.servable.manifest import verify
from training.servable.protocol import ServableModel


def gates_again(
    folder: Path, supplied: frozenset[str], bound: Bounds, products: frozenset[str] = frozenset()
) -> list[Gate]:
    """Every gate, by the limits of today.

    Args:
        folder: a package; its card counts because the manifest holds the card's hash.
        supplied: features that the bank's records can supply.
        bound: limits by name.
        products: what the bank lends, which is the purpose of a quote; empty: not asked.

    Raises:
        RefusedError: a file of the package is not the one that was sealed; the message names it.
    """
    model, (manifest, _) = load(folder), verify(folder)
    card, reference = (
        json.loads((folder / name).read_text(encoding="utf-8")) for name in ("card.json", "reference.json")
    )
    rows = probes(reference, model.feature_set)
    now = [
        varies_gate(model.predict(rows), bound),
        monotone_gate(model, rows),
        quick_gate(model, rows, bound),
        servable(model, supplied, products),
        up_to_date(str(manifest["contract_version"])),
    ]
    asked = {gate.name for gate in now}
    kept = [judged_again(row, bound) for row in card["gates"] if row["name"] not in asked]
    silent = [name for name in ALL if name not in asked | {gate.name for gate in kept}]
    return [*kept, *(_silent(name) for name in silent), *now]


def servable(model: ServableModel, supplied: frozenset[str], products: frozenset[str] = frozenset()) -> Gate:
    """The gate that every feature of the model can be supplied when someone asks for a loan.

    What a loan is for can be supplied only to a model that knows at least one of the bank's products as a purpose.
    """
    missing = [name for name in model.feature_set.names if name not in supplied]
    purposes = next((set(s.categories) for s in model.feature_set.features if s.name == "purpose"), set[str]())
    if purposes and products and not purposes & products:
        missing.append(f"purpose (the model knows none of the products {', '.join(sorted(products))})")
    detail = f"the bank's records cannot supply {', '.join(missing)}" if missing else "every feature can be supplied"
    return Gate("servable", not missing, len(missing), 0, detail)


def up_to_date(version: str) -> Gate:
    """The gate that features mean today what they meant in training: one version of the contract made both."""
    now = str(contract().version)
    detail = "version of the feature contract in training; the limit is the one that quotes are made with today"
    return Gate("features", version == now, version, now, detail)


def _silent(name: str) -> Gate:
    return Gate(name, False, "nothing", "a figure", "the card does not speak of this gate: train again")


def _json(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))
