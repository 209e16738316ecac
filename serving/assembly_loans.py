"""The parts of the platform that decide."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from serving.assembly_sign_in import WithSignIn

if TYPE_CHECKING:
    from serving.customize import Advice
    from serving.decide import Quotes
    from serving.papers import Papers
    from serving.products import Catalogue
    from serving.replay import Replay
    from serving.surface import Surfaces


class WithLoans(WithSignIn):
    """Quotes, offers, surfaces, papers and the replay of decisions."""

    @cached_property
    def quotes(self) -> Quotes:
        """Quote and decide."""
        from serving.decide import Quotes

        records = self.records
        return Quotes(
            records.customers, records.decisions, self.policy, self.champion, self.clock, records.restrictions
        )

    @cached_property
    def advice(self) -> Advice:
        """Quotes with offers, plans and alternatives."""
        from serving.customize import Advice

        return Advice(self.quotes, self.records.offers, self.sources)

    @cached_property
    def surfaces(self) -> Surfaces:
        """What-if surfaces."""
        from serving.surface import Surfaces

        return Surfaces(self.quotes, self.records.envelopes.key_for(b"candor surfaces"))

    @cached_property
    def papers(self) -> Papers:
        """Key facts sheets and notices."""
        from serving.papers import Papers

        records, settings = self.records, self.settings
        sample = settings.profile != "production"
        return Papers(
            records.customers, records.decisions, records.offers, self.policy, sample, settings.kb, records.attached
        )

    @cached_property
    def catalogue(self) -> Catalogue:
        """The loan types as a customer sees them."""
        from serving.products import Catalogue

        return Catalogue(self.records.customers, self.policy, self.clock)

    @cached_property
    def replay(self) -> Replay:
        """The decision time machine."""
        from serving.replay import Replay

        return Replay(self.records.decisions, self.policy, self.champion, self.records.attached)
