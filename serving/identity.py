"""Signing in and out; sessions live on the server."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lending.domain.errors import InputError
from lending.ports import Accounts, AuditLog, Session, Sessions, Throttle


class SignInError(InputError):
    """User name and password do not fit; which of the two is never said."""


class TooManyTriesError(InputError):
    """The next try must wait `wait_seconds`."""

    def __init__(self, wait_seconds: float) -> None:
        self.wait_seconds = math.ceil(wait_seconds)
        super().__init__(
            f"too many wrong tries; wait {self.wait_seconds} seconds", code="too_many_tries", field="password",
            found="too many wrong tries", expected=f"a try in {self.wait_seconds} seconds",
            do=f"Wait {self.wait_seconds} seconds and try again.",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is who, from the server's own tables."""

    accounts: Accounts
    sessions: Sessions
    throttle: Throttle
    audit: AuditLog

    def sign_in(self, username: str, password: str, source: str) -> tuple[str, Session]:
        """Open a session.

        Args:
            username: as typed.
            password: as typed.
            source: where the try comes from, such as an address; guessing is slowed per name and per source.

        Raises:
            SignInError: they do not fit.
            TooManyTriesError: after five wrong tries.
        """
        key = f"{username}\n{source}"
        if (wait := self.throttle.wait_seconds(key)) > 0:
            raise TooManyTriesError(wait)
        account = self.accounts.check(username, password)
        if account is None:
            self.throttle.failed(key)
            raise SignInError(
                "user name and password do not fit", code="wrong_credentials", field="password",
                found="a wrong user name or password", expected="the ones of your account", do="Try again.",
            )  # fmt: skip
        self.throttle.cleared(key)
        self.audit.add(account.username, "sign_in", account.username, {"role": account.role.value})
        return self.sessions.open(account)

    def session(self, token: str | None) -> Session | None:
        """The live session of a token; None when there is none."""
        return self.sessions.find(token) if token else None

    def sign_out(self, token: str | None) -> None:
        """End the session of a token, if there is one."""
        if token:
            self.sessions.close(token)
