"""Accounts, sessions and the brake on guessing, on every database adapter."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Lock
from time import sleep
from typing import Any

import pytest

from lending.adapters import accounts
from lending.adapters.records import Records
from lending.domain.errors import InputError
from lending.domain.roles import Role
from lending.ports import Account, Brake
from lending.settings import ROOT
from serving.identity import Identity, PublicPasswords, SignInError, TooManyTriesError
from serving.limits import open_limits
from tests.conftest import HandClock


def identity(records: Records) -> Identity:
    records.accounts.add(Account("good", Role.CUSTOMER, "C00001", "Good"), "secret word")
    return identity_of(records)


def identity_of(records: Records, *public: str) -> Identity:
    passwords = PublicPasswords(records.accounts, public)
    brakes = open_limits(ROOT / "kb").brakes
    return Identity(records.accounts, records.sessions, records.throttle, records.audit, brakes, passwords)


def test_sign_in_opens_a_session_and_sign_out_ends_it(records: Records) -> None:
    gate = identity(records)
    token, session = gate.sign_in("good", "secret word", "127.0.0.1")
    found = gate.session(token)
    assert found is not None
    assert found.account == session.account
    gate.sign_out(token)
    assert gate.session(token) is None
    assert gate.session("") is None


def test_sessions_end_when_idle_and_at_the_end_of_their_life(records: Records, clock: HandClock) -> None:
    token, _ = identity(records).sign_in("good", "secret word", "here")
    clock.move(minutes=29)
    assert records.sessions.find(token)
    clock.move(minutes=29)
    assert records.sessions.find(token)
    clock.move(minutes=31)
    assert records.sessions.find(token) is None
    token, _ = records.sessions.open(Account("good", Role.CUSTOMER, "C00001", "Good"))
    for _ in range(30):
        clock.move(minutes=25)
        records.sessions.find(token)
    assert records.sessions.find(token) is None


def test_a_rush_of_passwords_is_checked_a_few_at_a_time(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    records.accounts.add(Account("good", Role.CUSTOMER, "C00001", "Good"), "secret word")
    inside, most, hasher = Counter[str](), Counter[str](), records.accounts._hasher  # type: ignore[attr-defined]
    verify, door = type(hasher).verify, Lock()

    def watched(self: Any, kept: str, password: str) -> Any:
        with door:
            inside["now"] += 1
            most["now"] = max(most["now"], inside["now"])
        sleep(0.02)
        with door:
            inside["now"] -= 1
        return verify(self, kept, password)

    monkeypatch.setattr(type(hasher), "verify", watched)
    rush = 4 * accounts._CHECKS_AT_ONCE
    with ThreadPoolExecutor(rush) as pool:
        found = list(pool.map(lambda _: records.accounts.check("good", "secret word"), range(rush)))
    assert all(found)
    assert 1 < most["now"] <= accounts._CHECKS_AT_ONCE


def test_five_wrong_tries_slow_the_next_and_time_forgives(records: Records, clock: HandClock) -> None:
    gate = identity(records)
    for _ in range(5):
        with pytest.raises(SignInError):
            gate.sign_in("good", "wrong", "here")
    with pytest.raises(TooManyTriesError) as caught:
        gate.sign_in("good", "secret word", "here")
    clock.move(seconds=caught.value.wait_seconds)
    gate.sign_in("good", "secret word", "here")
    for _ in range(7):
        with pytest.raises(InputError):
            gate.sign_in("nobody", "wrong", "here")
        clock.move(seconds=1)
    clock.move(hours=1)
    with pytest.raises(SignInError):
        gate.sign_in("nobody", "wrong", "here")


def wrong(gate: Identity, name: str, source: str) -> None:
    with pytest.raises(SignInError):
        gate.sign_in(name, "wrong", source)


def test_guessing_one_name_from_many_places_is_slowed_too(records: Records, clock: HandClock) -> None:
    gate = identity(records)
    for number in range(gate.brakes["name"].free):
        wrong(gate, "good", f"10.0.0.{number}")
    with pytest.raises(TooManyTriesError) as caught:
        gate.sign_in("good", "secret word", "10.0.1.1")
    assert caught.value.wait_seconds <= gate.brakes["name"].longest
    wrong(gate, "another", "10.0.1.1")
    clock.move(seconds=caught.value.wait_seconds)
    gate.sign_in("good", "secret word", "10.0.1.1")


def test_guessing_many_names_from_one_place_is_slowed_too(records: Records) -> None:
    gate = identity(records)
    for number in range(gate.brakes["source"].free):
        wrong(gate, f"guess{number}", "10.0.0.1")
    with pytest.raises(TooManyTriesError):
        gate.sign_in("good", "secret word", "10.0.0.1")
    gate.sign_in("good", "secret word", "10.0.0.2")


def test_a_name_of_ones_own_does_not_make_guessing_free_again(records: Records) -> None:
    gate = identity(records)
    for number in range(gate.brakes["source"].free):
        if number % 4 == 3:
            gate.sign_in("good", "secret word", "10.0.0.1")
        wrong(gate, f"guess{number}", "10.0.0.1")
    with pytest.raises(TooManyTriesError):
        gate.sign_in("good", "secret word", "10.0.0.1")


def test_a_place_that_many_share_is_not_shut_by_mistakes_now_and_then(records: Records, clock: HandClock) -> None:
    gate = identity(records)
    for number in range(3 * gate.brakes["source"].free):
        wrong(gate, f"person{number}", "10.0.0.1")
        clock.move(seconds=gate.brakes["source"].forgets)
    gate.sign_in("good", "secret word", "10.0.0.1")


def test_wrong_tries_at_the_same_moment_count_each(records: Records) -> None:
    gate = identity(records)
    counted = {"good\nhere": gate.brakes["name_from_source"]}
    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(lambda _: records.throttle.failed(counted), range(5))) == [0.0] * 5
    with pytest.raises(TooManyTriesError):
        gate.sign_in("good", "secret word", "here")


def test_a_failure_that_has_to_wait_is_counted_for_no_key(records: Records) -> None:
    shut, free = Brake(free=1, longest=60, forgets=60), Brake(free=1, longest=60, forgets=60)
    assert records.throttle.failed({"one": shut}) == 0
    assert records.throttle.failed({"one": shut, "other": free}) > 0
    assert records.throttle.wait_seconds("other", free) == 0
    assert records.throttle.failed({"other": free}) == 0


class Meeting:
    """Accounts whose passwords are looked at once everybody who tries at that moment has come."""

    def __init__(self, records: Records, count: int) -> None:
        self._accounts, self._all = records.accounts, Barrier(count)

    def check(self, username: str, password: str) -> Account | None:
        self._all.wait()
        return self._accounts.check(username, password)


def test_tries_at_the_same_moment_learn_no_more_than_one_after_the_other(records: Records) -> None:
    gate, tries = identity(records), 12
    meeting: Any = Meeting(records, tries)
    at_once = replace(gate, accounts=meeting)

    def tried(_: int) -> str:
        with pytest.raises(InputError) as caught:
            at_once.sign_in("good", "wrong", "here")
        return caught.value.code

    with ThreadPoolExecutor(tries) as pool:
        told = Counter(pool.map(tried, range(tries)))
    assert told == {"wrong_credentials": 5, "too_many_tries": 7}
    assert records.throttle.wait_seconds("good\nhere", gate.brakes["name_from_source"]) == 2


class Slow:
    """Accounts whose passwords take so long to look at that others fail meanwhile."""

    def __init__(self, gate: Identity, failures: int) -> None:
        self._gate, self._failures = gate, failures

    def check(self, username: str, password: str) -> Account | None:
        for _ in range(self._failures):
            wrong(self._gate, username, "here")
        return self._gate.accounts.check(username, password)


def test_a_right_password_among_many_wrong_ones_at_the_same_moment_is_not_told(records: Records) -> None:
    gate = identity(records)
    four, five = (replace(gate, accounts=Slow(gate, count)) for count in (4, 5))  # type: ignore[arg-type]
    four.sign_in("good", "secret word", "here")
    with pytest.raises(TooManyTriesError):
        five.sign_in("good", "secret word", "here")


def test_a_public_password_opens_nothing_where_real_people_sign_in(records: Records) -> None:
    token, _ = identity(records).sign_in("good", "secret word", "here")
    production = identity_of(records, "secret word")
    with pytest.raises(SignInError):
        production.sign_in("good", "secret word", "here")
    assert production.session(token) is None
    records.accounts.add(Account("own", Role.CUSTOMER, "C00001", "Own"), "a word of my own")
    assert production.session(production.sign_in("own", "a word of my own", "here")[0])
