"""Accounts on the command line: what can be added opens a session, what cannot says why."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from flows.cli import run
from lending.audit_ports import AuditFilter
from lending.settings import DEMO_PASSWORD
from serving.assembly import Platform
from tests.builders import a_customer

PASSWORD = "four words that rhyme not"
Said = pytest.CaptureFixture[str]


@pytest.fixture
def bank(home: Path) -> Platform:
    from serving.assembly import platform

    place = platform()
    place.records.customers.add([a_customer("C00001")])
    return place


def typed(monkeypatch: pytest.MonkeyPatch, *words: str, password: str = PASSWORD) -> int:
    """Run a command whose input is a pipe."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    return run(["account", "add", *words, "--json"])


def answer(capsys: Said) -> Any:
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    "words", [("core-banking", "--role", "officer"), ("ada", "--role", "customer", "--customer", "C00001")]
)
def test_an_account_that_was_added_signs_in_and_the_trail_says_who_added_it(
    bank: Platform, monkeypatch: pytest.MonkeyPatch, capsys: Said, words: tuple[str, ...]
) -> None:
    assert typed(monkeypatch, *words) == 0
    assert PASSWORD not in capsys.readouterr().out
    _, session = bank.identity.sign_in(words[0], PASSWORD, "127.0.0.1")
    assert session.account.role.value == words[2]
    assert run(["account", "list", "--json"]) == 0
    assert [one["username"] for one in answer(capsys)["accounts"]] == [words[0]]
    (added,) = bank.records.audit_pages.page(AuditFilter(actor="cli"), 9)
    assert (added.act, added.subject) == ("account.added", words[0])


@pytest.mark.parametrize(
    ("words", "password", "field"),
    [
        (("Ada Lovelace", "--role", "admin"), PASSWORD, "username"),
        (("ada", "--role", "admin"), "too short", "password"),
        (("ada", "--role", "admin"), DEMO_PASSWORD, "password"),
        (("ada", "--role", "admin"), "", "password"),
        (("ada", "--role", "customer"), PASSWORD, "customer"),
        (("ada", "--role", "officer", "--customer", "C00001"), PASSWORD, "customer"),
        (("ada", "--role", "customer", "--customer", "C99999"), PASSWORD, "customer"),
    ],
)
def test_what_cannot_be_added_is_said_in_one_sentence_and_nobody_is_added(
    bank: Platform, monkeypatch: pytest.MonkeyPatch, capsys: Said, words: tuple[str, ...], password: str, field: str
) -> None:
    assert typed(monkeypatch, *words, password=password) == 2
    assert answer(capsys)["error"]["field"] == field
    assert list(bank.account_book.list()) == []


def test_a_name_is_given_once(bank: Platform, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    assert typed(monkeypatch, "ada", "--role", "admin") == 0
    assert typed(monkeypatch, "ada", "--role", "officer", password="another four words here") == 2
    bank.identity.sign_in("ada", PASSWORD, "127.0.0.1")


def test_a_role_that_is_none_is_a_wrong_use(bank: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    assert typed(monkeypatch, "ada", "--role", "king") == 2


def test_nobody_yet_is_said_with_the_way_on(bank: Platform, capsys: Said) -> None:
    assert run(["account", "list"]) == 0
    assert "candor account add" in capsys.readouterr().out
