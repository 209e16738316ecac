"""The parts of the platform that the portal stands on: applications, documents, messages, accounts, variants."""

from __future__ import annotations

from serving.assembly_words import WithWords


class WithPortal(WithWords):
    """What happens after a quote, and what a customer may ask of the bank."""
