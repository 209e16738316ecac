"""Models of the portfolio over HTTP: for staff."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.responses import Response

from lending.domain.roles import Permission
from serving.api.access import needs

if TYPE_CHECKING:
    from serving.assembly import Platform


class ModelRoutes:
    """Who decides, who stands beside, and how they compare."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @needs(Permission.MODEL_READ)
    def models(self, request: Request) -> Response:
        """Every version with its people, the split, and the newest comparison on live decisions."""
        body = json.dumps(self._platform.model_desk.shelf().as_dict(), ensure_ascii=False, separators=(",", ":"))
        return Response(body, media_type="application/json")
