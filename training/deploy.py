"""Putting a version behind an endpoint: through its gates again, by more than one person, watched, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from lending.domain.errors import CandorError, InputError, RefusedError, UnavailableError
from training.endpoint_ports import MOVING, Endpoints, Seen, Wanted
from training.gates import limits
from training.regate import gates_again
from training.release import Ask, Office, four_eyes, recorded, said, stop_at_failed
from training.servable.manifest import verify
from training.smoke import smoke_test

Progress = Callable[[float, str], None]
Put = Callable[[Wanted], Seen]
"""Deploy a version and stay until it is at rest."""
TWIN = "twin_"
MOST_SHARE = 0.5
"""Of the calls in a canary; SageMaker allows no more."""


class Pace(Protocol):
    """Time as a deployment needs it."""

    def now(self) -> datetime:
        """The time, in UTC."""
        ...

    def wait(self, seconds: float) -> None:
        """Let that time pass."""
        ...


@dataclass(frozen=True, slots=True)
class Deploy:
    """A deployment as asked for.

    Attributes:
        endpoint: its name.
        ask: version, approver, reason and who asked; an override has no place here.
        share: of the calls while it is watched, a fraction; None takes the policy's.
        shadow: registered version that only watches; "" for none.
    """

    endpoint: str
    ask: Ask
    share: float | None = None
    shadow: str = ""


def rules_for(target: str, rules: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of kb/endpoint.yaml that hold for `local` or `sagemaker`."""
    own = {k.removeprefix(TWIN): v for k, v in rules.items() if k.startswith(TWIN)} if target == "local" else {}
    return {**{k: v for k, v in rules.items() if not k.startswith(TWIN)}, **own}


def deploy(
    office: Office, endpoints: Endpoints, wish: Deploy, rules: Mapping[str, Any], pace: Pace, progress: Progress
) -> dict[str, Any]:
    """Put a version behind an endpoint and stay until it serves all calls or was taken back.

    Asked again for the same version after it was cut off, it goes on where the endpoint stands.

    Args:
        office: registry, trail and what is known of the place.
        endpoints: where it shall answer.
        wish: what is wanted, by whom and why.
        rules: as `rules_for`.
        pace: clock and pauses.
        progress: told the share done, 0 to 1, and what is happening.

    Returns:
        `Seen` as a dictionary, with `target`, `package` (its name in the place's registry) and `smoke`.

    Raises:
        InputError: approver, reason, share or a setting is missing or out of bounds.
        NotFoundError: no such version.
        RefusedError: a gate failed, nobody approved it, an alarm rings or rang, or it answers otherwise than its
            package; then the version before answers.
        UnavailableError: the place does not answer, or did not come to an end in time.
    """
    ask = wish.ask
    said(approver=ask.approver, reason=ask.reason)
    detail = {"target": endpoints.target, "version": ask.version, "reason": ask.reason}
    with recorded(office.audit, ask.approver, "model.deploy", f"{wish.endpoint} {ask.version}", detail) as told:
        wanted, facts = allowed(office, wish, rules, pace.now())
        rules = {**rules, "canary_share": wanted.canary_share}
        progress(0.05, "beginning")

        def put(one: Wanted) -> Seen:
            begun = endpoints.begin(one, rules)
            return replace(follow(endpoints, one, begun, rules, pace, progress), before=begun.before)

        there = put(wanted)
        stop_unless_it_serves(there, wanted)
        progress(0.9, "asking it pinned rows")
        smoke = proved(office, endpoints, wanted, there.before, rules, put)
        package = endpoints.settle(wanted, rules, facts)
        linked = {"endpoint": f"{endpoints.target}:{wish.endpoint}"} | (
            {"sagemaker_package": package} if package else {}
        )
        office.registry.note(ask.data, wanted.version, linked)
        told |= {"requested_by": facts["requested_by"], **linked}
    return {**there.as_dict(), "target": endpoints.target, "package": package, "smoke": smoke}


def allowed(office: Office, wish: Deploy, rules: Mapping[str, Any], now: datetime) -> tuple[Wanted, dict[str, Any]]:
    """What may be deployed, and the registry's facts about it; as `deploy` raises."""
    ask, day = wish.ask, now.date()
    share = wish.share if wish.share is not None else float(rules["canary_share"])
    if not 0 < share <= MOST_SHARE:
        raise InputError(
            f"the canary's share is {share}", field="canary", found=str(share),
            expected=f"above 0, at most {MOST_SHARE}", do="Give a percentage, such as --canary 10.",
        )  # fmt: skip
    folder = office.registry.package(ask.data, ask.version)
    manifest, sha256 = verify(folder)
    ask = replace(four_eyes(office, ask, day), version=manifest["version"])
    stop_at_failed(ask, gates_again(folder, office.supplied, limits(day), office.products))
    row = stop_unless_approved(office.registry.list(ask.data), ask.version)
    wanted = Wanted(
        wish.endpoint, ask.data, ask.version, folder, sha256, ask.approver,
        now.astimezone(UTC).isoformat(timespec="seconds"), share, _shadow(office, ask.data, wish.shadow),
    )  # fmt: skip
    return wanted, {**row, "requested_by": ask.requested_by}


