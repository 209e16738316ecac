"""What experiments on the pages need from the world: who has seen which variant."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol


class Exposures(Protocol):
    """Which variant a subject saw first; it stays theirs."""

    def of(self, subject: str, experiments: Collection[str]) -> Mapping[str, str]:
        """Experiment to variant, for those of these that the subject has seen."""
        ...

    def first(self, experiment: str, subject: str, variant: str) -> str:
        """Note a first look; answers the variant that counts, the earlier one when there was one before."""
        ...

    def counts(self, experiment: str) -> Mapping[str, int]:
        """Variant to how many subjects saw it."""
        ...
