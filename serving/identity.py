"""Signing in and out; sessions live on the server."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lending.domain.errors import InputError
from lending.ports import Accounts, AuditLog, Brake, Session, Sessions, Throttle
from serving.programs import program_of


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
class PublicPasswords:
    """Passwords that everybody may read; where real people sign in, no account that has one is let in."""

    accounts: Accounts
    refused: tuple[str, ...] = ()
    _known: dict[str, bool] = field(default_factory=dict[str, bool])

    def opens(self, username: str) -> bool:
        """Whether one of them opens the account; found out once, for a password cannot be changed here."""
        if self.refused and username not in self._known:
            self._known[username] = any(self.accounts.check(username, word) for word in self.refused)
        return self._known.get(username, False)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is who, from the server's own tables."""

    accounts: Accounts
    sessions: Sessions
    throttle: Throttle
    audit: AuditLog
    brakes: Mapping[str, Brake]
    public: PublicPasswords
    by_password: frozenset[str] | None = None
    """Accounts that a password opens; None: every one. Others are a provider's to sign in."""

    def sign_in(self, username: str, password: str, source: str, agent: str = "") -> tuple[str, Session]:
        """Open a session.

        Args:
            username: as typed.
            password: as typed.
            source: where the try comes from, such as an address.
            agent: the program's own words for itself (User-Agent); kept as `Chrome on Linux`.

        Raises:
            SignInError: they do not fit, or the password is one that everybody may read.
            TooManyTriesError: too many wrong tries on this name from this source, on this name from anywhere, or from
                this source on any name; also with the right password. Tries at the same moment are all looked at,
                and no more of them are told what came of it than one after the other would be.
        """
        brakes = dict(self._braked(username, source))
        self._check_wait(brakes)
        account = self.accounts.check(username, password)
        if account is None or self.public.opens(account.username) or self._elsewhere(account.username):
            raise self._failed(brakes)
        self._check_wait(brakes)
        for key in list(brakes)[:2]:  # what a source did to other names is not made good by a name of its own
            self.throttle.cleared(key)
        self.audit.add(account.username, "sign_in", account.username, {"role": account.role.value})
        return self.sessions.open(account, program_of(agent))

    def session(self, token: str | None, *, moving: bool = True) -> Session | None:
        """The live session of a token, its idle clock moved on unless told not to; None when there is none."""
        found = self.sessions.find(token, moving=moving) if token else None
        return None if found is None or self.public.opens(found.account.username) else found

    def _check_wait(self, brakes: Mapping[str, Brake]) -> None:
        """Raise TooManyTriesError while the next try must wait."""
        if (wait := max(self.throttle.wait_seconds(key, brake) for key, brake in brakes.items())) > 0:
            raise TooManyTriesError(wait)

    def _failed(self, brakes: Mapping[str, Brake]) -> InputError:
        """Count a wrong try; what to say of it."""
        if (wait := self.throttle.failed(brakes)) > 0:
            return TooManyTriesError(wait)
        return SignInError(
            "user name and password do not fit", code="wrong_credentials", field="password",
            found="a wrong user name or password", expected="the ones of your account", do="Try again.",
        )  # fmt: skip

    def _elsewhere(self, username: str) -> bool:
        return self.by_password is not None and username not in self.by_password

    def sign_out(self, token: str | None) -> None:
        """End the session of a token, if there is one."""
        if token:
            self.sessions.close(token)

    def _braked(self, username: str, source: str) -> Iterator[tuple[str, Brake]]:
        """What a try counts for: the name from this source, the name from anywhere, the source."""
        yield f"{username}\n{source}", self.brakes["name_from_source"]
        yield f"name\n{username}\n", self.brakes["name"]
        yield f"source\n{source}\n", self.brakes["source"]
