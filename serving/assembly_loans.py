"""The parts of the platform that decide."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from serving.assembly_sign_in import WithSignIn

if TYPE_CHECKING:
    from serving.customize import Advice
    from serving.decide import Quotes
    from serving.later import LaterRequests
    from serving.papers import Papers
    from serving.products import Catalogue
    from serving.replay import Replay
    from serving.scored import Scoring
    from serving.surface import Surfaces


class WithLoans(WithSignIn):
    """Quotes, offers, surfaces, papers and the replay of decisions."""

    @cached_property
    def quotes(self) -> Quotes:
        """Quote and decide."""
        from serving.decide import Quotes

        records, scoring = self.records, self.scoring
        later = self._later() if scoring else None
        if scoring and later:
            scoring.on_return = later.try_again
        return Quotes(records.customers, records.decisions, self.policy, self.champion, self.clock, scoring, later)

    @cached_property
    def scoring(self) -> Scoring | None:
        """Scores what is recorded by a model endpoint; None: the model in this process does."""
        settings = self.settings
        if not settings.endpoint_name:
            return None
        from lending.adapters.aws import aws_client
        from lending.breaker import Breaker
        from serving.adapters.endpoint_scorer import RuntimeScorer
        from serving.scored import FILE, DatedRules, Scoring

        def client() -> Any:
            local, seconds = settings.endpoint_url, settings.endpoint_seconds
            return aws_client("sagemaker-runtime", settings.aws_region, seconds=seconds, tries=1, local=local)

        rules = DatedRules(settings.kb / FILE, self.clock)
        breaker = self.breakers["endpoint"] = Breaker(rules().failures, rules().rest_seconds, self.clock)
        return Scoring(RuntimeScorer(settings.endpoint_name, client, settings.endpoint_seconds), rules, breaker)

    def _later(self) -> LaterRequests | None:
        """What keeps requests that nobody can score now; the portal's parts know how to tell customers."""
        return None

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
