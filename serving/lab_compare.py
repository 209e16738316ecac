"""A draft against the policy in force on the same applications: figures, who moves, parts of the book, groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from serving.lab_answers import OUTCOMES, Answers, Bools, Floats
from serving.lab_cases import Past
from serving.lab_statistics import Interval, mean, rate, ratio, share_change, total_change

SEED = 7
"""Of the resamples behind the groups' intervals."""
_GROUP = ("attribute", "group", "count", "selection_rate", "adverse_impact_ratio", "adverse_impact_interval",
          "verdict", "why")  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """The same cases, answered by the policy in force and by the draft.

    Attributes:
        bad: 1, 0, or NaN where nobody saw an outcome; shape (n,).
        lent: whether the loan was lent at all; shape (n,).
    """

    past: Past
    present: Answers
    draft: Answers

    @property
    def bad(self) -> Floats:
        return np.array([np.nan if c.bad is None else float(c.bad) for c in self.past.cases], dtype=np.float64)

    @property
    def lent(self) -> Bools:
        return np.array([case.lent for case in self.past.cases], dtype=bool)


def figures(pair: Pair) -> dict[str, dict[str, Interval]]:
    """Each figure under the policy in force, under the draft, and where it can be compared what changes."""
    bad = pair.bad
    found = {"approval_rate": _both(pair, lambda one: rate(int(one.approved.sum()), len(one.approved)))}
    found["approval_rate"]["change"] = share_change(pair.present.approved, pair.draft.approved)
    money: Mapping[str, Callable[[Answers], Floats]] = {
        "expected_loss": lambda one: one.expected_loss,
        "realised_loss": lambda one: one.realised_loss(bad),
        "income": lambda one: one.income,
        "expected_profit": lambda one: one.expected_profit,
        "realised_profit": lambda one: one.realised_profit(bad),
    }
    for name, of in money.items():
        found[f"{name}_per_loan"] = _both(pair, lambda one, of=of: mean(of(one)[one.approved]))
        found[f"{name}_total"] = {"change": total_change(*(_all(of(one), one, bad, name) for one in _pair(pair)))}
    for name in ("expected_loss", "realised_loss"):
        of = money[name]
        found[f"{name}_rate"] = _both(pair, lambda one, of=of: ratio(of(one)[one.approved], one.amount[one.approved]))
    found["yield"] = _both(pair, lambda one: ratio((one.rate * one.amount)[one.approved], one.amount[one.approved]))
    found["bad_rate"] = _both(pair, lambda one: bad_rate(bad[one.approved]))
    found["mean_pd"] = _both(pair, lambda one: mean(one.pd[one.approved]))
    return found


def bad_rate(bad: Floats) -> Interval:
    """The share that went bad of those whose outcome is known."""
    known = bad[np.isfinite(bad)]
    return rate(int(known.sum()), len(known))


def swaps(pair: Pair) -> dict[str, Any]:
    """Who moves: outcome under the policy in force by outcome under the draft, and what is known of those who move."""
    names = [outcome.value for outcome in OUTCOMES]
    places = 3 * pair.present.outcome + pair.draft.outcome
    matrix = np.bincount(places, minlength=9).reshape(3, 3)
    before, after = pair.present.approved, pair.draft.approved
    sets = {"in": after & ~before, "out": before & ~after, "stay_in": before & after, "stay_out": ~before & ~after}
    return {
        "outcomes": names,
        "matrix": matrix.tolist(),
        "moved": int((pair.present.outcome != pair.draft.outcome).sum()),
        **{name: _set(pair, who) for name, who in sets.items()},
    }


def _set(pair: Pair, who: Bools) -> dict[str, Any]:
    """`never_lent`: refused then, so that nobody saw how it would have gone; `not_yet`: lent, not over yet."""
    bad = pair.bad[who]
    known = int(np.isfinite(bad).sum())
    lent = int(pair.lent[who].sum())
    return {
        "count": int(who.sum()),
        "mean_pd": mean(pair.draft.pd[who]),
        "bad_rate": bad_rate(bad),
        "known": known,
        "never_lent": int(who.sum()) - lent,
        "not_yet": lent - known,
        "amount": mean(pair.draft.amount[who]),
    }


def parts(pair: Pair) -> list[dict[str, Any]]:
    """Approval rate by product, by kind of work and by size of the loan."""
    asked = [case.application for case in pair.past.cases]
    amounts = np.array([float(one.request.amount) for one in asked])
    cuts = np.quantile(amounts, [1 / 3, 2 / 3]) if len(amounts) else np.zeros(2)
    sizes = np.array(["small", "middle", "large"], dtype=object)[np.searchsorted(cuts, amounts, side="left")]
    columns = {"product": [one.request.product for one in asked], "amount": list(sizes)}
    if "employment_status" not in pair.past.unseen:
        columns["work"] = [one.applicant.employment_status for one in asked]
    return [
        _part(pair, kind, name, np.array([value == name for value in values]))
        for kind, values in columns.items()
        for name in sorted(set(values))
    ]


def _part(pair: Pair, kind: str, name: str, who: Bools) -> dict[str, Any]:
    before, after = pair.present.approved[who], pair.draft.approved[who]
    return {
        "kind": kind,
        "name": name,
        "count": int(who.sum()),
        "present": rate(int(before.sum()), len(before)),
        "draft": rate(int(after.sum()), len(after)),
        "change": share_change(before, after),
        "into": int((after & ~before).sum()),
        "out": int((before & ~after).sum()),
        "bad_rate": bad_rate(pair.bad[who][after]),
    }


def groups(pair: Pair) -> dict[str, Any]:
    """Each protected group under both policies: approval rate, impact ratio with its interval, verdict.

    Only loans whose outcome is known are looked at; `why` says so where there are none.
    """
    known, held = np.isfinite(pair.bad), pair.past.groups
    if held is None:
        return {"present": [], "draft": [], "loans": 0, "why": "groups are not opened for decisions on record"}
    if not len(held.columns) or len(set(pair.bad[known])) < 2:
        why = "the data names no groups" if not len(held.columns) else "too few outcomes are known"
        return {"present": [], "draft": [], "loans": 0, "why": why}
    return {name: _groups(pair, one, known) for name, one in zip(("present", "draft"), _pair(pair), strict=True)} | {
        "loans": int(known.sum()), "why": "",
    }  # fmt: skip


def _groups(pair: Pair, one: Answers, known: Bools) -> list[dict[str, Any]]:
    from training.fairness import fairness

    assert pair.past.groups is not None  # noqa: S101 - looked at by the caller
    who: Any = pair.past.groups[known].reset_index(drop=True)
    bad = pair.bad[known].astype(np.int8)
    rows = fairness(who, one.pd[known], bad, SEED, crossed=False, selected=one.approved[known])
    return [{name: row[name] for name in _GROUP} for row in rows]


def _pair(pair: Pair) -> tuple[Answers, Answers]:
    return pair.present, pair.draft


def _both(pair: Pair, of: Callable[[Answers], Interval]) -> dict[str, Interval]:
    return {"present": of(pair.present), "draft": of(pair.draft)}


def _all(values: Floats, one: Answers, bad: Floats, name: str) -> Floats:
    """What each application brings: nothing unless it is approved; of realised figures only where they are known."""
    found = np.where(one.approved, values, 0.0)
    return found[np.isfinite(bad)] if name.startswith("realised") else found
