"""What signing in with a provider needs from the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way.

    Attributes:
        nonce: stands in the token that answers it.
        verifier: shows that whoever began it ends it (PKCE).
        wanted: the page that was asked for before; "" for none.
    """

    nonce: str
    verifier: str
    wanted: str = ""


class BegunSignIns(Protocol):
    """Sign-ins under way; each is taken once, by the browser that began it, or is forgotten."""

    def keep(self, state: str, browser: str, begun: Begun) -> None:
        """Remember one. `state` comes back in the address, `browser` in a cookie; only their hashes are kept."""
        ...

    def take(self, state: str, browser: str) -> Begun | None:
        """The one of this state, which nobody gets again; None when it is over, unknown or another browser's."""
        ...


class Provider(Protocol):
    """An OpenID provider. All of it raises UnavailableError when the provider does not answer as it should."""

    def begin(self, state: str, begun: Begun) -> str:
        """Where the browser goes to sign in."""
        ...

    def claims(self, code: str, begun: Begun) -> Mapping[str, Any]:
        """What the verified ID token says of who signed in.

        Raises:
            TokenError: the code or the token is not one to trust.
        """
        ...

    def end(self) -> str:
        """Where the browser goes to end the session at the provider; "" when it has no such page."""
        ...

    def look(self) -> str:
        """What an administrator is told of it once its addresses and keys were asked for."""
        ...
