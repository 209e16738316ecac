"""The record, the register, flows and approvals over HTTP: for staff, each by its permission."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from lending.domain.errors import NotFoundError, UnavailableError
from lending.domain.roles import Permission
from lending.errand import is_request_id
from serving.api.access import needs
from serving.audit_book import as_dict, asked_by
from serving.fields import Fields
from serving.flow_forms import last_runs

if TYPE_CHECKING:
    from lending.approval_ports import ApprovalRow
    from serving.assembly import Platform

NAMES = ("actor", "act", "subject", "from", "to", "before", "after")
_SAID = ("approval_id", "kind", "subject", "asked_by", "state", "decided_by", "reason")


class RecordsRoutes:
    """What the pages of records show, as data."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @needs(Permission.AUDIT_READ)
    def audit(self, request: Request) -> Response:
        """Acts of the audit trail, newest first, narrowed by actor, act, subject, from, to; paged by before, after."""
        query, book = dict(request.query_params), self._platform.audit_book
        fields, asked = Fields(query, NAMES), asked_by(query)
        for text in asked.wrong:
            fields.wrong(text.split()[0], text, "what the name means", "Correct it.")
        fields.check()
        page = book.page(asked)
        chains = [{**asdict(one), "at": _time(one.at)} for one in book.states()]
        acts = [as_dict(event) for event in page.events]
        return _json({"acts": acts, "older": page.older, "newer": page.newer, "chains": chains})

    @needs(Permission.AUDIT_READ)
    def traced(self, traced_id: str) -> Response:
        """All that one request led to, by its `X-Request-ID`."""
        if not is_request_id(traced_id):
            raise NotFoundError(
                "there is no such request", code="not_found", field="traced_id", found=traced_id[:40],
                expected="the X-Request-ID of an answer: 8 to 64 letters, digits, dots and dashes",
                do="Use the id that the answer or the log line shows.",
            )  # fmt: skip
        return _json(self._platform.one_id.of(traced_id))

    @needs(Permission.MODEL_READ)
    def register(self, request: Request) -> Response:
        """Every version of models, prompts, policies and documents."""
        register = self._platform.register
        kinds = {"models": "model", "prompts": "prompt", "policies": "policy", "documents": "document"}
        held = {name: [one.as_dict() for one in register.of(kind)] for name, kind in kinds.items()}  # type: ignore[arg-type]
        return _json({**held, "index": register.index()})

    @needs(Permission.FLOW_READ)
    def flows(self, request: Request) -> Response:
        """Every flow with its schedules and its last run among the latest; None while nobody tells of them."""
        try:
            return _json({"flows": self._flows(), "trouble": ""})
        except UnavailableError as error:
            return _json({"flows": None, "trouble": str(error)})

    def _flows(self) -> list[dict[str, Any]]:
        runs = self._platform.flow_runs
        last = last_runs(runs)
        return [
            {"name": one.name, "description": one.description, "schedules": list(one.schedules),
             "at_once": one.at_once, "last": _run(last.get(one.name))}
            for one in runs.deployed()
        ]  # fmt: skip

    @needs(Permission.MODEL_READ)
    def approvals(self, request: Request) -> Response:
        """What waits for a yes, and what was answered lately."""
        desk = self._platform.approvals
        waiting, answered = ([_approval(row) for row in rows] for rows in (desk.waiting(), desk.closed()))
        return _json({"waiting": waiting, "answered": answered})


def _run(run: Any) -> dict[str, Any] | None:
    if run is None:
        return None
    names = ("run_id", "state", "percent", "message", "seconds")
    return {**{name: getattr(run, name) for name in names}, "at": _time(run.at)}


def _approval(row: ApprovalRow) -> dict[str, Any]:
    times = {"opened_at": _time(row.opened_at), "closed_at": _time(row.closed_at)}
    return {**{name: getattr(row, name) for name in _SAID}, **times, "content": dict(row.content)}


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _json(content: object) -> Response:
    return Response(json.dumps(content, ensure_ascii=False, separators=(",", ":")), media_type="application/json")
