"""The policy lab: past applications decided once more by a draft of the policy, beside the policy in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

import numpy as np

from features.ports import DataSets
from lending.domain.errors import InputError, RefusedError
from lending.domain.money import plain
from lending.domain.policy import Policy
from lending.outcome_ports import Outcomes
from lending.ports import Clock, Decisions
from serving.lab_answers import OUTCOMES, Answers, answers
from serving.lab_cases import RECORDED, Past, from_loans, from_records
from serving.lab_compare import SEED, Pair, figures, groups, parts, swaps
from serving.lab_cut_off import cut_off
from serving.ports import Champion

Watch = Callable[[float, str], None]
"""Told the share done (0 to 1), and what is happening."""
QUICK = 400
"""Applications that are decided within about two seconds, so that a page may wait for them."""


class TriedPolicies(Protocol):
    """The policy in force, and as it would be with other figures."""

    @property
    def current(self) -> Policy: ...

    def tried(self, values: Mapping[str, Decimal]) -> Policy:
        """Raises PolicyError naming file and key where the figures contradict others."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A replay that is asked for.

    Attributes:
        values: path to the figure that is tried, checked by `lab_leaves.read_values`.
        data: a data set, or `recorded` for the decisions on record.
        product: what loans count as where the data does not say; None: those are left out.
        most: a sample of at most so many applications, drawn with SEED; None: all.
    """

    values: Mapping[str, Decimal]
    data: str
    product: str | None = None
    most: int | None = None


@dataclass(frozen=True)
class Lab:
    """Replays drafts."""

    policy: TriedPolicies
    datasets: DataSets
    decisions: Decisions
    outcomes: Outcomes
    champion: Champion
    clock: Clock

    def sources(self) -> list[str]:
        """The names of what can be decided anew."""
        return [*self.datasets.names(), RECORDED]

    def run(self, wanted: Wanted, watch: Watch | None = None) -> dict[str, Any]:
        """Decide past applications by the policy in force and by the draft; JSON-ready, without personal data.

        Raises:
            PolicyError: the draft contradicts itself; names file and key.
            NotFoundError: no such data set.
            RefusedError: no model decides yet.
            InputError: there is nothing to decide.
        """
        tell = watch or _nobody
        present, draft = self.policy.current, self.policy.tried(wanted.values)
        tell(0.05, "reading and scoring applications")
        past, whole = self._past(wanted, present)
        before = answers(past.cases, present, past.unseen, _step(tell, 0.2, 0.55, "deciding by the policy in force"))
        after = before
        if draft.version != present.version:
            after = answers(past.cases, draft, past.unseen, _step(tell, 0.55, 0.9, "deciding by the draft"))
        tell(0.9, "comparing both")
        found = _compared(Pair(past, before, after), present, draft)
        return {**self._about(wanted, past, whole, before, present, draft), **found}

    def _past(self, wanted: Wanted, policy: Policy) -> tuple[Past, int]:
        """What is decided, and how many there are in all."""
        if wanted.data == RECORDED:
            ids = list(dict.fromkeys(self.decisions.ids()))
            if not ids:
                raise _nothing()
            return from_records(self.decisions, self.outcomes, [ids[n] for n in _drawn(len(ids), wanted.most)]), len(
                ids
            )
        model, loans = self.champion.current(), self.datasets.past(wanted.data)
        if model is None:
            raise RefusedError("no model decides yet", code="no_model", field="model", found="none",
                               expected="a champion", do="Train and release one first.")  # fmt: skip
        count, today = len(loans.label), self.clock.now().date()
        rows = _drawn(count, wanted.most)
        return from_loans(loans, model, policy, today, product=wanted.product, rows=rows), count

    def _about(
        self, wanted: Wanted, past: Past, whole: int, before: Answers, present: Policy, draft: Policy
    ) -> dict[str, Any]:
        days = [case.day for case in past.cases]
        versions = {case.assessment.model_version for case in past.cases if case.assessment}
        return {
            "data": wanted.data,
            "product": wanted.product,
            "values": {path: plain(value) for path, value in sorted(wanted.values.items())},
            "base_version": present.version,
            "draft_version": draft.version,
            "models": sorted(versions),
            "applications": len(past.cases),
            "of": whole,
            "left_out": past.left_out,
            "seed": SEED,
            "from": min(days).isoformat(),
            "to": max(days).isoformat(),
            "on_own_day": past.on_own_day,
            "not_looked_at": sorted(past.unseen),
            "differs_from_record": _differs(past, before),
            "currency": present.currency,
            "ran_at": self.clock.now().isoformat(timespec="seconds"),
        }


def _compared(pair: Pair, present: Policy, draft: Policy) -> dict[str, Any]:
    return {
        "figures": figures(pair),
        "swaps": swaps(pair),
        "parts": parts(pair),
        "groups": groups(pair),
        "cut_off": cut_off(pair, present, draft),
    }


def _differs(past: Past, before: Answers) -> int | None:
    """How many recorded answers the policy in force would not give again; None where none are recorded."""
    said = [case.recorded for case in past.cases]
    if not any(said):
        return None
    return sum(OUTCOMES[code] is not one for code, one in zip(before.outcome, said, strict=True))


def _drawn(count: int, most: int | None) -> Sequence[int]:
    """Places of a sample, in order; all of them when they are few enough."""
    if most is None or count <= most:
        return range(count)
    return sorted(np.random.default_rng(SEED).choice(count, most, replace=False).tolist())


def _step(tell: Watch, low: float, high: float, words: str) -> Callable[[int, int], None]:
    return lambda done, count: tell(low + (high - low) * done / count, f"{words}: {done} of {count}")


def _nobody(share: float, words: str) -> None:
    """Watches nothing."""


def _nothing() -> InputError:
    return InputError("no decision is on record yet", code="no_decisions", field="data", found="none",
                      expected="decisions on record", do="Choose a data set of past loans.")  # fmt: skip
