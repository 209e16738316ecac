"""What a text about a recorded decision is made of and may state: told once, checked again at every replay."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lending.domain.errors import NotFoundError
from lending.domain.policy import Policy
from lending.ports import DecisionRow
from lending.word_ports import Attached
from rag.case import case_summary, ledger_of_case
from rag.comparison import compared, ledger_of_both
from rag.content import Claim, about
from rag.entries import ledger_of
from rag.ledger import Ledger
from rag.ports import Writing
from rag.verify import Ground
from serving.decide import PolicySource
from serving.recorded import recorded_quote


@dataclass(frozen=True, slots=True)
class Case:
    """A recorded decision with all that came with it.

    Attributes:
        core: as recorded.
        result: the quote result with offers, plans and alternatives, as its customer saw it.
        policy: the one that decided.
    """

    row: DecisionRow
    core: Mapping[str, Any]
    result: Mapping[str, Any]
    policy: Policy

    @property
    def day(self) -> date:
        """Whose day's rules decided."""
        return date.fromisoformat(self.core["as_of"])

    def offer(self, offer_id: str) -> Mapping[str, Any]:
        """One of its offers. Raises NotFoundError."""
        found = next((o for o in self.result["offers"] if o["offer_id"] == offer_id), None)
        if found is None:
            raise NotFoundError(
                "there is no such offer of this decision", code="not_found", field="offer_id", found=offer_id[:40],
                expected="the offer_id of one of its offers", do="Use an offer_id that came with the decision.",
            )  # fmt: skip
        return found


def stated(result: Mapping[str, Any]) -> tuple[str, ...]:
    """The bank's own words in a result that may hold figures: reasons, conditions, why there is no plan."""
    told = [*result["reasons"], *result["conditions"], result.get("why_no_plan") or {"text": ""}]
    return tuple(one["text"] for one in told if one["text"])


def grounded(ledger: Ledger, words: Sequence[str], passages: Mapping[str, str], outcome: str) -> Ground:
    """What a text may stand on.

    Args:
        ledger: figures of the record.
        words: texts of the bank whose figures may be told as well.
        passages: id to text of those that may be cited.
        outcome: of the decision; empty where it is about none.
    """
    return Ground(ledger.with_passages({f"stated {n}": text for n, text in enumerate(words)}), passages, outcome)


def case_of(row: DecisionRow, attached: Attached, policies: PolicySource) -> Case:
    """A decision with its offers and plans as they were chained to it last.

    Raises:
        NotFoundError: its policy is not kept; RefusedError: it does not replay, or what is attached was changed.
    """
    core = json.loads(row.core)
    offers, helps = attached.of(row.decision_id, "offers"), attached.of(row.decision_id, "recourse")
    result = {
        **recorded_quote(row, policies), "alternatives": [],
        "offers": json.loads(offers[-1]) if offers else [], **(json.loads(helps[-1]) if helps else {}),
    }  # fmt: skip
    return Case(row, core, result, policies.by_version(core["policy_version"]))


def claims_of(case: Case, kind: str, names: Sequence[str], writing: Writing) -> list[Claim]:
    """What a kind of text says of a case; `names` are the offers of a comparison. Raises NotFoundError."""
    if kind == "comparison":
        one, other = (case.offer(name) for name in names)
        return compared(one, other, writing)
    if kind == "case_summary":
        words = {code: text.officer for code, text in case.policy.wording.reasons.items()}
        return case_summary(case.core, words, writing)
    return about(case.result, writing)


def ledger_for(case: Case, kind: str, names: Sequence[str]) -> Ledger:
    """The figures that a kind of text may state; arguments and errors as `claims_of`."""
    currency = case.policy.currency
    if kind == "comparison":
        one, other = (case.offer(name) for name in names)
        return ledger_of_both(case.result["offers"], one, other, currency)
    if kind == "case_summary":
        return ledger_of_case(case.core, case.result, currency)
    return ledger_of(case.result, currency)
