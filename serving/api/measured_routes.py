"""What was measured of the model and of groups, over HTTP: for staff."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.responses import Response

from lending.domain.errors import NotFoundError
from lending.domain.roles import Permission
from serving.api.access import needs
from serving.measured import look_at

if TYPE_CHECKING:
    from serving.assembly import Platform


class MeasuredRoutes:
    """The newest measurements of one platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @needs(Permission.MONITOR_READ)
    def performance(self, request: Request) -> Response:
        """How the model does: `?data=&period=&product=` choose a view; what is not there falls back and says so."""
        return self._newest("performance", request)

    @needs(Permission.MONITOR_READ)
    def fairness(self, request: Request) -> Response:
        """How groups fare: `?data=&period=&product=` choose a view; what is not there falls back and says so."""
        return self._newest("fairness", request)

    def _newest(self, kind: str, request: Request) -> Response:
        look = look_at(self._platform.records.measurements, kind, dict(request.query_params))
        if look is None:
            raise NotFoundError(
                f"{kind} was not measured yet", code="not_measured", field=kind, found="nothing",
                expected=f"a run of the flow monitor-{kind}", do=f"Run: candor flow run monitor-{kind}",
            )  # fmt: skip
        body = json.dumps(look.as_dict(), ensure_ascii=False, separators=(",", ":"))
        return Response(body, media_type="application/json")
