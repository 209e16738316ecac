"""The decision time machine: recompute a decision from its record and compare bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from lending.domain.core import application_from, core_of
from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.routed import routed_from
from lending.ports import DecisionRow, Decisions
from lending.word_ports import Attached
from serving.decide import PolicySource, evaluate
from serving.ports import Champion
from serving.stored_texts import wrong_text

Status = Literal["equal", "different", "tampered", "erased", "model_missing"]


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """Counts over the decisions replayed. `different` names every decision that is not equal, for whatever cause."""

    checked: int
    equal: int
    different: tuple[str, ...]
    erased: int
    chain_ok: bool
    statuses: tuple[tuple[str, str, str], ...]
    """Decision, status and what was found, for those that are not equal."""

    @property
    def clean(self) -> bool:
        """True when nothing was changed and everything replays."""
        return self.chain_ok and not self.different

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            **asdict(self),
            "different": list(self.different),
            "statuses": [{"decision_id": i, "status": s, "detail": d} for i, s, d in self.statuses],
        }


@dataclass(frozen=True, slots=True)
class Replay:
    """Replays decisions with the policy and model versions they name."""

    decisions: Decisions
    policy: PolicySource
    champion: Champion
    attached: Attached | None = None
    """Where texts are read back; None leaves them unchecked."""

    def run(self, decision_ids: Sequence[str] | None = None) -> ReplayReport:
        """Replay some decisions, or all.

        Raises:
            NotFoundError: an id that was never recorded.
        """
        states = {s.decision_id: s for s in self.decisions.audit(decision_ids)}
        ids = list(decision_ids) if decision_ids is not None else list(dict.fromkeys([*self.decisions.ids(), *states]))
        found = [(i, *self._status(i, states)) for i in ids if i]
        chain = [(s.decision_id, s.status, s.detail) for s in states.values() if s.status == "tampered"]
        odd = [f for f in found if f[1] not in ("equal", "erased")]
        return ReplayReport(
            checked=len(found),
            equal=sum(status == "equal" for _, status, _ in found),
            different=tuple(decision_id for decision_id, _, _ in odd),
            erased=sum(status == "erased" for _, status, _ in found),
            chain_ok=not chain,
            statuses=(*odd, *(c for c in chain if not c[0])),
        )

    def one(self, decision_id: str) -> tuple[Status, str]:
        """Replay one decision by its own record alone, without walking the chain; what was found, and where it differs.

        Raises:
            NotFoundError: it was never recorded.
        """
        try:
            return self._compare(self.decisions.get(decision_id))
        except RefusedError as error:
            return "tampered", str(error)
        except NotFoundError as error:
            if error.field != "customer":  # the decision is unknown; an unknown customer was erased
                raise
            return "erased", "the customer's key was deleted"

    def _status(self, decision_id: str, states: dict[str, Any]) -> tuple[Status, str]:
        state = states.get(decision_id)
        if state is not None and state.status in ("tampered", "erased"):
            return state.status, state.detail
        try:
            row = self.decisions.get(decision_id)
        except RefusedError as error:
            return "tampered", str(error)
        return self._compare(row)

    def _compare(self, row: DecisionRow) -> tuple[Status, str]:
        stored = json.loads(row.core)
        version = stored["assessment"] and stored["assessment"]["model_version"]
        model = self.champion.by_version(version) if version else None
        if version and model is None:
            return "model_missing", f"{version} is no longer in the registry's exports"
        try:
            policy = self.policy.by_version(stored["policy_version"])
        except NotFoundError as error:
            return "different", str(error)
        application, day = application_from(stored), date.fromisoformat(stored["as_of"])
        assessment, decision = evaluate(application, model, policy, day)
        # The code version says which release decided; what is compared is everything that release worked out.
        routed = routed_from(stored.get("routing"))
        again = core_of(application, assessment, decision, policy, day, stored["code_version"], routed=routed)
        if again != row.core:
            return "different", _first_difference(stored, json.loads(again))
        wrong = wrong_text(row, self.attached, self.policy) if self.attached else ""
        return ("different", wrong) if wrong else ("equal", "")


def _first_difference(stored: dict[str, Any], again: dict[str, Any]) -> str:
    names = [name for name in sorted({*stored, *again}) if stored.get(name) != again.get(name)]
    return f"differs in {', '.join(names)}" if names else "differs in its bytes"
