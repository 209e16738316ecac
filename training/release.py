"""Letting a model decide: through its gates again, with a named person and a reason, or an override that is owned."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from lending.domain.errors import InputError, RefusedError
from training.ports import Gate, Registry
from training.servable import load
from training.servable.protocol import ServableModel

NEVER_SET_ASIDE = ("servable",)
"""A model that cannot be fed cannot decide, whoever answers for it."""


def promote(
    registry: Registry, dataset: str, version: str, approver: str, reason: str, supplied: frozenset[str], *,
    override: Mapping[str, str] | None = None, today: date | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Let a version decide for a data set.

    Args:
        registry: where versions are kept.
        dataset: the portfolio for which it will decide.
        version: `candor-pd-<data>/<number>` or the number.
        approver: who answers for it; not blank.
        reason: why; not blank.
        supplied: features that the bank's records can supply.
        override: `{gate, owner, until}` of one failed gate that is set aside; `until` an ISO day, not past.
        today: the day on which an override is judged; left out: today in UTC.

    Returns:
        `{data, champion, previous, approver, reason, promoted, gates}`.

    Raises:
        InputError: approver, reason or a part of the override is missing.
        NotFoundError: no such version.
        RefusedError: a gate failed, the package was changed, or another promotion came first.
    """
    _named(approver, reason)
    _whole(override, today or datetime.now(UTC).date())
    before = registry.champion(dataset)
    folder = registry.package(dataset, version)
    model = load(folder)
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    gates = [*(Gate(**row) for row in card["gates"]), servable(model, supplied)]
    _stop_at_failed(version, gates, override)
    done = registry.promote(dataset, version, approver, reason, expected=before, override=override)
    return {**done, "gates": [gate.as_dict() for gate in gates]}


def servable(model: ServableModel, supplied: frozenset[str]) -> Gate:
    """The gate that every feature of the model can be supplied when someone asks for a loan."""
    missing = [name for name in model.feature_set.names if name not in supplied]
    detail = f"the bank's records cannot supply {', '.join(missing)}" if missing else "every feature can be supplied"
    return Gate("servable", not missing, len(missing), 0, detail)


def _stop_at_failed(version: str, gates: list[Gate], override: Mapping[str, str] | None) -> None:
    aside = override["gate"] if override else ""
    failed = [g for g in gates if not g.passed and (g.name != aside or g.name in NEVER_SET_ASIDE)]
    if not failed:
        return
    words = "; ".join(f"{g.name}: {g.detail} (found {g.found}, limit {g.limit})" for g in failed)
    raise RefusedError(
        f"{version} was not promoted: {words}", code="model_gate", field="gates",
        found=", ".join(g.name for g in failed), expected="every gate passes",
        do="Train a model that passes. A gate that may be set aside needs --override GATE --owner NAME --until DATE.",
    )  # fmt: skip


def _named(approver: str, reason: str) -> None:
    for field, value in (("approver", approver), ("reason", reason)):
        if not value.strip():
            raise InputError(
                f"a promotion needs its {field}", field=field, found="nothing", expected="a name and a reason",
                do=f"Give --{field}.",
            )  # fmt: skip


def _whole(override: Mapping[str, str] | None, today: date) -> None:
    """An override names gate, owner and last day, and that day has not passed."""
    if override is None:
        return
    missing = [name for name in ("gate", "owner", "until") if not str(override.get(name) or "").strip()]
    if missing:
        raise InputError(
            f"an override needs its gate, owner and last day; missing: {', '.join(missing)}", field=missing[0],
            found="nothing", expected="gate, owner, until", do="Name all three.",
        )  # fmt: skip
    until = _day(override["until"])
    if until < today:
        raise InputError(
            f"the override ended on {until}", field="until", found=str(until), expected=f"{today} or later",
            do="Give a later last day, or drop the override.",
        )  # fmt: skip


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"until is {text}; expected a day such as 2026-12-31", field="until", found=text, expected="YYYY-MM-DD",
            do="Write the day as YYYY-MM-DD.",
        ) from None  # fmt: skip
