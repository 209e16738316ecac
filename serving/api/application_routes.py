"""Applications over HTTP: apply, drafts, offers, invitations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from lending.domain.roles import Permission
from serving.api.access import customer_of, needs, session_of
from serving.api.body import json_body
from serving.api.once import once, once_where_asked
from serving.parse_applications import (
    accept_ask,
    application_name,
    apply_ask,
    begin_ask,
    code_ask,
    draft_ask,
    offer_name,
)

if TYPE_CHECKING:
    from serving.applications import Applications
    from serving.assembly import Platform

Body = Annotated[dict[str, Any], Depends(json_body)]


class ApplicationRoutes:
    """What a customer does with their own applications."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @property
    def _use(self) -> Applications:
        return self._platform.applications

    @needs(Permission.APPLICATION_OWN)
    def apply(self, request: Request, body: Body) -> Response:
        """Apply for an offer, or for a referred decision, in one: starts, answers and sends; else 422 and nothing."""
        customer, ask, actor = customer_of(request), apply_ask(body), _actor(request)
        return self._once(request, body, lambda: self._use.apply(customer, ask, actor))

    @needs(Permission.APPLICATION_OWN)
    def begin(self, request: Request, body: Body) -> Response:
        """Begin a draft; while one lives for the offer or the decision, that one again."""
        customer, ask, actor = customer_of(request), begin_ask(body), _actor(request)
        keys = self._platform.records.idempotency
        return once_where_asked(
            request, keys, body, lambda: self._use.start(customer, ask.offer_id, ask.decision_id, actor)
        )

    @needs(Permission.APPLICATION_OWN)
    def save(self, request: Request, application_id: str, body: Body) -> Response:
        """Keep what was typed at one step of a draft; each field says what will not do."""
        name, ask = application_name(application_id), draft_ask(body)
        return _json(self._use.save(customer_of(request), name, ask.step, ask.answers, ask.version))

    @needs(Permission.APPLICATION_OWN)
    def applications(self, request: Request) -> Response:
        """Your applications, newest first."""
        return _json({"applications": self._use.of(customer_of(request))})

    @needs(Permission.APPLICATION_OWN)
    def application(self, request: Request, application_id: str) -> Response:
        """One of your applications: answers, papers, history, and where it stands."""
        return _json(self._use.get(customer_of(request), application_name(application_id)))

    @needs(Permission.APPLICATION_OWN)
    def submit(self, request: Request, application_id: str) -> Response:
        """Send one of your drafts."""
        customer, name, actor = customer_of(request), application_name(application_id), _actor(request)
        return self._once(request, {}, lambda: self._use.submit(customer, name, actor))

    @needs(Permission.APPLICATION_OWN)
    def withdraw(self, request: Request, application_id: str) -> Response:
        """Step back from one of your applications; its offer stays open."""
        return _json(self._use.withdraw(customer_of(request), application_name(application_id), _actor(request)))

    @needs(Permission.APPLICATION_OWN)
    def accept(self, request: Request, offer_id: str, body: Body) -> Response:
        """Accept an offer exactly as it stands; `agreed` holds `read_disclosure`."""
        customer, name, actor = customer_of(request), offer_name(offer_id), _actor(request)
        agreed = accept_ask(body)
        return self._once(request, body, lambda: self._use.accept(customer, name, actor, agreed))

    @needs(Permission.APPLICATION_OWN)
    def decline(self, request: Request, offer_id: str) -> Response:
        """Turn an offer down, and with it your application for it."""
        customer, name, actor = customer_of(request), offer_name(offer_id), _actor(request)
        return self._once(request, {}, lambda: self._use.decline(customer, name, actor))

    @needs(Permission.APPLICATION_OWN)
    def offers(self, request: Request) -> Response:
        """Offers that stand open for you today, newest first."""
        return _json({"offers": self._use.open_offers(customer_of(request))})

    @needs(Permission.APPLICATION_OWN)
    def saved(self, request: Request) -> Response:
        """Offers that you set aside, the last one first."""
        return _json({"offers": self._use.saved(customer_of(request))})

    @needs(Permission.APPLICATION_OWN)
    def save_offer(self, request: Request, offer_id: str) -> Response:
        """Set an offer aside."""
        return _json({"offers": self._use.save_offer(customer_of(request), offer_name(offer_id))})

    @needs(Permission.APPLICATION_OWN)
    def drop_offer(self, request: Request, offer_id: str) -> Response:
        """Take an offer off those that you set aside."""
        return _json({"offers": self._use.drop_offer(customer_of(request), offer_name(offer_id))})

    @needs(Permission.APPLICATION_OWN)
    def invite(self, request: Request) -> Response:
        """Invite somebody to sign with you; the code is shown this once."""
        customer, keys = customer_of(request), self._platform.records.idempotency
        return once_where_asked(request, keys, {}, lambda: self._use.invite(customer))

    @needs(Permission.APPLICATION_OWN)
    def invitations(self, request: Request) -> Response:
        """Invitations that you made, newest first."""
        return _json({"invitations": self._use.invitations(customer_of(request))})

    @needs(Permission.APPLICATION_OWN)
    def answer(self, request: Request, body: Body) -> Response:
        """Agree to sign with whoever gave you the code, or say no."""
        code, agree = code_ask(body)
        return _json(self._use.answer(customer_of(request), code, agree))

    def _once(self, request: Request, body: dict[str, Any], act: Any) -> Response:
        return once(request, self._platform.records.idempotency, body, act)


def _actor(request: Request) -> str:
    return session_of(request).account.username


def _json(content: object) -> Response:
    return Response(json.dumps(content, ensure_ascii=False, separators=(",", ":")), media_type="application/json")
