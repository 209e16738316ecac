"""Accounts that a password opens: the bank adds them from the command line, no page and no address does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lending.domain.errors import InputError
from lending.domain.roles import Role
from lending.ports import Account, Accounts, AuditLog, Customers
from lending.settings import DEMO_PASSWORD

LEAST_PASSWORD, MOST_PASSWORD = 14, 200
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class AccountBook:
    """Who may sign in with a password."""

    accounts: Accounts
    customers: Customers
    audit: AuditLog

    def add(self, account: Account, password: str, actor: str) -> None:
        """Add an account, and write into the audit trail who did.

        Args:
            account: a customer's names the customer, any other names none.
            password: 14 to 200 characters; kept as an Argon2 hash.
            actor: who adds it.

        Raises:
            InputError: name or password cannot be used, the name is taken, or role and customer do not go together.
            NotFoundError: the bank has no such customer.
        """
        _check(account, password)
        if account.customer_id is not None:
            self.customers.name(account.customer_id)
        self.accounts.add(account, password)
        self.audit.add(actor, "account.added", account.username, {"role": account.role.value})

    def list(self) -> Sequence[Account]:
        """All accounts, by name."""
        return self.accounts.list()


def _check(account: Account, password: str) -> None:
    if not _NAME.fullmatch(account.username):
        raise InputError(
            "this is no user name", field="username", found=account.username[:80],
            expected="1 to 64 small letters, digits, dots, dashes and underscores, a letter or digit first",
            do="Choose another name.",
        )  # fmt: skip
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD or password == DEMO_PASSWORD:
        raise InputError(
            "this password cannot be used", field="password", found=f"{len(password)} characters",
            expected=f"{LEAST_PASSWORD} to {MOST_PASSWORD} characters, and not the demo's",
            do="Choose a longer one, such as four words that do not belong together.",
        )  # fmt: skip
    if (account.role is Role.CUSTOMER) is (account.customer_id is None):
        raise InputError(
            f"the role {account.role.value} and the customer do not go together", field="customer",
            found=account.customer_id or "no customer", expected="a customer for the role customer, none for staff",
            do="Name the customer with --customer, or leave it out.",
        )  # fmt: skip
