"""Accounts, sessions and the brake on guessing."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, insert, select, update

from lending.adapters.session import Database, read_time, time_text
from lending.adapters.tables import accounts, sessions, throttle
from lending.domain.errors import InputError
from lending.domain.record import sha256_hex
from lending.domain.roles import Role
from lending.ports import Account, Clock, Session

_SEEN_EVERY = timedelta(minutes=1)
_FREE_TRIES = 5
_LONGEST_WAIT = 300.0
_FORGET_AFTER = timedelta(minutes=30)


class AccountFile:
    """`lending.ports.Accounts` on a database."""

    def __init__(self, database: Database, hasher: PasswordHasher) -> None:
        self._database = database
        self._hasher = hasher
        self._nobody = hasher.hash(secrets.token_hex(8))

    def add(self, account: Account, password: str) -> None:
        """Add an account. Raises InputError when the name is taken."""
        row = {
            "username": account.username,
            "password_hash": self._hasher.hash(password),
            "role": account.role.value,
            "customer_id": account.customer_id,
            "display_name": account.display_name,
        }
        with self._database.write() as connection:
            taken = select(accounts.c.username).where(accounts.c.username == account.username)
            if connection.execute(taken).one_or_none() is not None:
                raise InputError(f"the user name {account.username} is taken", field="username", found=account.username,
                                 expected="a new user name", do="Choose another.")  # fmt: skip
            connection.execute(insert(accounts), row)

    def check(self, username: str, password: str) -> Account | None:
        """The account when the password fits; takes as long when the name is unknown."""
        with self._database.read() as connection:
            row = connection.execute(select(accounts).where(accounts.c.username == username)).one_or_none()
        try:
            self._hasher.verify(row.password_hash if row else self._nobody, password)
        except (VerificationError, InvalidHashError):
            return None
        return _account(row) if row else None

    def list(self) -> Sequence[Account]:
        """All accounts, by user name."""
        with self._database.read() as connection:
            return [_account(row) for row in connection.execute(select(accounts).order_by("username"))]


class SessionFile:
    """`lending.ports.Sessions` on a database; only hashes of tokens are kept."""

    def __init__(self, database: Database, clock: Clock, idle_minutes: int, hours: int) -> None:
        self._database = database
        self._clock = clock
        self._idle = timedelta(minutes=idle_minutes)
        self._life = timedelta(hours=hours)

    def open(self, account: Account) -> tuple[str, Session]:
        """A new random token and its session; sessions that ended are swept."""
        token, now = secrets.token_urlsafe(32), self._clock.now()
        row = {
            "token_sha256": sha256_hex(token.encode()),
            "username": account.username,
            "created_at": time_text(now),
            "seen_at": time_text(now),
            "expires_at": time_text(now + self._life),
        }
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires_at < time_text(now)))
            connection.execute(insert(sessions), row)
        return token, Session(account, now, now + self._life)

    def find(self, token: str) -> Session | None:
        """The live session of a token; its idle clock moves on, written at most once a minute."""
        if not token:
            return None
        digest, now = sha256_hex(token.encode("utf-8", "replace")), self._clock.now()
        wanted = select(sessions, accounts).join(accounts).where(sessions.c.token_sha256 == digest)
        with self._database.read() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None or now >= read_time(row.expires_at) or now >= read_time(row.seen_at) + self._idle:
            return None
        if now - read_time(row.seen_at) >= _SEEN_EVERY:
            self._seen(digest, now)
        return Session(_account(row), read_time(row.created_at), read_time(row.expires_at))

    def close(self, token: str) -> None:
        """End a session; nothing happens when there is none."""
        digest = sha256_hex(token.encode("utf-8", "replace"))
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.token_sha256 == digest))

    def _seen(self, digest: str, now: datetime) -> None:
        with self._database.write() as connection:
            moved = update(sessions).where(sessions.c.token_sha256 == digest).values(seen_at=time_text(now))
            connection.execute(moved)


class ThrottleFile:
    """`lending.ports.Throttle`: five tries are free, then each failure doubles the wait up to five minutes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def wait_seconds(self, key: str) -> float:
        """How long the next try must wait; 0 when it may go on."""
        failures, failed_at = self._failures(key)
        if failed_at is None or failures < _FREE_TRIES:
            return 0.0
        wait = min(2.0 ** (failures - _FREE_TRIES + 1), _LONGEST_WAIT)
        return max(0.0, wait - (self._clock.now() - failed_at).total_seconds())

    def failed(self, key: str) -> None:
        """Count a failure."""
        failures, _ = self._failures(key)
        row = {"key_sha256": _hidden(key), "failures": failures + 1, "failed_at": time_text(self._clock.now())}
        with self._database.write() as connection:
            connection.execute(delete(throttle).where(throttle.c.key_sha256 == row["key_sha256"]))
            connection.execute(insert(throttle), row)

    def cleared(self, key: str) -> None:
        """Forget the failures after a success."""
        with self._database.write() as connection:
            connection.execute(delete(throttle).where(throttle.c.key_sha256 == _hidden(key)))

    def _failures(self, key: str) -> tuple[int, datetime | None]:
        with self._database.read() as connection:
            row = connection.execute(select(throttle).where(throttle.c.key_sha256 == _hidden(key))).one_or_none()
        if row is None or self._clock.now() - read_time(row.failed_at) > _FORGET_AFTER:
            return 0, None
        return row.failures, read_time(row.failed_at)


def _hidden(key: str) -> str:
    return sha256_hex(key.encode("utf-8", "replace"))


def _account(row: object) -> Account:
    return Account(row.username, Role(row.role), row.customer_id, row.display_name)  # type: ignore[attr-defined]
