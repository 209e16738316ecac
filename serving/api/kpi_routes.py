"""Applications and decisions as figures, over HTTP: for staff who watch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.responses import Response

from lending.domain.roles import Permission
from serving.api.access import needs
from serving.fields import Fields
from serving.kpi_spans import NAMES, asked_span

if TYPE_CHECKING:
    from serving.assembly import Platform


class KpiRoutes:
    """What the page about applications shows."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @needs(Permission.MONITOR_READ)
    def kpis(self, request: Request) -> Response:
        """Volumes, shares with intervals, reasons, waits and the funnel, narrowed by the names of `NAMES`."""
        query, place = dict(request.query_params), self._platform
        fields = Fields(query, NAMES)
        choices = {"products": sorted(place.policy.current.products), **place.kpis.choices()}
        asked = asked_span(query, place.clock.now().date(), choices)
        for name, expected in asked.wrong.items():
            fields.wrong(name, "something else", expected, f"Correct {name}.")
        fields.check()
        report = place.kpis.report(asked.span)
        return Response(json.dumps(report, ensure_ascii=False, separators=(",", ":")), media_type="application/json")
