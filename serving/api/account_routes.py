"""One's own account over HTTP: figures, requests, messages, export, erasure, sessions, choices."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from lending.domain.roles import Permission
from serving.api.access import Open, customer_of, needs, session_of
from serving.api.body import json_body
from serving.api.once import once_where_asked
from serving.parse_account import close_ask, dispute_ask, erase_ask, name_of, preferences_ask, review_ask

if TYPE_CHECKING:
    from serving.account import Account
    from serving.assembly import Platform
    from serving.customer_requests import RequestDesk
    from serving.messages import Messages

Body = Annotated[dict[str, Any], Depends(json_body)]
ZIP = "application/zip"


class AccountRoutes:
    """What customers ask of the bank about themselves."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @property
    def _use(self) -> Account:
        return self._platform.account

    @property
    def _messages(self) -> Messages:
        return self._platform.messages

    @needs(Permission.APPLICATION_OWN)
    def profile(self, request: Request) -> Response:
        """Every figure the bank holds about you, with its source and since when it has been so."""
        customer = customer_of(request)
        language = self._use.preferences(customer)["language"] or "en"
        return _json({"figures": self._use.profile(customer, language)})

    @needs(Permission.APPLICATION_OWN)
    def dispute(self, request: Request, body: Body) -> Response:
        """Say that a figure is wrong, or add one that the bank lacks; a person looks into it."""
        customer, ask = customer_of(request), dispute_ask(body)
        return self._keyed(request, body, lambda: self._use.dispute(customer, ask.field, ask.stated, ask.why))

    @needs(Permission.APPLICATION_OWN)
    def review(self, request: Request, body: Body) -> Response:
        """Ask for a person to look at one of your decisions."""
        customer, (decision, why) = customer_of(request), review_ask(body)
        return self._keyed(request, body, lambda: self._use.review(customer, decision, why))

    @needs(Permission.APPLICATION_OWN)
    def requests(self, request: Request) -> Response:
        """Your requests, newest first."""
        return _json({"requests": self._use.requests(customer_of(request))})

    @needs(Permission.APPLICATION_OWN)
    def request(self, request: Request, request_id: str) -> Response:
        """One of your requests with its time line."""
        return _json(self._use.request(customer_of(request), name_of(request_id, "request")))

    @needs(Permission.APPLICATION_OWN)
    def withdraw(self, request: Request, request_id: str) -> Response:
        """Take a request back while nobody has closed it."""
        return _json(self._use.withdraw(customer_of(request), name_of(request_id, "request")))

    @needs(Permission.APPLICATION_OWN)
    def export(self, request: Request) -> Response:
        """Everything the bank holds about you: JSON, a page to read, and your papers, in one zip."""
        customer = customer_of(request)
        content = self._use.export(customer, self._use.preferences(customer)["language"] or "en")
        named = {"Content-Disposition": 'attachment; filename="candor-export.zip"'}
        return Response(content, media_type=ZIP, headers=named)

    @needs(Permission.APPLICATION_OWN)
    def erase(self, request: Request, body: Body) -> Response:
        """Ask for all your data to be erased: at once, or on the day until which the law keeps the records."""
        customer = customer_of(request)
        erase_ask(body)
        return _json(self._use.erase(customer))

    @needs(Permission.APPLICATION_OWN)
    def preferences(self, request: Request) -> Response:
        """How you want to be told of changes."""
        return _json(self._use.preferences(customer_of(request)))

    @needs(Permission.APPLICATION_OWN)
    def set_preferences(self, request: Request, body: Body) -> Response:
        """Change how you want to be told; what is not named stays."""
        return _json(self._use.set_preferences(customer_of(request), preferences_ask(body)))

    @needs(Permission.APPLICATION_OWN)
    def messages(self, request: Request) -> Response:
        """Your messages, newest first."""
        customer = customer_of(request)
        return _json({"unread": self._messages.unread(customer), "messages": self._messages.inbox(customer)})

    @needs(Permission.APPLICATION_OWN)
    def read(self, request: Request, notice_id: str) -> Response:
        """Mark one of your messages as read."""
        return _json(self._messages.read(customer_of(request), name_of(notice_id, "notice")))

    @needs(Permission.APPLICATION_OWN)
    def read_all(self, request: Request) -> Response:
        """Mark all of your messages as read."""
        return _json({"read": self._messages.read_all(customer_of(request))})

    @needs(Open.SIGNED_IN)
    def sessions(self, request: Request) -> Response:
        """Where you are signed in."""
        return _json({"sessions": self._use.sessions(_user(request), _token(request))})

    @needs(Open.SIGNED_IN)
    def end_session(self, request: Request, session_id: str) -> Response:
        """End one of your sessions."""
        self._use.end_session(_user(request), name_of(session_id, "session"))
        return _json({"ended": 1})

    @needs(Open.SIGNED_IN)
    def end_other_sessions(self, request: Request) -> Response:
        """End all of your sessions but this one."""
        return _json({"ended": self._use.end_other_sessions(_user(request), _token(request))})

    def _keyed(self, request: Request, body: Mapping[str, Any], act: Callable[[], Mapping[str, Any]]) -> Response:
        """The same request again is the same by its content already; a key that was sent is honoured too."""
        return once_where_asked(request, self._platform.records.idempotency, body, act)


class RequestRoutes:
    """What staff do with customers' requests."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @property
    def _desk(self) -> RequestDesk:
        return self._platform.request_desk

    @needs(Permission.CASE_READ)
    def waiting(self, request: Request) -> Response:
        """Requests of customers that wait for a person, those due first."""
        return _json({"requests": self._desk.waiting()})

    @needs(Permission.CASE_READ)
    def one(self, request: Request, request_id: str) -> Response:
        """One request with its time line."""
        return _json(self._desk.one(name_of(request_id, "request")))

    @needs(Permission.CASE_DECIDE)
    def take(self, request: Request, request_id: str) -> Response:
        """Take a request up."""
        return _json(self._desk.take(name_of(request_id, "request"), _user(request)))

    @needs(Permission.CASE_DECIDE)
    def close(self, request: Request, request_id: str, body: Body) -> Response:
        """Close a request with an answer in words; a corrected figure holds from today."""
        name, ask = name_of(request_id, "request"), close_ask(body)
        return _json(self._desk.close(name, _user(request), ask.result, ask.answer, ask.value))


def _user(request: Request) -> str:
    return session_of(request).account.username


def _token(request: Request) -> str:
    return request.scope["candor"].credential.token


def _json(content: object) -> Response:
    return Response(json.dumps(content, ensure_ascii=False, separators=(",", ":")), media_type="application/json")
