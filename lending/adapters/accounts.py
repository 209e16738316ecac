"""Accounts, sessions and the brake on guessing."""

from __future__ import annotations

import math
import os
import secrets
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from lending.adapters.plain import Plain
from lending.adapters.session import Database, read_time, time_text
from lending.adapters.tables import accounts, sessions, throttle
from lending.domain.errors import InputError, NotFoundError
from lending.domain.record import sha256_hex
from lending.domain.roles import Role
from lending.ports import Account, Brake, Clock, KeptSession, Session

_SEEN_EVERY = timedelta(minutes=1)
_MOST_AGENT = 64
_WHOLE = 1000
_MOST_DOUBLINGS = 20
_SWEPT_AFTER = timedelta(days=1)
_CHECKS_AT_ONCE = max(2, os.cpu_count() or 1)
"""Passwords checked at the same time: each takes 64 MiB for a moment, so a rush of them waits instead of piling up."""
_FOUND = Plain(
    select(
        sessions.c.created_at, sessions.c.seen_at, sessions.c.expires_at, accounts.c.username, accounts.c.role,
        accounts.c.customer_id, accounts.c.display_name,
    )
    .join(accounts)
    .where(sessions.c.token_sha256 == bindparam("digest"))
)  # fmt: skip


class AccountFile:
    """`lending.ports.Accounts` on a database."""

    def __init__(self, database: Database, hasher: PasswordHasher) -> None:
        self._database = database
        self._hasher = hasher
        self._nobody = hasher.hash(secrets.token_hex(8))
        self._turns = threading.BoundedSemaphore(_CHECKS_AT_ONCE)

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

    def bring(self, account: Account) -> None:
        """Add or change an account that a provider vouches for; no password opens it."""
        row = {"role": account.role.value, "customer_id": account.customer_id, "display_name": account.display_name}
        hidden = self._hasher.hash(secrets.token_hex(32))
        with self._database.write() as connection:
            named = accounts.c.username == account.username
            if not connection.execute(update(accounts).where(named).values(row)).rowcount:
                new = {"username": account.username, "password_hash": hidden, **row}
                connection.execute(insert(accounts), new)

    def check(self, username: str, password: str) -> Account | None:
        """The account when the password fits; takes as long when the name is unknown."""
        with self._database.read() as connection:
            row = connection.execute(select(accounts).where(accounts.c.username == username)).one_or_none()
        try:
            with self._turns:
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

    def open(self, account: Account, agent: str = "") -> tuple[str, Session]:
        """A new random token and its session; sessions that ended are swept."""
        token, now = secrets.token_urlsafe(32), self._clock.now()
        row = {
            "token_sha256": sha256_hex(token.encode()),
            "username": account.username,
            "created_at": time_text(now),
            "seen_at": time_text(now),
            "expires_at": time_text(now + self._life),
            "agent": agent[:_MOST_AGENT] or None,
        }
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires_at < time_text(now)))
            connection.execute(insert(sessions), row)
        return token, Session(account, now, now + self._life)

    def find(self, token: str, *, moving: bool = True) -> Session | None:
        """The live session of a token; its idle clock moves on, written at most once a minute."""
        if not token:
            return None
        digest, now = sha256_hex(token.encode("utf-8", "replace")), self._clock.now()
        row = next(iter(self._database.rows(_FOUND, digest=digest)), None)
        if row is None or now >= read_time(row.expires_at) or now >= read_time(row.seen_at) + self._idle:
            return None
        if moving and now - read_time(row.seen_at) >= _SEEN_EVERY:
            self._seen(digest, now)
        return Session(_account(row), read_time(row.created_at), read_time(row.expires_at))

    def close(self, token: str) -> None:
        """End a session; nothing happens when there is none."""
        digest = sha256_hex(token.encode("utf-8", "replace"))
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.token_sha256 == digest))

    def of(self, username: str, token: str) -> Sequence[KeptSession]:
        """The live sessions of an account, last used first."""
        now, own = self._clock.now(), sha256_hex(token.encode("utf-8", "replace"))
        alive = (sessions.c.expires_at > time_text(now)) & (sessions.c.seen_at > time_text(now - self._idle))
        wanted = select(sessions).where(sessions.c.username == username, alive).order_by(sessions.c.seen_at.desc())
        with self._database.look() as connection:
            return [_kept(row, own) for row in connection.execute(wanted).all()]

    def end(self, username: str, session_id: str) -> None:
        """End one of an account's sessions."""
        mine = [one for one in self._digests(username) if _shown_id(one) == session_id]
        if not mine:
            raise NotFoundError(
                "there is no such session of yours", code="not_found", field="session_id", found=session_id[:40],
                expected="the id of a session of yours", do="Use an id from the list of sessions.",
            )  # fmt: skip
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.token_sha256.in_(mine)))

    def end_others(self, username: str, token: str) -> int:
        """End all but one."""
        others = (sessions.c.username == username) & (sessions.c.token_sha256 != sha256_hex(token.encode()))
        with self._database.write() as connection:
            return connection.execute(delete(sessions).where(others)).rowcount

    def _digests(self, username: str) -> Sequence[str]:
        wanted = select(sessions.c.token_sha256).where(sessions.c.username == username)
        with self._database.look() as connection:
            return connection.execute(wanted).scalars().all()

    def _seen(self, digest: str, now: datetime) -> None:
        with self._database.write() as connection:
            moved = update(sessions).where(sessions.c.token_sha256 == digest).values(seen_at=time_text(now))
            connection.execute(moved)


