"""Letting a model decide: through its gates again, by more than one person, and never without an entry in the trail."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from lending.domain.errors import CandorError, InputError, RefusedError
from lending.ports import AuditLog
from training.gates import dated, limits
from training.ports import Gate, Registry
from training.regate import gates_again

NEVER_SET_ASIDE = ("servable", "features")
"""A model that cannot be fed cannot decide, whoever answers for it."""
POLICY = Path(__file__).with_name("release.yaml")
FIRST_START = "first start"
_RUN = re.compile(r"[0-9a-f]{32}")
_LONGEST = {"approver": 64, "requested_by": 64, "by": 64, "reason": 500}


@dataclass(frozen=True, slots=True)
class Office:
    """Where promotions are decided.

    Attributes:
        registry: where versions are kept.
        audit: where every act is written down, the refused ones too.
        supplied: features that the bank's records can supply.
        portfolio: the data set whose champion decides for customers.
        profile: demo, test or production.
        products: what the bank lends.
    """

    registry: Registry
    audit: AuditLog
    supplied: frozenset[str]
    portfolio: str
    profile: str
    products: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ask:
    """A promotion as asked for.

    Attributes:
        data: the portfolio for which the version shall decide.
        version: `candor-pd-<data>/<number>`, the number, or with an override the id of a run that a gate kept out.
        approver: who answers for it.
        reason: why.
        requested_by: who asks for it; left out, who trained it.
        override: `{gate, owner, until}` of one failed gate that is set aside; `until` an ISO day, not past.
    """

    data: str
    version: str
    approver: str
    reason: str
    requested_by: str = ""
    override: Mapping[str, str] | None = None


def promote(office: Office, ask: Ask, today: date | None = None) -> dict[str, Any]:
    """Let a version decide for a data set.

    Args:
        office: registry, trail and what is known of the place.
        ask: what is wanted, by whom and why.
        today: the day whose limits and policy hold; left out: today in UTC.

    Returns:
        `{data, champion, previous, approver, requested_by, reason, promoted, gates}`.

    Raises:
        InputError: approver, reason or a part of the override is missing.
        NotFoundError: no such version.
        RefusedError: a gate failed, one person alone asks, the package was changed, or another promotion came first.
    """
    day = today or datetime.now(UTC).date()
    said(approver=ask.approver, reason=ask.reason)
    return _promote(office, ask, day, alone=False)


def promote_first(office: Office, data: str, version: str, today: date | None = None) -> dict[str, Any]:
    """Promote the very first model of a portfolio without a person, where policy allows that for the profile.

    Returns:
        `{data, champion, promoted}`; nothing is done when there is a champion.

    Raises:
        RefusedError: a gate failed, or this profile wants people.
    """
    day = today or datetime.now(UTC).date()
    present = office.registry.champion(data)
    if present:
        return {"data": data, "champion": present, "promoted": False}
    allowed = dated(POLICY, day)["unattended_first"]
    if office.profile not in allowed:
        raise RefusedError(
            f"in the {office.profile} profile people promote the first model too", code="four_eyes", field="profile",
            found=office.profile, expected=", ".join(allowed), do=f"candor promote {version} --reason WHY",
        )  # fmt: skip
    why = "The portfolio had no champion when Candor was first started; no person approved this."
    done = _promote(office, Ask(data, version, FIRST_START, why, FIRST_START), day, alone=True)
    return {"data": data, "champion": done["champion"], "promoted": True}


def rollback(office: Office, data: str, by: str, reason: str, today: date | None = None) -> dict[str, Any]:
    """Let the champion before the present one decide again; one person may do so, as it may be urgent.

    Returns:
        `{data, champion, previous, by, reason}`.

    Raises:
        InputError: name or reason is missing.
        RefusedError: there was no champion before, or the override by which it decided has ended.
    """
    said(by=by, reason=reason)
    with recorded(office.audit, by, "model.rollback", data, {"reason": reason}) as detail:
        done = office.registry.rollback(data, by, reason, today or datetime.now(UTC).date())
        detail |= {"champion": done["champion"], "previous": done["previous"]}
    return done


def _promote(office: Office, ask: Ask, day: date, *, alone: bool) -> dict[str, Any]:
    registry = office.registry
    with recorded(office.audit, ask.approver, "model.promote", f"{ask.data} {ask.version}", _told(ask)) as detail:
        _whole(ask.override, day)
        before = registry.champion(ask.data)
        if ask.override and _RUN.fullmatch(ask.version):
            ask = replace(ask, version=registry.adopt(ask.data, ask.version, ask.override["gate"]))
        folder = registry.package(ask.data, ask.version)
        if not alone:
            ask = four_eyes(office, ask, day)
        gates = gates_again(folder, office.supplied, limits(day), office.products)
        stop_at_failed(ask, gates)
        done = registry.promote(
            ask.data, ask.version, ask.approver, ask.reason, expected=before, requested_by=ask.requested_by,
            override=ask.override,
        )  # fmt: skip
        detail |= {"champion": done["champion"], "previous": before or "none", "requested_by": ask.requested_by}
    return {**done, "gates": [gate.as_dict() for gate in gates]}


@contextlib.contextmanager
def recorded(
    audit: AuditLog, actor: str, act: str, subject: str, detail: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """Write an act down before it begins, and again how it ended; what cannot be written down does not happen."""
    more = dict(detail)
    audit.add(actor, f"{act}.begun", subject, more)
    try:
        yield more
    except CandorError as error:
        audit.add(actor, f"{act}.refused", subject, {**more, "code": error.code, "why": str(error)})
        raise
    audit.add(actor, f"{act}.done", subject, more)


def _told(ask: Ask) -> dict[str, str]:
    override = {f"override_{key}": value for key, value in (ask.override or {}).items()}
    return {"version": ask.version, "reason": ask.reason, "requested_by": ask.requested_by, **override}


def four_eyes(office: Office, ask: Ask, day: date) -> Ask:
    """The ask with who requested it, once it is sure that the approver is somebody else where that is wanted."""
    trained = office.registry.trained_by(ask.data, ask.version)
    ask = replace(ask, requested_by=ask.requested_by.strip() or trained)
    if ask.data != office.portfolio or dated(POLICY, day)["people_min"][office.profile] < 2:
        return ask
    if not ask.requested_by:
        raise InputError(
            f"nobody is on record as having trained or asked for {ask.version}", field="requested_by",
            found="nobody", expected="who asks for the promotion", do="Give --requested-by NAME.",
        )  # fmt: skip
    if _same(ask.approver) in {_same(trained), _same(ask.requested_by)}:
        raise RefusedError(
            f"{ask.approver} trained or asked for {ask.version} and cannot approve it alone: the model that decides "
            f"for {ask.data} needs two people", code="four_eyes", field="approver", found=ask.approver,
            expected="another person", do="Let somebody else approve: --approver NAME.",
        )  # fmt: skip
    return ask


def _same(name: str) -> str:
    return " ".join(name.split()).casefold()


def stop_at_failed(ask: Ask, gates: list[Gate]) -> None:
    """Raise RefusedError naming the gates that failed and that no override sets aside."""
    aside = ask.override["gate"] if ask.override else ""
    failed = [g for g in gates if not g.passed and (g.name != aside or g.name in NEVER_SET_ASIDE)]
    if not failed:
        return
    words = "; ".join(f"{g.name}: {g.detail} (found {g.found}, limit {g.limit})" for g in failed)
    raise RefusedError(
        f"{ask.version} was not let decide: {words}", code="model_gate", field="gates",
        found=", ".join(g.name for g in failed), expected="every gate passes",
        do="Train a model that passes. A gate that may be set aside needs --override GATE --owner NAME --until DATE.",
    )  # fmt: skip


def said(**given: str) -> None:
    """Raise InputError when a name or a reason is missing or longer than the trail keeps."""
    for field, value in given.items():
        if not value.strip() or len(value) > _LONGEST[field]:
            found = f"{len(value)} characters" if value.strip() else "nothing"
            raise InputError(
                f"it needs its {field}: found {found}", field=field, found=found,
                expected=f"1 to {_LONGEST[field]} characters", do=f"Give --{field}.",
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
