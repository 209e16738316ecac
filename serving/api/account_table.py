"""Addresses of one's own account, of messages, and of requests for staff."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from serving.api import account_shapes as shapes
from serving.api.account_routes import ZIP, AccountRoutes, RequestRoutes

if TYPE_CHECKING:
    from serving.assembly import Platform

Row = tuple[str, str, Callable[..., Any], type | None, str, str]
"""Method, address, endpoint, shape of the answer, name of the body and media type of an answer that is no JSON."""


def account_table(platform: Platform, prefix: str) -> Iterator[Row]:
    """Every route about one's own account."""
    own, staff = AccountRoutes(platform), RequestRoutes(platform)
    yield from _me(own, f"{prefix}/me")
    yield from _requests(own, prefix)
    yield from _messages(own, f"{prefix}/messages")
    yield from _staff(staff, f"{prefix}/staff/requests")


def _me(own: AccountRoutes, me: str) -> Iterator[Row]:
    yield "GET", f"{me}/profile", own.profile, shapes.Figures, "", ""
    yield "GET", f"{me}/export", own.export, None, "", ZIP
    yield "POST", f"{me}/erase", own.erase, shapes.AskedErasure, "erase", ""
    yield "GET", f"{me}/preferences", own.preferences, shapes.Choices, "", ""
    yield "PUT", f"{me}/preferences", own.set_preferences, shapes.Choices, "preferences", ""
    yield "GET", f"{me}/sessions", own.sessions, shapes.OwnSessions, "", ""
    yield "DELETE", f"{me}/sessions", own.end_other_sessions, shapes.Ended, "", ""
    yield "DELETE", f"{me}/sessions/{{session_id}}", own.end_session, shapes.Ended, "", ""


def _requests(own: AccountRoutes, prefix: str) -> Iterator[Row]:
    one = f"{prefix}/requests/{{request_id}}"
    yield "POST", f"{prefix}/disputes", own.dispute, shapes.Asked, "dispute", ""
    yield "POST", f"{prefix}/reviews", own.review, shapes.Asked, "review", ""
    yield "GET", f"{prefix}/requests", own.requests, shapes.AskedList, "", ""
    yield "GET", one, own.request, shapes.Asked, "", ""
    yield "POST", f"{one}/withdraw", own.withdraw, shapes.Asked, "", ""


def _messages(own: AccountRoutes, at: str) -> Iterator[Row]:
    yield "GET", at, own.messages, shapes.Inbox, "", ""
    yield "POST", f"{at}/read", own.read_all, shapes.ReadAll, "", ""
    yield "POST", f"{at}/{{notice_id}}/read", own.read, shapes.Message, "", ""


def _staff(staff: RequestRoutes, at: str) -> Iterator[Row]:
    one = f"{at}/{{request_id}}"
    yield "GET", at, staff.waiting, shapes.StaffAskedList, "", ""
    yield "GET", one, staff.one, shapes.StaffAsked, "", ""
    yield "POST", f"{one}/take", staff.take, shapes.StaffAsked, "", ""
    yield "POST", f"{one}/close", staff.close, shapes.StaffAsked, "close", ""
