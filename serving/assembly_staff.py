"""The parts of the platform that staff work with: counts, alarms, outcomes, cases, drafts, approvals."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from serving.assembly_portal import WithPortal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serving.alarms import AlarmDesk
    from serving.approvals import ApprovalDesk
    from serving.tallies import Follower


class WithStaff(WithPortal):
    """What the bank's own people watch and decide."""

    @cached_property
    def alarm_desk(self) -> AlarmDesk:
        """What was measured, the alarms that follow, and what staff do about them."""
        from serving.alarms import AlarmDesk

        records = self.records
        return AlarmDesk(records.alarms, records.measurements, records.accounts, records.audit, self.clock)

    @cached_property
    def approvals(self) -> ApprovalDesk:
        """What waits for a person's yes."""
        from serving.approvals import ApprovalDesk

        records = self.records
        return ApprovalDesk(records.approvals, records.audit, records.accounts, self.clock, self.settings.kb)

    @cached_property
    def counting(self) -> Follower:
        """Keeps the counts of decisions, applications and visits, beside whatever decides."""
        from serving.tallies import follower

        records, funnel = self.records, self.behaviour.lists.funnel
        return follower(records.tallies, records.countable, self.clock, self.settings.kb, funnel, self._reference)

    def _reference(self, version: str) -> Mapping[str, Any]:
        """What the loans that a model learned from were like; empty where it does not say."""
        return getattr(self.champion.by_version(version), "reference", {})
