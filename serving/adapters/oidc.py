"""An OpenID provider, such as a Cognito user pool: authorisation code with PKCE, by authlib."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlencode, urlsplit

from lending.breaker import Breaker
from lending.domain.errors import UnavailableError
from lending.identity_settings import travels_encrypted
from lending.ports import Clock
from lending.sign_in_ports import Begun
from serving.adapters.bounded_http import Fetched, NoAnswerError, fetch
from serving.sign_in import TokenError
from serving.sign_in_rules import Waits

SCOPE = "openid profile"
MOST_BYTES = 256 * 1024
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are to a provider.

    Attributes:
        issuer: as its tokens name it.
        client_id: our id there.
        secret: ours there; "" for a public client, whose only proof is PKCE.
        return_url: exactly as it is registered.
        seconds: longest wait for an answer.
    """

    issuer: str
    client_id: str
    secret: str
    return_url: str
    seconds: float


class OidcProvider:
    """`lending.sign_in_ports.Provider`. Asks nobody before it is used; safe to share between threads."""

    def __init__(self, client: Client, waits: Waits, clock: Clock) -> None:
        from serving.adapters.oidc_tokens import Keys

        self._client, self._waits, self._clock = client, waits, clock
        self._breaker = Breaker(int(waits.failures), waits.rest_seconds, clock)
        self._facts: tuple[datetime, Mapping[str, Any]] | None = None
        self._lock = threading.Lock()
        life, rest = timedelta(minutes=waits.keys_minutes), timedelta(seconds=waits.keys_rest_seconds)
        self._keys = Keys(lambda: self._json(self._address("jwks_uri")), clock, life, rest)

    def begin(self, state: str, begun: Begun) -> str:
        """Where the browser goes to sign in; the provider was there a short while ago."""
        address, _ = self._oauth().create_authorization_url(
            self._address("authorization_endpoint"), state=state, nonce=begun.nonce, code_verifier=begun.verifier
        )
        return address

    def claims(self, code: str, begun: Begun) -> Mapping[str, Any]:
        """Exchange the code, then believe only what the token proves. Raises TokenError."""
        from serving.adapters.oidc_tokens import check_access_token, verified

        tokens = self._exchanged(code, begun)
        needed = {"iss": self._client.issuer, "aud": self._client.client_id, "nonce": begun.nonce}
        told = verified(tokens.get("id_token"), self._keys, needed, self._clock.now(), self._waits.leeway_seconds)
        check_access_token(told, tokens.get("access_token"))
        return told

    def end(self) -> str:
        """The provider's page that ends its session; both ways of naming where to go next, Cognito's and OpenID's."""
        if not self._known().get("end_session_endpoint"):
            return ""
        where = urlsplit(self._client.return_url)
        back = f"{where.scheme}://{where.netloc}/sign-in?out=1"
        asked = {"client_id": self._client.client_id, "logout_uri": back, "post_logout_redirect_uri": back}
        return f"{self._address('end_session_endpoint')}?{urlencode(asked)}"

    def look(self) -> str:
        """Ask for its addresses and keys, as a sign-in will. Raises UnavailableError, also where no key could sign."""
        from serving.adapters.oidc_tokens import keys_of

        for name in ("authorization_endpoint", "token_endpoint"):
            self._address(name)
        keys = keys_of(self._json(self._address("jwks_uri")))
        if not keys:
            self._away("no key for RS256 of 2048 bits or more")
        end = "" if self._known().get("end_session_endpoint") else ", no page that ends its session"
        return f"{self._client.issuer}: {len(keys)} keys{end}"

    def _oauth(self) -> Any:
        from authlib.oauth2.client import OAuth2Client

        client = self._client
        return OAuth2Client(
            self, client.client_id, client.secret or None, scope=SCOPE, redirect_uri=client.return_url,
            code_challenge_method="S256",
        )  # fmt: skip

    def _exchanged(self, code: str, begun: Begun) -> Mapping[str, Any]:
        from authlib.oauth2 import OAuth2Error

        oauth, endpoint = self._oauth(), self._address("token_endpoint")
        try:
            return oauth.fetch_token(
                endpoint, code=code, code_verifier=begun.verifier, grant_type="authorization_code"
            )  # fmt: skip
        except (OAuth2Error, ValueError, TypeError):  # also an answer whose times are none
            raise TokenError("the code was not accepted") from None

    def post(self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> _Answer:
        """What authlib sends by: a request to the token endpoint, within our limits."""
        url, sent, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        answer = self._asked(lambda: self._fetched(url, method="POST", headers=sent, body=body))
        return _Answer(answer.status, self._tree(answer.content))

    def _known(self) -> Mapping[str, Any]:
        """What the provider says of itself, asked for again after a while: so we notice when it is gone."""
        with self._lock:
            held, now = self._facts, self._clock.now()
            if held is not None and now < held[0] + timedelta(seconds=self._waits.facts_seconds):
                return held[1]
            found = self._json(f"{self._client.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self._client.issuer:
                self._away("it calls itself otherwise")
            self._facts = (now, found)
            return found

    def _address(self, name: str) -> str:
        found = self._known().get(name)
        if not isinstance(found, str) or not travels_encrypted(found):
            self._away(f"no {name} that is https")
        return found

    def _json(self, url: str) -> Mapping[str, Any]:
        answer = self._asked(lambda: self._fetched(url))
        if answer.status != 200:
            self._away(f"status {answer.status}")
        return self._tree(answer.content)

    def _fetched(self, url: str, **how: Any) -> Fetched:
        """An answer that is the provider's, be it a refusal; a fault of its own counts as none."""
        answer = fetch(url, self._client.seconds, MOST_BYTES, **how)
        if answer.status >= 500 or answer.status in (408, 429) or 300 <= answer.status < 400:
            raise NoAnswerError(f"status {answer.status}")
        return answer

    def _asked(self, ask: Callable[[], _T]) -> _T:
        if not self._breaker.lets_through():
            self._away("it failed several times in a row and is left alone for a moment")
        try:
            answer = ask()
        except NoAnswerError as error:
            self._breaker.failed()
            self._away(str(error))
        self._breaker.passed()
        return answer

    def _tree(self, content: bytes) -> dict[str, Any]:
        try:
            found = json.loads(content)
        except (ValueError, RecursionError):
            self._away("an answer that is not JSON")
        if not isinstance(found, dict):
            self._away("an answer of another shape")
        return found

    def _away(self, found: str) -> NoReturn:
        raise UnavailableError(
            f"the sign-in provider at {urlsplit(self._client.issuer).hostname} does not answer as it should",
            code="sign_in_away",
            field="CANDOR_OIDC_ISSUER",
            found=found,
            expected="an OpenID provider that answers",
            do="Check CANDOR_OIDC_ISSUER and the provider; who is signed in goes on meanwhile.",
        )


@dataclass(frozen=True, slots=True)
class _Answer:
    """The token endpoint's answer as authlib reads it."""

    status_code: int
    tree: dict[str, Any]

    def json(self) -> dict[str, Any]:
        return self.tree

    def raise_for_status(self) -> None:
        """Faults were raised before; what is left is a refusal, which authlib reads."""
