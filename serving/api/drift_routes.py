"""Drift and alarms, over HTTP: for staff."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from lending.domain.errors import NotFoundError
from lending.domain.roles import Permission
from serving.api.access import needs
from serving.drift_looks import alarms_in, cells_of, look_at

if TYPE_CHECKING:
    from lending.alarm_ports import AlarmRow
    from serving.assembly import Platform

_KEPT = ("reference", "reference_rows", "period", "model_version", "alarms", "changes")


class DriftRoutes:
    """What was found of inputs, and the alarms of one platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @needs(Permission.MONITOR_READ)
    def drift(self, request: Request) -> Response:
        """The newest look: `?data=&reference=&period=` choose one, `&feature=` its rows; what is not there is said."""
        query, measurements = dict(request.query_params), self._platform.alarm_desk.measurements
        look = look_at(measurements, query, self._platform.settings.portfolio)
        if look is None:
            raise NotFoundError(
                "inputs were not looked at yet", code="not_measured", field="data", found="nothing",
                expected="a run of the flow monitor-inputs", do="Run: candor flow run monitor-inputs",
            )  # fmt: skip
        row, cells, feature = look.row, cells_of(measurements, look.row), query.get("feature", "")
        report = f"/staff/reports/{row.measurement_id}" if row.report_key else None
        return _json(
            {
                "measurement_id": row.measurement_id, "at": row.at.isoformat(), "data": row.data,
                **{name: row.content[name] for name in _KEPT}, "report": report,
                "report_link": self._platform.report_shelf.link(row.measurement_id),
                "choices": look.choices, "trouble": look.trouble, "calibration": cells["calibration"],
                "rows": [one for one in cells["rows"] if not feature or one["feature"] == feature],
            }
        )  # fmt: skip

    @needs(Permission.MONITOR_READ)
    def alarms(
        self, request: Request, state: str = "living", kind: str = "", data: str = "", owner: str = ""
    ) -> Response:
        """Alarms: `?state=` living, open, acknowledged, closed or all; `&kind=`, `&data=`, `&owner=` narrow them."""
        rows = alarms_in(self._platform.alarm_desk.alarms, state, kind, data, owner)
        return _json({"alarms": [_alarm(row) for row in rows]})


def _alarm(row: AlarmRow) -> dict[str, Any]:
    names = ("alarm_id", "kind", "data", "state", "version", "owner", "measurement_id", "content")
    plain = {name: getattr(row, name) for name in names}
    return {**plain, "opened_at": row.opened_at.isoformat(), "changed_at": row.changed_at.isoformat()}


def _json(content: object) -> Response:
    return Response(json.dumps(content, ensure_ascii=False, separators=(",", ":")), media_type="application/json")