class ThrottleFile:
    """`lending.ports.Throttle` on a database. Failures are kept in thousandths: they are forgotten little by little."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def wait_seconds(self, key: str, brake: Brake) -> float:
        """How long the next try must wait; 0 when it may go on."""
        with self._database.look() as connection:
            return _wait(_tried(connection, key), brake, self._clock.now())

    def failed(self, brakes: Mapping[str, Brake]) -> float:
        """Count a failure for each key unless one must wait by now; what is long past is swept."""
        now = self._clock.now()
        with self._database.write() as connection:
            tried = {key: _tried(connection, key) for key in brakes}
            wait = max(_wait(tried[key], brake, now) for key, brake in brakes.items())
            if wait > 0:
                return wait
            connection.execute(delete(throttle).where(throttle.c.failed_at < time_text(now - _SWEPT_AFTER)))
            for key, brake in brakes.items():
                self._count(connection, key, _level(tried[key], brake, now), now)
        return 0.0

    def _count(self, connection: Connection, key: str, level: int, now: datetime) -> None:
        row = {"key_sha256": _hidden(key), "failures": level + _WHOLE, "failed_at": time_text(now)}
        connection.execute(delete(throttle).where(throttle.c.key_sha256 == row["key_sha256"]))
        connection.execute(insert(throttle), row)

    def cleared(self, key: str) -> None:
        """Forget the failures after a success."""
        with self._database.write() as connection:
            connection.execute(delete(throttle).where(throttle.c.key_sha256 == _hidden(key)))


def _tried(connection: Connection, key: str) -> Row[Any] | None:
    """What is known of earlier failures."""
    return connection.execute(select(throttle).where(throttle.c.key_sha256 == _hidden(key))).one_or_none()


def _wait(tried: Row[Any] | None, brake: Brake, now: datetime) -> float:
    """Seconds that the next try must wait."""
    over = math.ceil(tried.failures / _WHOLE) - brake.free if tried is not None else -1
    if tried is None or over < 0:
        return 0.0
    wait = min(2.0 ** min(over + 1, _MOST_DOUBLINGS), brake.longest)
    return max(0.0, wait - (now - read_time(tried.failed_at)).total_seconds())


def _level(tried: Row[Any] | None, brake: Brake, now: datetime) -> int:
    """Thousandths of failures that are not forgotten yet."""
    if tried is None:
        return 0
    past = (now - read_time(tried.failed_at)).total_seconds() / brake.forgets
    return max(0, tried.failures - round(past * _WHOLE))


def _kept(row: Row[Any], own: str) -> KeptSession:
    created, seen, expires = (read_time(value) for value in (row.created_at, row.seen_at, row.expires_at))
    return KeptSession(_shown_id(row.token_sha256), created, seen, expires, row.agent or "", row.token_sha256 == own)


def _shown_id(digest: str) -> str:
    """A name for a session from which nobody finds back to its token."""
    return f"s_{sha256_hex(digest.encode())[:26]}"


def _hidden(key: str) -> str:
    return sha256_hex(key.encode("utf-8", "replace"))


def _account(row: object) -> Account:
    return Account(row.username, Role(row.role), row.customer_id, row.display_name)  # type: ignore[attr-defined]
