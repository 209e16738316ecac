"""An OpenID provider on this machine, with real RS256 keys: authorisation code, PKCE, key set, discovery, log-out.

It signs in whoever is `signed_in` without asking and checks what a real one checks: client, return address, code once,
verifier. Faults of a token are changes to it (`claims`, `signed`); those of the service are of `tests.fakes.http`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.fakes.http import Answer, Asked, Service, as_json

CLIENT, SECRET = "candor-client", "a-client-secret"
STAFF: Mapping[str, Any] = {"sub": "u-1", "name": "Olive Officer", "cognito:groups": ["candor-officers"]}
CUSTOMER: Mapping[str, Any] = {"sub": "u-2", "cognito:groups": ["candor-customers"], "custom:customer_id": "C00001"}


@lru_cache(maxsize=4)
def a_key(kid: str) -> RSAKey:
    """A key pair by its id, made once a process."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}, private=True)


class OidcService(Service):
    """The provider.

    Attributes:
        return_url: the only address it sends people back to.
        signed_in: claims of whoever sits before the browser; None refuses (`access_denied`).
        claims: put over the claims of the token; a value None takes one out.
        signed: how tokens are signed: `RS256`, `none`, or `HS256` with the public key as secret.
        kid: of the key that signs; `published` are those that the key set names.
        checks_pkce: whether it looks at the verifier.
        facts: put over what the provider says of itself.
        beside: put over the token endpoint's answer, beside the token.
        keys: sent instead of the key set.
        now: its clock, in seconds since 1970.
        ended: how often somebody came to sign out.
    """

    def __init__(self, return_url: str = "http://localhost/sign-in/return") -> None:
        self.return_url = return_url
        self.signed_in: Mapping[str, Any] | None = STAFF
        self.now: Callable[[], float] = time.time
        self.claims: dict[str, Any] = {}
        self.facts: dict[str, Any] = {}
        self.beside: dict[str, Any] = {}
        self.signed, self.kid, self.published = "RS256", "k1", ["k1"]
        self.checks_pkce, self.ended = True, 0
        self.keys: Any = None
        self._codes: dict[str, dict[str, str]] = {}
        super().__init__(self._routed)

    def _routed(self, asked: Asked) -> Answer:
        path = urlsplit(asked.path).path
        query = dict(parse_qsl(urlsplit(asked.path).query))
        if path == "/.well-known/openid-configuration":
            return as_json(self._itself())
        if path == "/jwks":
            return as_json(self.keys or {"keys": [a_key(one).as_dict(private=False) for one in self.published]})
        if path == "/authorize":
            return self._authorized(query)
        if path == "/token":
            return self._token(asked)
        if path == "/logout":
            self.ended += 1
            return Answer(302, headers={"Location": query["logout_uri"]})
        return as_json({"error": "not_found"}, 404)

    def _itself(self) -> dict[str, Any]:
        known = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks",
                 "end_session_endpoint": "logout"}  # fmt: skip
        return {"issuer": self.url, **{name: f"{self.url}/{path}" for name, path in known.items()}, **self.facts}

    def _authorized(self, asked: dict[str, str]) -> Answer:
        if asked.get("client_id") != CLIENT or asked.get("redirect_uri") != self.return_url:
            return as_json({"error": "invalid_request"}, 400)  # never back to an address that is not registered
        if self.signed_in is None:
            answer = {"error": "access_denied", "error_description": "of-the-inside", "state": asked["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self._codes[code] = asked
            answer = {"code": code, "state": asked["state"]}
        return Answer(302, headers={"Location": f"{self.return_url}?{urlencode(answer)}"})

    def _token(self, asked: Asked) -> Answer:
        form = asked.form
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        begun = self._codes.pop(form.get("code", ""), None)  # once
        if asked.headers.get("Authorization") != f"Basic {basic}":
            return as_json({"error": "invalid_client"}, 401)
        if begun is None or form.get("redirect_uri") != begun["redirect_uri"]:
            return as_json({"error": "invalid_grant", "error_description": "of-the-inside"}, 400)
        if self.checks_pkce and begun.get("code_challenge") != _challenge(form.get("code_verifier", "")):
            return as_json({"error": "invalid_grant"}, 400)
        token = self.id_token(begun["nonce"])
        return as_json({"access_token": "at", "token_type": "Bearer", "id_token": token, **self.beside})

    def id_token(self, nonce: str) -> str:
        """A token for a nonce, with whatever is wrong with tokens now."""
        now = int(self.now())
        said = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce, "token_use": "id",
                "at_hash": half_hash("at"), **(self.signed_in or {}), **self.claims}  # fmt: skip
        claims = {name: value for name, value in said.items() if value is not None}
        if self.signed == "none":
            return f"{_part({'alg': 'none', 'kid': self.kid})}.{_part(claims)}."
        if self.signed == "HS256":
            signed = f"{_part({'alg': 'HS256', 'kid': self.kid})}.{_part(claims)}"
            public = a_key(self.kid).as_pem(private=False)
            return f"{signed}.{_bare(hmac.digest(public, signed.encode(), 'sha256'))}"
        return jwt.encode({"alg": "RS256", "kid": self.kid}, claims, a_key(self.kid))


def half_hash(text: str) -> str:
    """`at_hash` of OpenID Connect for RS256."""
    return _bare(hashlib.sha256(text.encode()).digest()[:16])


def _challenge(verifier: str) -> str:
    return _bare(hashlib.sha256(verifier.encode()).digest())


def _part(tree: object) -> str:
    return _bare(json.dumps(tree).encode())


def _bare(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
