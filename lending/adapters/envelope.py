"""Envelope encryption: each customer has a data key, wrapped by a key made from the master key.

Erasing a customer is deleting the data key: what it sealed stays in the chain and can no longer be read.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from threading import Lock
from time import monotonic
from types import MappingProxyType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, bindparam, delete, insert, select

from lending.adapters.plain import Plain
from lending.adapters.session import Database
from lending.adapters.tables import customer_keys
from lending.domain.errors import NotFoundError, RefusedError

_NONCE_BYTES = 12
_KEY_BYTES = 32
_OWN = b"candor what staff were answered"
_MOST_CACHED = 20_000
_MOST_SECONDS = 30.0
"""After so long keys are read anew, so that one that another process deleted opens nothing here either."""
NewKeys = Mapping[str, AESGCM]
NONE_NEW: NewKeys = MappingProxyType({})
_KEY_OF = select(customer_keys.c.wrapped_key).where(customer_keys.c.customer_id == bindparam("customer_id"))
_ITS_KEY = Plain(_KEY_OF)


class ErasedError(NotFoundError):
    """The customer's key was deleted: what it sealed cannot be read any more."""


class Envelopes:
    """Seals and opens bytes for a customer; the place they stand in is bound to them."""

    def __init__(self, database: Database, master_key: str) -> None:
        self._database = database
        self._master_key = master_key
        self._wrapper = AESGCM(_derive(master_key, b"candor data keys"))
        self._ledger_key = _derive(master_key, b"candor ledger heads")
        self._keys: dict[str, AESGCM] = {}
        self._read_at = monotonic()
        self._lock = Lock()

    def seal(self, customer_id: str, place: str, content: bytes, new: NewKeys = NONE_NEW) -> bytes:
        """Encrypt for a customer. `new`: what `make_keys` gave, while its transaction is open.

        Raises:
            ErasedError: they have no key.
        """
        nonce, key = os.urandom(_NONCE_BYTES), new.get(customer_id) or self._key(customer_id)
        return nonce + key.encrypt(nonce, content, _bound(customer_id, place))

    def open(self, customer_id: str, place: str, envelope: bytes) -> bytes:
        """Decrypt what `seal` made for this customer and place.

        Raises:
            ErasedError: the key is gone; RefusedError: the envelope was changed or belongs elsewhere.
        """
        key = self._key(customer_id)
        try:
            return key.decrypt(envelope[:_NONCE_BYTES], envelope[_NONCE_BYTES:], _bound(customer_id, place))
        except (InvalidTag, ValueError):
            raise _changed(place) from None

    def seal_for(self, customer_id: str | None, place: str, content: bytes) -> bytes:
        """Encrypt for a customer, or with the bank's own key where there is none. Raises ErasedError as `seal`."""
        if customer_id is not None:
            return self.seal(customer_id, place, content)
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self.key_for(_OWN)).encrypt(nonce, content, place.encode())

    def open_for(self, customer_id: str | None, place: str, envelope: bytes) -> bytes:
        """Decrypt what `seal_for` made. Raises as `open`."""
        if customer_id is not None:
            return self.open(customer_id, place, envelope)
        try:
            return AESGCM(self.key_for(_OWN)).decrypt(envelope[:_NONCE_BYTES], envelope[_NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError):
            raise _changed(place) from None

    def make_keys(self, connection: Connection, customer_ids: Iterable[str]) -> NewKeys:
        """Give a key to each customer who has none, in the caller's transaction; returns the new ones, for `seal`.

        They are not remembered: one that is never committed must seal nothing afterwards.
        """
        wanted = set(customer_ids)
        present = set(connection.execute(select(customer_keys.c.customer_id)).scalars())
        new = {customer_id: AESGCM.generate_key(_KEY_BYTES * 8) for customer_id in sorted(wanted - present)}
        if new:
            connection.execute(insert(customer_keys), [self._wrapped(*pair) for pair in new.items()])
        return {customer_id: AESGCM(key) for customer_id, key in new.items()}

    def know(self, customer_id: str, wrapped: bytes) -> None:
        """Take a key that was read in bulk. Raises RefusedError when it cannot be unwrapped."""
        if customer_id not in self._keys:
            self._remember(customer_id, wrapped)

    def erase(self, customer_id: str) -> None:
        """Delete the key. There is no way back."""
        with self._database.write() as connection:
            connection.execute(delete(customer_keys).where(customer_keys.c.customer_id == customer_id))
        self._keys.pop(customer_id, None)

    def key_for(self, purpose: bytes) -> bytes:
        """A key of its own for a purpose, derived from the master key."""
        return _derive(self._master_key, purpose)

    def mac(self, content: bytes) -> str:
        """A keyed hash that nobody without the master key can make: it seals the heads of the ledger."""
        return hmac.new(self._ledger_key, content, hashlib.sha256).hexdigest()

    def _wrapped(self, customer_id: str, key: bytes) -> dict[str, object]:
        nonce = os.urandom(_NONCE_BYTES)
        wrapped = nonce + self._wrapper.encrypt(nonce, key, _bound(customer_id, "key"))
        return {"customer_id": customer_id, "wrapped_key": wrapped}

    def _key(self, customer_id: str) -> AESGCM:
        if monotonic() - self._read_at > _MOST_SECONDS:
            self._keys.clear()
            self._read_at = monotonic()
        found = self._keys.get(customer_id)
        if found is None:
            rows = self._database.rows(_ITS_KEY, customer_id=customer_id)
            if not rows:
                raise ErasedError(f"{customer_id} is not there", code="not_found", field="customer", found=customer_id,
                                  expected="a customer of the bank", do="Check the id.")  # fmt: skip
            found = self._remember(customer_id, rows[0].wrapped_key)
        return found

    def _remember(self, customer_id: str, wrapped: bytes) -> AESGCM:
        try:
            key = self._wrapper.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], _bound(customer_id, "key"))
        except (InvalidTag, ValueError):
            raise RefusedError(
                "a customer's key cannot be unwrapped: CANDOR_MASTER_KEY is not the one this database was made with",
                code="master_key", field="CANDOR_MASTER_KEY", expected="the key of this database",
                do="Set the right CANDOR_MASTER_KEY, or start with another CANDOR_HOME.",
            ) from None  # fmt: skip
        with self._lock:
            if len(self._keys) >= _MOST_CACHED:
                self._keys.clear()
            return self._keys.setdefault(customer_id, AESGCM(key))


def _changed(place: str) -> RefusedError:
    return RefusedError(f"{place} was changed since it was sealed", code="tampered", field=place,
                        expected="the sealed bytes", do="Restore it from a backup.")  # fmt: skip


def _bound(customer_id: str, place: str) -> bytes:
    return f"{customer_id}\n{place}".encode()


def _derive(master_key: str, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_BYTES, salt=b"candor/1", info=purpose).derive(master_key.encode())
