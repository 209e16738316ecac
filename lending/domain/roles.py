"""Who may do what: role x permission, for page, callback, API and flow alike."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """The seven roles."""

    CUSTOMER = "customer"
    OFFICER = "officer"
    SENIOR_OFFICER = "senior_officer"
    RISK_MANAGER = "risk_manager"
    DATA_SCIENTIST = "data_scientist"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What an act needs."""

    QUOTE_OWN = "quote.own"
    APPLICATION_OWN = "application.own"
    CASE_READ = "case.read"
    CASE_DECIDE = "case.decide"
    CASE_OVERRIDE = "case.override"
    CASE_COUNTERSIGN = "case.countersign"
    DECISION_REPLAY = "decision.replay"
    MODEL_TRAIN = "model.train"
    MODEL_PROMOTE = "model.promote"
    MODEL_COUNTERSIGN = "model.countersign"
    MODEL_READ = "model.read"
    POLICY_READ = "policy.read"
    POLICY_DRAFT = "policy.draft"
    POLICY_PUBLISH = "policy.publish"
    MONITOR_READ = "monitor.read"
    ALARM_HANDLE = "alarm.handle"
    EXPERIMENT_RUN = "experiment.run"
    FLOW_READ = "flow.read"
    FLOW_RUN = "flow.run"
    TALK_READ = "talk.read"
    AUDIT_READ = "audit.read"
    USER_MANAGE = "user.manage"


_P = Permission
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.CUSTOMER: frozenset({_P.QUOTE_OWN, _P.APPLICATION_OWN}),
    Role.OFFICER: frozenset({_P.CASE_READ, _P.CASE_DECIDE}),
    Role.SENIOR_OFFICER: frozenset(
        {_P.CASE_READ, _P.CASE_DECIDE, _P.CASE_OVERRIDE, _P.CASE_COUNTERSIGN, _P.POLICY_READ, _P.POLICY_PUBLISH}
    ),
    Role.RISK_MANAGER: frozenset(
        {_P.MONITOR_READ, _P.ALARM_HANDLE, _P.MODEL_READ, _P.MODEL_COUNTERSIGN, _P.POLICY_READ, _P.POLICY_DRAFT,
         _P.POLICY_PUBLISH, _P.FLOW_READ, _P.FLOW_RUN, _P.TALK_READ}
    ),
    Role.DATA_SCIENTIST: frozenset(
        {_P.MONITOR_READ, _P.ALARM_HANDLE, _P.MODEL_READ, _P.MODEL_TRAIN, _P.MODEL_PROMOTE, _P.EXPERIMENT_RUN,
         _P.FLOW_READ, _P.FLOW_RUN}
    ),
    Role.AUDITOR: frozenset(
        {_P.CASE_READ, _P.MODEL_READ, _P.MONITOR_READ, _P.POLICY_READ, _P.FLOW_READ, _P.TALK_READ, _P.AUDIT_READ,
         _P.DECISION_REPLAY}
    ),
    Role.ADMIN: frozenset({_P.USER_MANAGE, _P.FLOW_READ, _P.FLOW_RUN}),
}  # fmt: skip

STAFF: frozenset[Role] = frozenset(Role) - {Role.CUSTOMER}
"""Everybody who works for the bank."""


def may(role: Role, permission: Permission) -> bool:
    """True when the role holds the permission; anything not granted is denied."""
    return permission in GRANTS[role]
