"""The same request again: one act, one answer, whoever comes first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lending.adapters.records import Records, open_records
from lending.domain.record import sha256_hex
from lending.settings import Settings
from serving.once import Reply, once
from serving.refusals import Refusal
from tests.conftest import HandClock

BODY = {"n": 1}
DIGEST = sha256_hex(b'POST /x\n{"n":1}')


@pytest.fixture
def records(settings: Settings, clock: HandClock) -> Iterator[Records]:
    opened = open_records(settings, clock)
    yield opened
    opened.database.engine.dispose()


class Acts:
    """Counts how often it was done; `fails` raises the first so many times."""

    def __init__(self, fails: int = 0) -> None:
        self.done, self.tried, self.fails = 0, 0, fails

    def __call__(self) -> dict[str, Any]:
        self.tried += 1
        if self.tried <= self.fails:
            raise ValueError("the first one breaks")
        self.done += 1
        return {"made": self.done}


def ask(records: Records, act: Callable[[], dict[str, Any]]) -> Reply:
    return once(records.idempotency, "me", "key-1", "POST /x", BODY, act)


def test_many_at_once_are_one_act_and_all_read_the_same(records: Records) -> None:
    act, replies = Acts(), list[Reply]()
    threads = [threading.Thread(target=lambda: replies.append(ask(records, act))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert act.done == 1
    assert {reply.content for reply in replies} == {b'{"made":1}'}
    assert sorted(reply.again for reply in replies) == [False] + [True] * 19


def test_one_that_waits_reads_the_answer_once_it_is_there(records: Records) -> None:
    keys = records.idempotency
    assert keys.claim("me", "key-1", DIGEST) is None
    later = threading.Timer(0.2, lambda: keys.fulfil("me", "key-1", 200, b'{"made":9}'))
    later.start()
    assert ask(records, Acts()) == Reply(200, b'{"made":9}', again=True)
    later.join()


def test_one_that_waits_too_long_is_told_so(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.once.WAIT_SECONDS", 0.05)
    assert records.idempotency.claim("me", "key-1", DIGEST) is None
    with pytest.raises(Refusal) as refused:
        ask(records, Acts())
    assert (refused.value.status, refused.value.code) == (409, "running")


def test_a_key_is_free_again_when_its_act_fails(records: Records) -> None:
    act = Acts(fails=1)
    with pytest.raises(ValueError, match="breaks"):
        ask(records, act)
    assert ask(records, act) == Reply(200, b'{"made":1}')


def test_the_same_key_for_another_body_is_refused(records: Records) -> None:
    ask(records, Acts())
    with pytest.raises(Refusal) as refused:
        once(records.idempotency, "me", "key-1", "POST /x", {"n": 2}, Acts())
    assert refused.value.code == "key_reused"
