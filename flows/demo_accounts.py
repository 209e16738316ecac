"""Accounts that an earlier demo start left in a database."""

from __future__ import annotations

from lending.settings import DEMO_PASSWORD

KEPT_OUT = "their password is public, so they cannot sign in under the profile production"


def left_over() -> list[str]:
    """Names of accounts of the demo that still have its public password. Raises UnavailableError."""
    from features.synthetic.personas import PERSONAS, STAFF
    from serving.assembly import platform

    accounts = platform().records.accounts
    demo = {*(person.username for person in PERSONAS), *(row[0] for row in STAFF)}
    there = sorted(account.username for account in accounts.list() if account.username in demo)
    return [name for name in there if accounts.check(name, DEMO_PASSWORD)]
