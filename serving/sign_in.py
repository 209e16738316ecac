"""Signing in with a provider: who it vouches for becomes an account of ours, with a session of ours."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from lending.domain.errors import InputError, NotFoundError
from lending.domain.record import sha256_hex
from lending.domain.roles import Role
from lending.ports import Account, Accounts, AuditLog, Clock, Customers, OwnSessions, Session, Sessions
from lending.sign_in_ports import Begun, BegunSignIns, Provider
from serving.programs import program_of
from serving.sign_in_rules import SignInRules

PREFIX = "sso:"
"""Accounts that a provider vouches for; no account of our own begins so."""
_RANDOM_BYTES = 32
_MOST_NAME = 128
_MOST_WANTED = 500


class StaleSignInError(InputError):
    """The sign-in is over, unknown, another browser's, or was used."""


class NoAccessError(InputError):
    """The provider vouches for somebody to whom the bank gives no role."""


class TokenError(InputError):
    """The provider's answer is not one to trust."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the sign-in was not accepted: {why}", code="sign_in_token", field="id_token", found=why,
            expected="an ID token that the provider signed for this sign-in", do="Sign in again.",
        )  # fmt: skip


class AllSessions(Sessions, OwnSessions, Protocol):
    """Sessions, also those of one account."""


@dataclass(frozen=True, slots=True)
class ProviderSignIn:
    """Begin, finish and end a sign-in with the provider that settings name."""

    provider: Provider
    rules: SignInRules
    begun: BegunSignIns
    accounts: Accounts
    sessions: AllSessions
    customers: Customers
    audit: AuditLog
    clock: Clock
    issuer: str

    def begin(self, wanted: str = "") -> tuple[str, str]:
        """Where the browser goes, and the secret that it keeps meanwhile.

        Args:
            wanted: the page that was asked for before.

        Raises:
            UnavailableError: the provider does not answer.
        """
        state, browser, nonce, verifier = (secrets.token_urlsafe(_RANDOM_BYTES) for _ in range(4))
        begun = Begun(nonce, verifier, wanted[:_MOST_WANTED])
        address = self.provider.begin(state, begun)
        self.begun.keep(state, browser, begun)
        return address, browser

    def finish(self, state: str, browser: str, code: str, agent: str = "") -> tuple[str, Session, str]:
        """Open a session: its token, itself, and the page that was asked for before.

        Args:
            state: from the address; used up whatever comes of it.
            browser: the secret of the cookie.
            code: from the address.
            agent: the program's own words for itself.

        Raises:
            StaleSignInError: not a sign-in that this browser began a short while ago.
            TokenError: the code or the token is not one to trust.
            NoAccessError: nobody gave them a role here.
            UnavailableError: the provider does not answer.
        """
        begun = self.begun.take(state, browser) if state else None
        if begun is None or not code:
            raise StaleSignInError(
                "this sign-in is over or was begun elsewhere", code="sign_in_stale", field="state",
                found="no sign-in under way", expected="the one begun last in this browser", do="Sign in again.",
            )  # fmt: skip
        account = self._account(self.provider.claims(code, begun))
        self.accounts.bring(account)
        self.audit.add(account.username, "sign_in", account.username, {"role": account.role.value, "by": "provider"})
        return *self.sessions.open(account, program_of(agent)), begun.wanted

    def end(self) -> str:
        """Where the browser goes to end the session at the provider. Raises UnavailableError."""
        return self.provider.end()

    def drop(self, state: str, browser: str) -> None:
        """Forget a sign-in that the provider broke off."""
        self.begun.take(state, browser)

    def _account(self, claims: Mapping[str, Any]) -> Account:
        username = PREFIX + sha256_hex(f"{self.issuer}\n{claims['sub']}".encode())[:40]
        roles = self.rules.roles(claims, self.clock.now().date())
        if len(roles) != 1:
            self._refuse(username, "no group of ours" if not roles else "groups of several roles")
        (role,) = roles
        if role is not Role.CUSTOMER:
            return Account(username, role, None, str(claims.get("name") or role.value)[:_MOST_NAME])
        customer = self.rules.customer(claims)
        return Account(username, role, customer, self._name(username, customer)[:_MOST_NAME])

    def _name(self, username: str, customer: str) -> str:
        """What the bank's record calls the customer; a token names nobody whom the bank does not know."""
        try:
            return self.customers.name(customer)
        except NotFoundError:
            self._refuse(username, "no customer of ours")

    def _refuse(self, username: str, why: str) -> NoReturn:
        """Nobody comes in whom the bank gives no role, and who was in goes out."""
        self.sessions.end_others(username, "")
        self.audit.add(username, "sign_in_refused", username, {"why": why})
        raise NoAccessError(
            f"signed in with the provider, but {why}", code="sign_in_no_access", field="groups", found=why,
            expected="exactly one role, and for customers a customer of the bank's record",
            do="Ask the bank: an administrator gives access by a group.",
        )  # fmt: skip
