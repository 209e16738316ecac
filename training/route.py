"""Letting a version stand beside the champion: as challenger it decides for a share, as shadow it only scores."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from lending.domain.errors import InputError, RefusedError
from training.gates import dated, limits
from training.ports import Registry, Role
from training.regate import gates_again
from training.release import NEVER_SET_ASIDE, POLICY, Ask, Office, four_eyes, recorded, said, stop_at_failed
from training.servable.routing import Routing

_ACTS: dict[Role, str] = {"challenger": "model.challenger", "shadow": "model.shadow"}


def set_challenger(office: Office, ask: Ask, share: str, today: date | None = None) -> dict[str, Any]:
    """Let a version decide for a share of the applicants, through the gates and by as many people as a promotion.

    Args:
        office: registry, trail and what is known of the place.
        ask: version, approver, reason and who asked; an override has no place here.
        share: of the applicants, as text.
        today: the day whose limits and policy hold; left out: today in UTC.

    Returns:
        `routed` with `gates`.

    Raises:
        InputError: approver, reason or share is missing or out of bounds.
        NotFoundError: no such version.
        RefusedError: there is no champion, a gate failed, one person alone asks, the version has a part already, or
            its package was changed.
    """
    day = today or datetime.now(UTC).date()
    said(approver=ask.approver, reason=ask.reason)
    share = _bounded(share, day)
    detail = {"version": ask.version, "reason": ask.reason, "requested_by": ask.requested_by, "share": share}
    with recorded(office.audit, ask.approver, _ACTS["challenger"], f"{ask.data} {ask.version}", detail) as told:
        champion = _champion(office.registry, ask.data)
        folder = office.registry.package(ask.data, ask.version)
        ask = four_eyes(office, ask, day)
        gates = gates_again(folder, office.supplied, limits(day), office.products)
        stop_at_failed(ask, gates)
        words = {"approver": ask.approver, "requested_by": ask.requested_by, "reason": ask.reason,
                 "share": share}  # fmt: skip
        after = office.registry.stand_beside(ask.data, "challenger", ask.version, words, expected=champion)
        told |= {"champion": champion, "requested_by": ask.requested_by, "split": after.split}
    return {**routed(ask.data, champion, after), "gates": [gate.as_dict() for gate in gates]}


def set_shadow(office: Office, ask: Ask, today: date | None = None) -> dict[str, Any]:
    """Let a version score what the champion decides, and decide nothing; one person may ask for that.

    Returns:
        `routed`.

    Raises:
        InputError: name or reason is missing.
        NotFoundError: no such version.
        RefusedError: there is no champion, or the bank's records cannot feed the version.
    """
    day = today or datetime.now(UTC).date()
    said(approver=ask.approver, reason=ask.reason)
    detail = {"version": ask.version, "reason": ask.reason}
    with recorded(office.audit, ask.approver, _ACTS["shadow"], f"{ask.data} {ask.version}", detail) as told:
        champion = _champion(office.registry, ask.data)
        folder = office.registry.package(ask.data, ask.version)
        gates = gates_again(folder, office.supplied, limits(day), office.products)
        stop_at_failed(ask, [gate for gate in gates if gate.name in NEVER_SET_ASIDE])
        words = {"approver": ask.approver, "requested_by": ask.requested_by, "reason": ask.reason}
        after = office.registry.stand_beside(ask.data, "shadow", ask.version, words, expected=champion)
        told |= {"champion": champion}
    return routed(ask.data, champion, after)


def clear(office: Office, data: str, role: Role, by: str, reason: str) -> dict[str, Any]:
    """Take the challenger or the shadow away; one person may do so, as it may be urgent.

    Returns:
        `routed` with `ended`: the version that stood there.

    Raises:
        InputError: name or reason is missing.
        RefusedError: nothing stands there.
    """
    said(by=by, reason=reason)
    with recorded(office.audit, by, f"{_ACTS[role]}.end", data, {"reason": reason}) as told:
        before = office.registry.stand_down(data, role, by)
        there = getattr(before, role) if before else None
        if there is None:
            raise RefusedError(
                f"{data} has no {role}", code="nothing_beside", field="data", found="none", expected=f"a {role}",
                do="See: candor models route",
            )  # fmt: skip
        told |= {"version": there.version}
    return {**route(office.registry, data), "ended": there.version}


def route(registry: Registry, data: str) -> dict[str, Any]:
    """Who decides for a data set and who stands beside it, as `routed`."""
    return routed(data, registry.champion(data), registry.routing(data))


def routed(data: str, champion: str | None, routing: Routing | None) -> dict[str, Any]:
    """`{data, champion, challenger, shadow, split}`, JSON-ready; what does not stand there is None."""
    there = {role: getattr(routing, role, None) for role in _ACTS}
    told = {role: None if one is None else asdict(one) for role, one in there.items()}
    return {"data": data, "champion": champion, **told, "split": (routing.split if routing else "") or None}


def _bounded(text: str, day: date) -> str:
    """A share above 0 and at most what policy allows, in its shortest form. Raises InputError."""
    most = Decimal(str(dated(POLICY, day)["challenger_share_max"]))
    try:
        share = Decimal(text)
    except InvalidOperation:
        share = Decimal("NaN")
    if share.is_finite() and 0 < share <= most:
        return f"{share.normalize():f}"
    raise InputError(
        f"the share is {text[:20]}; a challenger decides for more than 0 and at most {most} of the applicants",
        field="share", found=text[:20], expected=f"above 0, at most {most}", do="Give a share, such as 0.1.",
    )  # fmt: skip


def _champion(registry: Registry, data: str) -> str:
    found = registry.champion(data)
    if found is None:
        raise RefusedError(
            f"{data} has no champion to stand beside", code="no_champion", field="data", found="none",
            expected="a champion", do="Promote one first: candor promote VERSION --reason WHY",
        )  # fmt: skip
    return found
