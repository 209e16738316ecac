"""The desk of cases over HTTP: the queue, a case, and what staff do with it; four eyes as on the pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from lending.case_ports import OverrideRow
from lending.domain.roles import Permission
from serving.api.access import needs, session_of
from serving.api.body import json_body
from serving.parse_applications import application_name
from serving.parse_cases import ask_for, override_name, proposal, second_word, verdict, wish

if TYPE_CHECKING:
    from lending.ports import Account
    from serving.assembly import Platform

Body = Annotated[dict[str, Any], Depends(json_body)]
_SHOWN = ("override_id", "application_id", "wanted", "state", "version", "proposed_by", "confirmed_by")


class DeskRoutes:
    """What staff do with cases. The desk checks again whatever the route's permission lets through."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @needs(Permission.CASE_READ)
    def queue(self, request: Request) -> Response:
        """Cases that wait, due first: `?tab=mine|free|second|asked|done&product=&why=&late=yes&find=&page=`."""
        found = self._platform.case_desk.queue(_who(request), wish(dict(request.query_params)))
        return _json({"cases": list(found.rows), "counts": dict(found.counts), "late": found.late,
                      "found": found.found, "page": found.page})  # fmt: skip

    @needs(Permission.CASE_READ)
    def case(self, request: Request, application_id: str) -> Response:
        """Everything about one case; that you looked is written down."""
        return _json(self._platform.case_view.open(_who(request), application_name(application_id)))

    @needs(Permission.CASE_DECIDE)
    def take(self, request: Request, application_id: str) -> Response:
        """Work on a case; nobody else acts on it then."""
        self._platform.case_desk.take(_who(request), application_name(application_id))
        return self._after(request, application_id)

    @needs(Permission.CASE_DECIDE)
    def release(self, request: Request, application_id: str) -> Response:
        """Let a case go."""
        self._platform.case_desk.release(_who(request), application_name(application_id))
        return self._after(request, application_id)

    @needs(Permission.CASE_DECIDE)
    def ask(self, request: Request, application_id: str, body: Body) -> Response:
        """Ask the customer for a paper of the list, or for a talk (`call`); they are told at once."""
        name, (what, version) = application_name(application_id), ask_for(body)
        self._platform.case_desk.ask(_who(request), name, what, version)
        return self._after(request, application_id)

    @needs(Permission.CASE_DECIDE)
    def decide(self, request: Request, application_id: str, body: Body) -> Response:
        """End a case as its record speaks: make the offer, or refuse."""
        self._platform.case_desk.decide(_who(request), application_name(application_id), verdict(body))
        return self._after(request, application_id)

    @needs(Permission.CASE_OVERRIDE)
    def override(self, request: Request, application_id: str, body: Body) -> Response:
        """Decide against the record; where policy asks for two persons it is proposed and nothing is told yet."""
        name = application_name(application_id)
        return _override(self._platform.case_desk.override(_who(request), name, proposal(body)))

    @needs(Permission.CASE_COUNTERSIGN)
    def confirm(self, request: Request, override_id: str, body: Body) -> Response:
        """Agree to somebody else's proposal: now it is decided and the customer is told."""
        name, (version, answer) = override_name(override_id), second_word(body)
        return _override(self._platform.case_desk.confirm(_who(request), name, version, answer))

    @needs(Permission.CASE_COUNTERSIGN)
    def reject(self, request: Request, override_id: str, body: Body) -> Response:
        """Disagree with somebody else's proposal, in words; the case is open again."""
        name, (version, answer) = override_name(override_id), second_word(body)
        return _override(self._platform.case_desk.reject(_who(request), name, version, answer))

    @needs(Permission.CASE_OVERRIDE)
    def withdraw(self, request: Request, override_id: str, body: Body) -> Response:
        """Take a proposal of yours back."""
        name, (version, _) = override_name(override_id), second_word(body)
        return _override(self._platform.case_desk.take_back(_who(request), name, version))

    @needs(Permission.MONITOR_READ)
    def watched(self) -> Response:
        """How often cases are decided against the record, with intervals."""
        return _json(self._platform.override_watch.found())

    def _after(self, request: Request, application_id: str) -> Response:
        return _json(self._platform.case_view.shown(_who(request), application_id))


def _who(request: Request) -> Account:
    return session_of(request).account


def _override(row: OverrideRow) -> Response:
    return _json({name: getattr(row, name) for name in _SHOWN})


def _json(content: object) -> Response:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=str)
    return Response(text, media_type="application/json")
