"""Errors as responses of the API."""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.responses import Response

from lending.domain.errors import CandorError
from serving.fields import FieldError
from serving.refusals import PROBLEM, errors_of, headers_of, problem_body, status_of


def problem_of(error: CandorError, request_id: str) -> Response:
    """The response to one of our errors."""
    return problem(
        status_of(error), error.code, str(error), request_id, errors=errors_of(error), do=error.do,
        headers=headers_of(error),
    )  # fmt: skip


def problem(
    status: int, code: str, detail: str, request_id: str, *, errors: list[FieldError] | None = None, do: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """A problem response with an exact status and code."""
    body = problem_body(status, code, detail, request_id, errors=errors, do=do)
    return Response(json.dumps(body), status, headers, media_type=PROBLEM)
