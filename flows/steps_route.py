"""What flows and commands do about challenger and shadow."""

from __future__ import annotations

from typing import Any, Literal

from flows import steps

Beside = Literal["challenger", "shadow"]


def set_challenger(
    data: str, version: str, share: str, approver: str, reason: str, requested_by: str = ""
) -> dict[str, Any]:
    """Let a version decide for a share of the applicants; see `training.route.set_challenger`."""
    from training.release import Ask
    from training.route import set_challenger

    return set_challenger(steps.office(), Ask(data, version, approver, reason, requested_by), share)


def set_shadow(data: str, version: str, by: str, reason: str) -> dict[str, Any]:
    """Let a version score and decide nothing; see `training.route.set_shadow`."""
    from training.release import Ask
    from training.route import set_shadow

    return set_shadow(steps.office(), Ask(data, version, by, reason))


def end(data: str, role: Beside, by: str, reason: str) -> dict[str, Any]:
    """Take the challenger or the shadow away; see `training.route.clear`."""
    from training.route import clear

    return clear(steps.office(), data, role, by, reason)


def route(data: str) -> dict[str, Any]:
    """Who decides for a data set and who stands beside it."""
    from serving.assembly import platform
    from training.route import route

    return route(platform().registry, data)


def act_on(
    data: str, act: str, version: str, share: str, approver: str, reason: str, requested_by: str
) -> dict[str, Any]:  # fmt: skip
    """One act on what stands beside the champion, as `flows.parameters.RouteRequest` names it; answers as `route`."""
    if act == "challenger":
        set_challenger(data, version, share, approver, reason, requested_by)
    elif act == "shadow":
        set_shadow(data, version, approver, reason)
    elif act == "rollback":
        steps.rollback(data, approver, reason)
    else:
        end(data, "challenger" if act == "end-split" else "shadow", approver, reason)
    return route(data)


def score_shadow(days: int, most: int) -> dict[str, int]:
    """Let every model in force score the decisions that it did not score yet; role to how many."""
    from serving.assembly import platform

    return platform().shadows.work(days, most)


def compare_models(days: int) -> dict[str, Any] | None:
    """Compare the models on those decisions and keep what was found; None when the champion stands alone."""
    from serving.assembly import platform

    place = platform()
    found = place.shadows.compared(days)
    if found is not None:
        place.alarm_desk.measure("models", "live", found)
    return found
