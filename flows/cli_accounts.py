"""Commands about accounts that a password opens: account add, account list."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli_output import Answer, command
from lending.domain.errors import InputError
from lending.domain.roles import Role

if TYPE_CHECKING:
    from rich.console import Console

    from lending.ports import Account

Name = Annotated[str, typer.Argument(metavar="NAME", help="The user name to sign in with.")]
Customer = Annotated[str, typer.Option("--customer", metavar="ID", help="Whose account it is; for the role customer.")]
Shown = Annotated[str, typer.Option("--name", metavar="WORDS", help="What the account is called on pages.")]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    group = typer.Typer(help="Accounts that a password opens.", no_args_is_help=True)
    command(group, "add")(add)
    command(group, "list")(list_accounts)
    app.add_typer(group, name="account")


def add(
    username: Name,
    role: Annotated[Role, typer.Option("--role", help="What the account may do.")],
    customer: Customer = "",
    name: Shown = "",
) -> Answer:
    """Add an account; the password is asked for twice, or read as one line from a pipe."""
    from lending.ports import Account
    from serving.assembly import platform

    account = Account(username, role, customer or None, name or username)
    platform().account_book.add(account, _password(), "cli")
    return Answer(_plain(account), lambda console: console.print(f"{username} may sign in as {role.value}."))


def list_accounts() -> Answer:
    """All accounts and their roles."""
    from serving.assembly import platform

    rows = [_plain(account) for account in platform().account_book.list()]
    return Answer({"accounts": rows}, lambda console: _show(console, rows))


def _password() -> str:
    """What is typed twice alike, or the first line of a pipe. Raises InputError when the two differ."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first, second = getpass.getpass("Password: "), getpass.getpass("Once more: ")
    if first != second:
        raise InputError(
            "the two passwords differ", field="password", expected="the same password twice", do="Try again."
        )
    return first


def _plain(account: Account) -> dict[str, Any]:
    return {"username": account.username, "role": account.role.value, "customer": account.customer_id,
            "name": account.display_name}  # fmt: skip


def _show(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        console.print(f"{row['username']}  {row['role']}  {row['customer'] or ''}", soft_wrap=True)
    if not rows:
        console.print("Nobody may sign in with a password yet. Add one: candor account add NAME --role ROLE")
