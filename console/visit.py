"""One signed-in person's request: who asks, and what the pages may ask on their behalf."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import g, has_request_context, request

from console.words import COOKIE, Say, language_of
from lending.ports import Account, Session
from serving.formats import Formats

if TYPE_CHECKING:
    from console.queries import Queries


_ENGLISH = Say()


@dataclass(frozen=True, slots=True)
class Visit:
    """Handed to every page and callback. Identity comes from the server's session only."""

    account: Account
    ask: Queries
    formats: Formats
    say: Say = _ENGLISH

    @property
    def customer_id(self) -> str:
        """The customer's own id; only accounts with the role customer have one."""
        if self.account.customer_id is None:
            raise LookupError(f"the account with role {self.account.role} belongs to no customer")
        return self.account.customer_id


def chosen_language() -> str:
    """The language that the browser's cookie names, if there is one of ours."""
    return language_of(request.cookies.get(COOKIE))


def say_here() -> Say:
    """The words of the request at hand; English where there is none, as when the console starts."""
    return Say(chosen_language()) if has_request_context() else _ENGLISH


def remember(session: Session | None) -> None:
    """Keep the gate's finding for the rest of the request."""
    g.candor_session = session


def signed_in() -> bool:
    """Whether the gate found a live session."""
    return g.get("candor_session") is not None


def current_session() -> Session:
    """The session the gate let in. Raises LookupError outside a gated request."""
    session = cast("Session | None", g.get("candor_session"))
    if session is None:
        raise LookupError("no session: the gate lets nobody through without one")
    return session
