"""The words that the scripts of the what-if page write, with their slots still open."""

from __future__ import annotations

from collections.abc import Sequence

from console.words import Say

_OF_THE_PAGE: Sequence[str] = (
    "amount.between", "amount.wrong", "term.between", "term.wrong", "gold.wrong", "value.wrong",
    *(f"live.{name}" for name in (
        "title", "estimate", "checking", "confirmed", "waiting", "server_only", "no_model", "problem",
        "ask_lead", "decline", "refer", "instalment", "one_payment", "differs", "differs_outcome", "nearest",
        "nearest_both", "nearest_term", "bar")),
    *(f"map.{name}" for name in (
        "finding", "finding_none", "finding_all", "finding_refer", "waiting", "hint", "read", "read_rate", "approve",
        "refer", "decline", "own", "nearest", "amount", "term", "caption", "time", "largest", "none", "rate", "take",
        "take_name")),
    *(f"plan.{name}" for name in (
        "finding", "finding_bullet", "empty", "owed", "interest", "interest_due", "month", "payment", "interest_month",
        "principal", "outstanding", "caption")),
    *(f"rates.{name}" for name in (
        "flat", "finding", "empty", "unknown", "own", "suggested", "caption", "time", "rate", "instalment")),
    "paper.needs",
)  # fmt: skip
_OUTCOMES = ("approve", "refer", "decline")


def script_words(say: Say) -> dict[str, str]:
    """Name to text, such as `live.estimate`; `title.*` and `lead.*` are those of a decision."""
    own = {name: say(f"quote.{name}") for name in _OF_THE_PAGE}
    titles = {f"title.{outcome}": say(f"outcome.title.{outcome}") for outcome in _OUTCOMES}
    leads = {f"lead.{name}": say(f"outcome.lead.{name}") for name in ("approve", "bullet")}
    return {**own, **titles, **leads}
