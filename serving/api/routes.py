"""The routes, each thin: read, ask the use case, answer. What each needs stands above it."""

from __future__ import annotations

import json
import re
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from lending.domain.errors import CandorError, InputError, NotFoundError
from lending.domain.roles import GRANTS, Permission
from serving.api.access import COOKIE, Open, customer_of, needs, session_of
from serving.api.body import ask_body, json_body
from serving.decide import LoanAsk
from serving.gathered import Gathered
from serving.measures import MEDIA_TYPE, Measures
from serving.parse import credentials, surface_ask
from serving.recorded import no_decision, own_decision, recorded_quote
from serving.refusals import Refusal
from serving.scraping import may_read_figures

if TYPE_CHECKING:
    from serving.assembly import Platform

_DECISION_ID = re.compile(r"d_[a-z2-7]{26}")


class Routes:
    """The endpoints over one platform."""

    def __init__(self, platform: Platform, measures: Measures) -> None:
        self._platform, self._measures = platform, measures

    @cached_property
    def _gathered(self) -> Gathered:
        return Gathered(self._platform.quotes)

    @needs(Open.PUBLIC)
    def login(self, request: Request, body: Annotated[dict[str, Any], Depends(json_body)]) -> Response:
        """Sign in: opens a session, answers its token and sets it as a cookie."""
        username, password = credentials(body)
        source = request.client.host if request.client else "unknown"
        try:
            token, session = self._platform.identity.sign_in(
                username, password, source, request.headers.get("user-agent", "")
            )
        except InputError as error:
            raise _sign_in_refused(error) from None
        expires = session.expires_at.astimezone(UTC)
        reply = _json({"token": token, "role": session.account.role.value, "expires_at": expires.isoformat()})
        secure = self._platform.settings.cookie_secure
        left = max(0, int((expires - self._platform.clock.now()).total_seconds()))
        reply.set_cookie(COOKIE, token, max_age=left, path="/", secure=secure, httponly=True, samesite="lax")
        return reply

    @needs(Open.SIGNED_IN)
    def logout(self, request: Request) -> Response:
        """End the session on the server; its token is worth nothing afterwards."""
        credential = request.scope["candor"].credential
        self._platform.identity.sign_out(credential.token)
        reply = Response(status_code=204)
        reply.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
        return reply

    @needs(Open.SIGNED_IN)
    async def me(self, request: Request) -> Response:
        """Who is signed in, and what they may do."""
        session = session_of(request)
        account = session.account
        return _json(
            {
                "username": account.username,
                "display_name": account.display_name,
                "role": account.role.value,
                "customer_id": account.customer_id,
                "permissions": sorted(p.value for p in GRANTS[account.role]),
                "expires_at": session.expires_at.astimezone(UTC).isoformat(),
            }
        )

    @needs(Permission.QUOTE_OWN)
    def personalized(self, request: Request) -> Response:
        """Every loan type: open, or closed with the rules that close it and the ways in."""
        today = self._platform.clock.now().date()
        products = self._platform.catalogue.products(customer_of(request), today)
        return _json({"as_of": today.isoformat(), "products": products})

    @needs(Permission.QUOTE_OWN)
    def predict(self, request: Request, ask: Annotated[LoanAsk, Depends(ask_body)]) -> Response:
        """Decide on one loan and record the decision. A refusal is a 200 with its outcome."""
        actor = session_of(request).account.username
        return _json(self._gathered.quote(customer_of(request), ask, channel="api", actor=actor))

    @needs(Permission.QUOTE_OWN)
    def customize(self, request: Request, ask: Annotated[LoanAsk, Depends(ask_body)]) -> Response:
        """The decision with everything around it: offers side by side, and a plan when refused."""
        actor = session_of(request).account.username
        return _json(self._platform.advice.customize(customer_of(request), ask, channel="api", actor=actor))

    @needs(Permission.QUOTE_OWN)
    def surface(
        self, request: Request, product: str = "", collateral: str = "", co_applicant: str = "", refinances: str = ""
    ) -> Response:
        """Every amount and term of a product at once, exact, for a page's what-if; signed, and it expires."""
        ask = surface_ask(product, collateral, co_applicant, refinances)
        body = self._platform.surfaces.surface(customer_of(request), ask)
        return Response(body, media_type="application/json")

    @needs(Permission.QUOTE_OWN)
    def decision(self, request: Request, decision_id: str) -> Response:
        """One of your own decisions, as it was shown."""
        if not _DECISION_ID.fullmatch(decision_id):
            raise no_decision(decision_id)
        try:
            row = self._platform.records.decisions.get(decision_id)
        except NotFoundError:
            raise no_decision(decision_id) from None
        own_decision(row, customer_of(request))
        quote = recorded_quote(row, self._platform.quotes.policy)
        at = row.recorded_at.astimezone(UTC).isoformat()
        return _json({"recorded_at": at, "channel": row.channel, "quote": quote})

    @needs(Open.PUBLIC)
    async def healthz(self) -> Response:
        """The process answers."""
        return _json({"status": "ok"})

    @needs(Open.PUBLIC)
    def readyz(self) -> Response:
        """Whether the database answers; no model yet is no reason to wait, quotes then refer."""
        database = self._database()
        model = "none"
        if database == "ok":
            model = "none" if self._platform.champion.current() is None else "loaded"
        status = "ready" if database == "ok" else "not ready"
        scoring = self._platform.quotes.scoring if database == "ok" else None
        scorer = {"scorer": scoring.state} if scoring else {}
        reply = _json({"status": status, "checks": {"database": database, "model": model, **scorer}})
        reply.status_code = 200 if database == "ok" else 503
        return reply

    @needs(Open.PUBLIC)
    def metrics(self, request: Request) -> Response:
        """Counters for a scraper on this machine or with the token; to everybody else the page is not there."""
        client = request.client.host if request.client else ""
        if not may_read_figures(client, request.headers, self._platform.settings.metrics_token.get_secret_value()):
            raise Refusal(404, "not_found", "There is nothing at this address.")
        return Response(self._measures.text(), media_type=MEDIA_TYPE)

    def _database(self) -> str:
        try:
            self._platform.identity.session("readiness-probe")  # a real read; no session has such a token
        except CandorError:
            return "down"
        return "ok"


def _sign_in_refused(error: InputError) -> InputError | Refusal:
    """401 or 429; a wrong name and a wrong password read the same."""
    wait = getattr(error, "wait_seconds", None)
    if wait is None:
        return (
            Refusal(401, "wrong_credentials", str(error), do=error.do) if error.code == "wrong_credentials" else error
        )
    headers = {"Retry-After": str(max(1, int(wait) + 1))}
    return Refusal(429, "too_many_tries", str(error), do=error.do, headers=headers)


def _json(content: object) -> Response:
    return Response(json.dumps(content, ensure_ascii=False, separators=(",", ":")), media_type="application/json")
