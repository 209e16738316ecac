"""The parts of the platform that the portal stands on: applications, documents, messages, accounts, variants."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from serving.assembly_words import WithWords

if TYPE_CHECKING:
    from serving.behaviour import Behaviours
    from serving.best_fit import BestFit
    from serving.variants import Variants


class WithPortal(WithWords):
    """What happens after a quote, and what a customer may ask of the bank."""

    @cached_property
    def variants(self) -> Variants:
        """Which wording, order or layout somebody sees."""
        from serving.variants import PURPOSE, open_variants

        records = self.records
        return open_variants(self.settings.kb, records.exposures, records.envelopes.key_for(PURPOSE))

    @cached_property
    def behaviour(self) -> Behaviours:
        """How the pages are used, without naming anybody."""
        from serving.behaviour import PURPOSE, Behaviours, open_behaviour

        records, lists = self.records, open_behaviour(self.settings.kb)
        products = frozenset(self.policy.current.products)
        key = records.envelopes.key_for(PURPOSE)
        return Behaviours(records.behaviour, lists, self.variants, products, self.clock, key)

    @cached_property
    def best_fit(self) -> BestFit:
        """Which loan type suits a customer today."""
        from serving.best_fit import BestFit, read_suiting

        return BestFit(self.quotes, read_suiting(self.settings.kb, self.settings.market))