def stop_unless_approved(rows: Sequence[Mapping[str, Any]], version: str) -> Mapping[str, Any]:
    """The registry's row of a version that a person let decide. Raises RefusedError when nobody did."""
    row = next((row for row in rows if row["version"] == version), None)
    if row and row["approver"] and not row["gates_failed"] and not row["rolled_back"]:
        return row
    found = f"gates failed: {', '.join(row['gates_failed'])}" if row and row["gates_failed"] else "nobody approved it"
    found = "it was taken back before" if row and row["rolled_back"] else found
    raise RefusedError(
        f"{version} is not deployed: {found}", code="not_approved", field="version", found=found,
        expected="a version that passed its gates and was approved", do=f"candor promote {version} --reason WHY",
    )  # fmt: skip


def follow(
    endpoints: Endpoints, wanted: Wanted, there: Seen, rules: Mapping[str, Any], pace: Pace, progress: Progress
) -> Seen:
    """Look until it is at rest; what takes longer than the rules allow is taken back. Raises UnavailableError."""
    begun, most = pace.now(), float(rules["deploy_seconds_max"])
    while there.phase in MOVING:
        spent = (pace.now() - begun).total_seconds()
        progress(min(0.85, 0.1 + 0.75 * spent / most), f"{there.phase}: {there.why}")
        if spent > most + 2 * float(rules["look_seconds"]):
            raise _too_long(endpoints, wanted, there, rules)
        pace.wait(float(rules["look_seconds"]))
        there = endpoints.look(wanted.endpoint, rules)
    return there


def stop_unless_it_serves(there: Seen, wanted: Wanted) -> None:
    """Raise RefusedError when another version than the wanted one answers in the end."""
    if there.phase == "serving" and there.version == wanted.version:
        return
    now = f"{there.version or 'nothing'} answers" if there.phase == "serving" else f"the endpoint is {there.phase}"
    raise RefusedError(
        f"{wanted.version} was taken back: {there.why}; {now}", code="rolled_back", field="version",
        found=there.version or there.phase, expected=wanted.version,
        do=f"Look at what rang: candor endpoint status {wanted.endpoint}. Mend it before you deploy again.",
    )  # fmt: skip


def proved(
    office: Office, endpoints: Endpoints, wanted: Wanted, before: str, rules: Mapping[str, Any], put: Put
) -> dict[str, Any]:
    """What the smoke test found; a version that answers otherwise than its package gives way to the one before.

    `before` is the version that answered before: "" for none, or where a deployment that was cut off went on.

    Raises:
        RefusedError: it answers wrongly; the sentence says who answers now.
        UnavailableError: it does not answer.
    """
    try:
        return smoke_test(endpoints, wanted, rules)
    except RefusedError as wrong:
        if before in ("", wanted.version):
            raise
        now, do = _gone_back(office, wanted, before, put)
        raise RefusedError(
            f"{wrong}; {now}", code=wrong.code, field=wrong.field, found=wrong.found, expected=wrong.expected, do=do
        ) from None


def _gone_back(office: Office, wanted: Wanted, before: str, put: Put) -> tuple[str, str]:
    """Who answers once the version before was deployed again, and what is left to do."""
    by_hand = f"Deploy it at once: candor endpoint deploy {before}"
    try:
        folder = office.registry.package(wanted.data, before)
        there = put(replace(wanted, version=before, folder=folder, sha256=verify(folder)[1], shadow={}))
    except CandorError as trouble:
        return f"{before} could not be put back: {trouble}", by_hand
    if (there.phase, there.version) == ("serving", before):
        return f"{before} answers again", f"Look at the package of {wanted.version} before you deploy it again."
    return f"{before} was not taken: {there.why}", by_hand


def _shadow(office: Office, data: str, version: str) -> dict[str, str]:
    if not version:
        return {}
    folder = office.registry.package(data, version)
    manifest, sha256 = verify(folder)
    return {"version": manifest["version"], "folder": str(folder), "sha256": sha256}


def _too_long(endpoints: Endpoints, wanted: Wanted, there: Seen, rules: Mapping[str, Any]) -> UnavailableError:
    with suppress(RefusedError):  # it came to an end just now
        endpoints.roll_back(wanted.endpoint, "the deployment took too long", rules)
    return UnavailableError(
        f"{wanted.version} is not in service after {rules['deploy_seconds_max']} s ({there.why}) and is taken back",
        code="deploy_time", field="endpoint", found=there.phase, expected="serving",
        do=f"See how it stands: candor endpoint status {wanted.endpoint} --target {endpoints.target}",
    )  # fmt: skip
