"""The parts of the platform that staff work with: counts, alarms, outcomes, cases, drafts, approvals."""

from __future__ import annotations

from serving.assembly_portal import WithPortal


class WithStaff(WithPortal):
    """What the bank's own people watch and decide."""
