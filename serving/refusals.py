"""What a web interface answers to our errors: a status, and problem details (RFC 9457) with the request's id."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from lending.domain.errors import CandorError, InputError, NotFoundError, RefusedError, UnavailableError
from serving.fields import BodyError, FieldError, InvalidBody, MalformedBody, TooLarge

PROBLEM = "application/problem+json"
_STATUS: tuple[tuple[type[CandorError], int], ...] = (
    (MalformedBody, 400),
    (TooLarge, 413),
    (InvalidBody, 422),
    (NotFoundError, 404),
    (InputError, 422),
    (UnavailableError, 503),
    (RefusedError, 409),
)
_BY_CODE = {
    "storage_away": 409,
    "wrong_credentials": 401,
    "too_many_tries": 429,
    "too_many_messages": 429,
    "too_often": 429,
}


class Refusal(CandorError):  # noqa: N818 - it refuses, it is no fault
    """A request that is answered with a status of its own."""

    def __init__(
        self, status: int, code: str, message: str, *, do: str = "", headers: Mapping[str, str] | None = None,
        field: str = "", found: str = "", expected: str = "",
    ) -> None:  # fmt: skip
        super().__init__(message, code=code, field=field, found=found, expected=expected, do=do)
        self.status = status
        self.headers = dict(headers or {})


def status_of(error: CandorError) -> int:
    """The HTTP status of an error: by its own word, by its code, or by its class."""
    if isinstance(error, Refusal):
        return error.status
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def headers_of(error: CandorError) -> dict[str, str]:
    """Headers that go with the answer: the error's own, and how long to wait after too many tries."""
    headers, wait = dict(getattr(error, "headers", {})), getattr(error, "wait_seconds", None)
    if status_of(error) == HTTPStatus.TOO_MANY_REQUESTS and wait is not None:
        headers["Retry-After"] = str(max(1, round(float(wait) + 0.5)))
    return headers


def errors_of(error: CandorError) -> list[FieldError]:
    """Every field at fault: `{field, found, expected, do}` each."""
    if isinstance(error, BodyError):
        return error.errors
    if not error.field:
        return []
    return [{"field": error.field, "found": error.found, "expected": error.expected, "do": error.do}]


def problem_body(
    status: int, code: str, detail: str, request_id: str, *, errors: list[FieldError] | None = None, do: str = ""
) -> dict[str, Any]:
    """Problem details, JSON-ready."""
    return {
        "type": f"urn:candor:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "do": do,
        "errors": errors or [],
        "request_id": request_id,
    }
