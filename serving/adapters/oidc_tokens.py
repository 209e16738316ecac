"""ID tokens: whether the provider signed one, for us, now, and for this very sign-in."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from authlib.oidc.core.util import create_half_hash
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import extract_compact

from lending.ports import Clock
from serving.sign_in import TokenError

ALGORITHM = "RS256"
"""The only one: `none` proves nothing, and HS256 would let anybody sign with a key that is public."""
LEAST_BITS = 2048
MOST_KEYS = 20
MOST_TOKEN = 16_384
_MOST_SUBJECT = 255


class Keys:
    """The provider's public keys by id. Safe to share between threads.

    Args:
        fetched: asks the provider for its key set.
        clock: tells when the keys are old.
        life: after which they are asked for again.
        rest: a key we do not know makes us ask again at once, but not more often than this.
    """

    def __init__(self, fetched: Callable[[], Any], clock: Clock, life: timedelta, rest: timedelta) -> None:
        self._fetched, self._clock, self._life, self._rest = fetched, clock, life, rest
        self._known: dict[str, RSAKey] = {}
        self._asked_at: datetime | None = None
        self._lock = threading.Lock()

    def of(self, kid: str) -> RSAKey:
        """The key of an id.

        Raises:
            TokenError: the provider has no such key.
            UnavailableError: it does not say which keys it has.
        """
        with self._lock:
            since = self._clock.now() - self._asked_at if self._asked_at else None
            if since is None or since >= self._life or (kid not in self._known and since >= self._rest):
                self._known = keys_of(self._fetched())
                self._asked_at = self._clock.now()
            if kid not in self._known:
                raise TokenError("signed with a key that the provider does not name")
            return self._known[kid]


def keys_of(found: Any) -> dict[str, RSAKey]:
    """The keys of a set that may sign tokens, by id; every other key is left out."""
    listed = found.get("keys") if isinstance(found, Mapping) else None
    keys = [key for one in (listed if isinstance(listed, list) else [])[:MOST_KEYS] if (key := _key(one))]
    return {str(key.kid): key for key in keys}


def _key(found: Any) -> RSAKey | None:
    if not isinstance(found, Mapping) or not isinstance(found.get("kid"), str) or "d" in found:
        return None
    if found.get("kty") != "RSA" or found.get("use", "sig") != "sig" or found.get("alg", ALGORITHM) != ALGORITHM:
        return None
    try:
        key = RSAKey.import_key({name: found[name] for name in ("kty", "n", "e", "kid")})
        return key if key.public_key.key_size >= LEAST_BITS else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def verified(token: Any, keys: Keys, needed: Mapping[str, Any], now: datetime, leeway: float) -> Mapping[str, Any]:
    """The claims of an ID token.

    Args:
        token: as the token endpoint gave it.
        keys: of the provider.
        needed: `iss`, `aud` and `nonce` as they must be.
        now: when it must hold.
        leeway: seconds by which clocks may differ.

    Raises:
        TokenError: it does not; the words name the claim and quote nothing of the token.
        UnavailableError: the provider does not say which keys it has.
    """
    if not isinstance(token, str) or len(token) > MOST_TOKEN:
        raise TokenError("no ID token")
    try:
        head = extract_compact(token.encode()).headers()
        if head.get("alg") != ALGORITHM:
            raise TokenError(f"not signed with {ALGORITHM}")
        claims = jwt.decode(token, keys.of(str(head.get("kid", ""))), algorithms=[ALGORITHM]).claims
        _registry(needed, now, leeway).validate(claims)
    except JoseError as error:
        raise TokenError(str(getattr(error, "claim", "") or error.error)) from None
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise TokenError("no ID token") from None
    _check_audience(claims, needed["aud"])
    return claims


def check_access_token(claims: Mapping[str, Any], access_token: Any) -> None:
    """Where the ID token tells the access token's hash, it is that of the one beside it. Raises TokenError."""
    told = claims.get("at_hash")
    if told is None:
        return
    if not isinstance(access_token, str) or not isinstance(told, str):
        raise TokenError("at_hash")
    made = create_half_hash(access_token, ALGORITHM)
    if made is None or not hmac.compare_digest(made, told.encode()):
        raise TokenError("at_hash")


def _registry(needed: Mapping[str, Any], now: datetime, leeway: float) -> jwt.JWTClaimsRegistry:
    exact: dict[str, Any] = {name: {"essential": True, "value": value} for name, value in needed.items()}
    there: dict[str, Any] = {name: {"essential": True} for name in ("exp", "iat", "sub")}
    return jwt.JWTClaimsRegistry(int(now.timestamp()), int(leeway), **exact, **there, token_use={"value": "id"})


def _check_audience(claims: Mapping[str, Any], client: str) -> None:
    """For us and nobody else: a token that others may use too could come from them."""
    if claims["aud"] not in (client, [client]):
        raise TokenError("aud")
    if claims.get("azp", client) != client:
        raise TokenError("azp")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= _MOST_SUBJECT:
        raise TokenError("sub")
