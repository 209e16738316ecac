"""How an approved model comes to decide, by stated rules: in the shadow, then for a share, then for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from features.ranks import share_gap, wilson

Stage = Literal["shadow", "split"]
Act = Literal["wait", "split", "promote", "stop"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a version did since it stands where it stands.

    Attributes:
        stage: scores in the shadow, or decides for a share.
        days: since then.
        decisions: that it scored in the shadow, or made.
        turned: of those in the shadow that it would have ended otherwise; 0 in a split.
        approved: of its own decisions in a split.
        others: decisions of the champion beside it in a split.
        others_approved: of those.
    """

    stage: Stage
    days: int
    decisions: int
    turned: int = 0
    approved: int = 0
    others: int = 0
    others_approved: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What follows, and why, in a sentence."""

    act: Act
    why: str


def next_step(seen: Seen, rules: Mapping[str, Any]) -> Step:
    """What follows from what was seen, by the figures of kb/release.yaml."""
    enough = int(rules[f"{seen.stage}_decisions_min"])
    if seen.decisions < enough:
        return _too_few(seen, enough, int(rules[f"{seen.stage}_days_max"]))
    return _after_shadow(seen, rules) if seen.stage == "shadow" else _after_split(seen, rules)


def _too_few(seen: Seen, enough: int, longest: int) -> Step:
    met = f"{seen.decisions} of {enough} decisions in {seen.days} days"
    if seen.days > longest:
        return Step("stop", f"{met}; after {longest} days it is taken out again")
    return Step("wait", f"{met}; it goes on for at most {longest} days")


def _after_shadow(seen: Seen, rules: Mapping[str, Any]) -> Step:
    low, high = wilson(seen.turned, seen.decisions)
    most = float(rules["swap_share_max"])
    found = f"it would turn round {seen.turned} of {seen.decisions} decisions ({low:.1%} to {high:.1%})"
    if low > most:
        return Step("stop", f"{found}, clearly more than {most:.0%}; a person must look")
    return Step("split", f"{found}, not clearly more than {most:.0%}")


def _after_split(seen: Seen, rules: Mapping[str, Any]) -> Step:
    if not seen.others:
        return Step("wait", "the champion decided nothing beside it yet, so nothing can be compared")
    low, high = share_gap(seen.approved, seen.decisions, seen.others_approved, seen.others)
    gap = seen.approved / seen.decisions - seen.others_approved / seen.others
    most = float(rules["approval_gap_max"])
    found = f"it approves {gap:+.1%} against the champion ({low:+.1%} to {high:+.1%}, {seen.decisions} decisions)"
    if low > most or high < -most:
        return Step("stop", f"{found}, clearly beyond {most:.0%}; a person must look")
    return Step("promote", f"{found}, not clearly beyond {most:.0%}")
