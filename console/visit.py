"""One signed-in person's request: who asks, and what the pages may ask on their behalf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import parse_qsl

from flask import g, has_request_context, request

from console.words import COOKIE, Say, language_of
from lending.ports import Account, Session
from serving.formats import Formats

if TYPE_CHECKING:
    from console.queries import Queries


_ENGLISH = Say()
_LONGEST_QUERY = 2000


@dataclass(frozen=True, slots=True)
class Visit:
    """Handed to every page and callback. Identity comes from the server's session only.

    Attributes:
        query: what stands behind the `?` of the page's address, each name once; written by whoever made the link.
    """

    account: Account
    ask: Queries
    formats: Formats
    say: Say = _ENGLISH
    query: Mapping[str, str] = field(default_factory=dict[str, str])

    def asking(self, search: object) -> Self:
        """The same visit with the query of an address, such as `?product=car`; anything else is an empty one."""
        text = search if isinstance(search, str) else ""
        return replace(self, query=dict(parse_qsl(text[:_LONGEST_QUERY].removeprefix("?"))))

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
