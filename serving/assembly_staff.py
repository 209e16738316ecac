"""The parts of the platform that staff work with: counts, alarms, outcomes, cases, drafts, approvals."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from serving.assembly_portal import WithPortal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lending.ports import Clock
    from serving.alarms import AlarmDesk
    from serving.approvals import ApprovalDesk
    from serving.audit_book import AuditBook
    from serving.decide import Quotes
    from serving.language_quality import LanguageQuality
    from serving.language_texts import LanguageTexts
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

    @cached_property
    def language_quality(self) -> LanguageQuality:
        """How generated texts do."""
        from serving.language_quality import LanguageQuality

        return LanguageQuality(self.records.language, self.clock, self.settings.kb)

    @cached_property
    def language_texts(self) -> LanguageTexts:
        """Generated texts one by one, for staff."""
        from serving.language_texts import LanguageTexts

        records = self.records
        return LanguageTexts(
            records.language, records.generations, records.conversations, records.attached, records.audit, self.clock
        )

    def quotes_recorded_by(self, clock: Clock) -> Quotes:
        """The function that decides, whose records bear the times of another clock: for a generated history."""
        from lending.adapters.decisions import DecisionLedger

        records = self.records
        return replace(self.quotes, decisions=DecisionLedger(records.database, records.envelopes, clock))

    @cached_property
    def audit_book(self) -> AuditBook:
        """Reading the record, and whether its chains hold."""
        from serving.audit_book import AuditBook

        records = self.records
        pages = records.audit_pages
        return AuditBook(pages, pages, records.measurements, self.alarm_desk, records.audit, self.clock)
