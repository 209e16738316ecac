"""A decision of the past, shown again from its record by the function that showed it first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from lending.domain.application import Application, Assessment
from lending.domain.core import application_from, assessment_from
from lending.domain.decision import Decision, decide
from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.policy import Policy
from lending.ports import DecisionRow
from serving.decide import PolicySource
from serving.shown import result


@dataclass(frozen=True, slots=True)
class Replayed:
    """A recorded decision made again from its record, by the policy and the score of its day."""

    application: Application
    assessment: Assessment | None
    decision: Decision
    policy: Policy
    day: date


def replayed(row: DecisionRow, policies: PolicySource) -> Replayed:
    """A recorded decision with its findings; the score is read from the record, so no model is needed.

    Raises:
        NotFoundError: its policy is not kept.
        RefusedError: the rules now give another outcome than the record holds.
    """
    core = json.loads(row.core)
    policy, day = policies.by_version(core["policy_version"]), date.fromisoformat(core["as_of"])
    application, assessment = application_from(core), assessment_from(core)
    decision = decide(application, assessment, policy, day)
    if decision.outcome.value != core["outcome"]:
        raise RefusedError(
            f"{row.decision_id} does not replay: recorded {core['outcome']}, recomputed {decision.outcome.value}",
            code="different", field="decision_id", found=decision.outcome.value, expected=core["outcome"],
            do="Tell the bank; candor replay shows what differs.",
        )  # fmt: skip
    return Replayed(application, assessment, decision, policy, day)


def recorded_quote(row: DecisionRow, policies: PolicySource) -> dict[str, object]:
    """The quote result of a recorded decision, confidential rules hidden as they were then. Raises as `replayed`."""
    made = replayed(row, policies)
    return result(made.application, made.assessment, made.decision, made.policy, made.day, row.decision_id)


def own_decision(row: DecisionRow, customer_id: str) -> DecisionRow:
    """The row when it is this customer's; what is somebody else's is not there. Raises NotFoundError."""
    if row.customer_id != customer_id:
        raise no_decision(row.decision_id)
    return row


def no_decision(decision_id: str) -> NotFoundError:
    """The one answer for a decision that is not there and for one that is not yours."""
    return NotFoundError(
        "there is no such decision of yours",
        code="not_found", field="decision_id", found=decision_id[:40], expected="the id of a decision of yours",
        do="Use the decision_id of one of your quotes.",
    )  # fmt: skip
