"""Who may call which route: every route says so, and what does not say so is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar
from urllib.parse import urlsplit

from fastapi import Request

from lending.domain.roles import Permission, may
from lending.ports import Session
from serving.limits import Limiter
from serving.refusals import Refusal

COOKIE = "candor_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_ATTRIBUTE = "candor_access"
_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])


class Open(Enum):
    """What a route may ask for instead of a permission."""

    PUBLIC = "public"
    """No session: health checks and signing in."""
    SIGNED_IN = "signed in"
    """Any live session."""


Access = Permission | Open


def needs(access: Access) -> Callable[[_Endpoint], _Endpoint]:
    """Declare what a route needs; `Guard` refuses an endpoint that declares nothing."""

    def mark(endpoint: _Endpoint) -> _Endpoint:
        setattr(endpoint, _ATTRIBUTE, access)
        return endpoint

    return mark


def access_of(endpoint: object) -> Access | None:
    """What an endpoint declares; None when it declares nothing."""
    return getattr(endpoint, _ATTRIBUTE, None)


class Guard:
    """The dependency of every route: session, role, and how often, before anything of the request is read."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter

    async def __call__(self, request: Request) -> None:
        """Let the request through.

        Raises:
            Refusal: 401 without a session, 403 when the role may not or the route declares nothing.
            TooOftenError: 429, this person asked for it too often (kb/limits.yaml).
        """
        access = access_of(request.scope["endpoint"])
        if access is Open.PUBLIC:
            return
        session = session_of(request)
        if access is not Open.SIGNED_IN and not (isinstance(access, Permission) and may(session.account.role, access)):
            raise Refusal(403, "role", "Your role may not do this.", do="Ask somebody whose work it is.")
        self._limiter.check(f"{request.method} {request.scope['route'].path}", person_of(request))


def session_of(request: Request) -> Session:
    """The session that the gate found for this request. Raises Refusal 401."""
    session: Session | None = request.scope["candor"].session
    if session is None:
        raise no_session()
    return session


def person_of(request: Request) -> str:
    """For whom something is counted: the customer, or the account of staff. Raises Refusal 401."""
    account = session_of(request).account
    return account.customer_id or account.username


def customer_of(request: Request) -> str:
    """The customer who is signed in; identity comes from the session only. Raises Refusal 403."""
    customer = session_of(request).account.customer_id
    if customer is None:
        raise Refusal(403, "no_customer", "This account is no customer's.", do="Sign in as a customer.")
    return customer


def no_session() -> Refusal:
    """The answer to everybody who is not signed in, whatever they asked for."""
    do = "Sign in with POST /api/v1/login, then send the cookie or the header Authorization: Bearer <token>."
    return Refusal(401, "no_session", "You are not signed in.", do=do, headers={"WWW-Authenticate": "Bearer"})


@dataclass(frozen=True, slots=True)
class Credential:
    """A session token as it came; `bearer` says by which way."""

    token: str
    bearer: bool


def credential(headers: Mapping[str, str], cookies: Mapping[str, str]) -> Credential | None:
    """The token of a request; a bearer token goes before a cookie."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return Credential(token.strip()[:512], bearer=True)
    cookie = cookies.get(COOKIE, "")
    return Credential(cookie[:512], bearer=False) if cookie else None


def origin_fits(headers: Mapping[str, str], allowed: Sequence[str], *, https_only: bool) -> bool:
    """True when a state-changing request comes from our own origin, an allow-listed one, or no browser at all."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    if origin in allowed:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    schemes = ("https",) if https_only else ("https", "http")
    return parts.scheme in schemes and parts.netloc.lower() == headers.get("host", "").lower() != ""
