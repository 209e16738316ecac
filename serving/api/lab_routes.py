"""The policy lab over HTTP: for staff who may read the policy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from lending.domain.money import plain
from lending.domain.roles import Permission
from lending.draft_ports import DraftRow
from serving.api.access import needs

if TYPE_CHECKING:
    from serving.assembly import Platform


class LabRoutes:
    """Drafts of one platform's policy."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @needs(Permission.POLICY_READ)
    def lab(self) -> Response:
        """The figures that may be changed, and every draft without the details of its replay."""
        place = self._platform
        desk, today = place.draft_desk, place.clock.now().date()
        figures = [
            {"path": one.path, "value": plain(one.value), "unit": one.unit, "low": plain(one.low),
             "high": plain(one.high), "source": one.source, "description": one.description, "does": one.does}
            for one in desk.leaves()
        ]  # fmt: skip
        drafts = [draft_body(row, today) for row in desk.drafts.list()]
        return _answer({"policy_version": place.policy.current.version, "figures": figures, "drafts": drafts})

    @needs(Permission.POLICY_READ)
    def draft(self, draft_id: str) -> Response:
        """One draft with what its last replay found."""
        row = self._platform.draft_desk.drafts.get(draft_id)
        today = self._platform.clock.now().date()
        return _answer({**draft_body(row, today), "result": dict(row.result)})


def draft_body(row: DraftRow, today: date) -> dict[str, Any]:
    """A draft, JSON-ready; figures as exact text."""
    names = ("draft_id", "title", "author", "state", "version", "base_version", "decided_by", "undoes")
    return {
        **{name: getattr(row, name) for name in names},
        "decides": row.published_on(today),
        "values": _texts(row.values),
        "before": _texts(row.before),
        "effective_on": row.effective_on.isoformat() if row.effective_on else None,
        "replayed": "figures" in row.result,
        "story": [
            {"at": one.at.isoformat(), "actor": one.actor, "act": one.act, "reason": one.reason} for one in row.story
        ],
    }


def _texts(figures: Mapping[str, Any]) -> dict[str, str]:
    return {path: plain(value) for path, value in sorted(figures.items())}


def _answer(body: Mapping[str, Any]) -> Response:
    return Response(json.dumps(body, ensure_ascii=False, separators=(",", ":")), media_type="application/json")
