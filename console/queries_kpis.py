"""What the page about applications asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serving.kpi_rows import kpi_csv
from serving.kpi_spans import Asked, asked_span

if TYPE_CHECKING:
    from serving.assembly import Platform
    from serving.kpis import Span


@dataclass(frozen=True, slots=True)
class KpiQueries:
    """Questions bound to one platform."""

    platform: Platform

    def choices(self) -> Mapping[str, Sequence[str]]:
        """What there is to choose from."""
        return {"products": sorted(self.platform.policy.current.products), **self.platform.kpis.choices()}

    def asked(self, query: Mapping[str, str], choices: Mapping[str, Sequence[str]]) -> Asked:
        """The span of an address, and what in it is no choice."""
        return asked_span(query, self.platform.clock.now().date(), choices)

    def report(self, span: Span) -> Mapping[str, Any]:
        """The figures; see `serving.kpis`."""
        return self.platform.kpis.report(span)

    def csv(self, query: Mapping[str, str]) -> str:
        """The figures of an address as a file."""
        return kpi_csv(self.report(self.asked(query, self.choices()).span))

    def reasons(self) -> Mapping[str, str]:
        """The bank's words for reasons of refusal, by code."""
        return {code: one.officer for code, one in self.platform.policy.current.wording.reasons.items()}

    def titles(self) -> Mapping[str, str]:
        """What loan types are called."""
        return {name: one.title for name, one in self.platform.policy.current.products.items()}
