"""Generated texts and experiments over HTTP: for staff who watch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

from fastapi import Request
from starlette.responses import Response

from lending.domain.roles import Permission
from serving.api import watch_shapes as shapes
from serving.api.access import needs
from serving.fields import Fields
from serving.language_quality import BYS, SPANS, By

if TYPE_CHECKING:
    from serving.assembly import Platform

Row = tuple[str, str, Callable[..., Any], type]
"""Method, address, endpoint, shape of the answer."""


def watch_table(platform: Platform, prefix: str) -> Iterator[Row]:
    """Every route about generated texts and experiments."""
    staff = WatchRoutes(platform)
    yield "GET", f"{prefix}/staff/language", staff.language, shapes.Language
    yield "GET", f"{prefix}/staff/experiments", staff.experiments, shapes.ExperimentList
    yield "GET", f"{prefix}/staff/experiments/{{name}}", staff.experiment, shapes.ExperimentResult


class WatchRoutes:
    """What the pages of texts and of experiments show."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @needs(Permission.MONITOR_READ)
    def language(self, request: Request) -> Response:
        """How generated texts do: writers, checks, times, opinions; `days` back, cut `by` day or week."""
        query = dict(request.query_params)
        fields = Fields(query, ("days", "by"))
        for name, allowed in (("days", tuple(map(str, SPANS))), ("by", BYS)):
            if query.get(name, allowed[0]) not in allowed:
                fields.wrong(name, "something else", f"one of {', '.join(allowed)}", f"Correct {name}.")
        fields.check()
        days = int(query["days"]) if "days" in query else None
        return _json(self._platform.language_quality.report(days, cast("By", query.get("by", "day"))))

    @needs(Permission.MONITOR_READ)
    def experiments(self, request: Request) -> Response:
        """Every experiment on the pages and its state."""
        return _json({"experiments": self._platform.trial_results.all()})

    @needs(Permission.MONITOR_READ)
    def experiment(self, request: Request, name: str) -> Response:
        """One experiment with what it shows so far."""
        return _json(self._platform.trial_results.of(name))


def _json(content: object) -> Response:
    return Response(json.dumps(content, ensure_ascii=False, separators=(",", ":")), media_type="application/json")
