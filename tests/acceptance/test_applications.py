"""Applying under load: one submission is one application, however often it is sent and whatever is killed meanwhile."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from lending.domain.money import money
from lending.domain.record import named
from lending.domain.roles import Role
from lending.domain.workflow import State
from lending.ports import Account, OfferRow
from lending.settings import ROOT
from serving.assembly import Platform
from serving.decide import LoanAsk
from tests.applying import ANSWERS, an_offer
from tests.bank import open_bank
from tests.builders import a_customer
from tests.conftest import sized

SENDS = 20
COUNT = sized(30, 1000)
KILLS = sized(1, 3)
EACH = 9
"""Submissions of a customer: fewer than may be alive at once."""
SECONDS = 60.0
"""How long a test waits for one thing before it gives up."""
ALL_ANSWERS = {**ANSWERS, "business": "Own", "platforms": "Several", "stated_income": "4000"}


@dataclass(frozen=True)
class Submission:
    """One application to be sent: who sends it, under which key, for which offer."""

    customer: str
    token: str
    key: str
    offer_id: str

    def send(self, client: httpx.Client) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": self.key}
        body = {"offer_id": self.offer_id, "answers": ALL_ANSWERS}
        return client.post("/api/v1/loans/apply", json=body, headers=headers)


class Workers:
    """Web workers of one server: processes that answer on one socket of this machine."""

    def __init__(self, home: Path, count: int) -> None:
        self.home, self.socket = home, socket.create_server(("127.0.0.1", 0), backlog=256)
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.running = [self._start() for _ in range(count)]
        self._wait()

    def kill_one(self) -> None:
        """Kill a worker as a full disk or the kernel would, and start another in its place."""
        victim = random.Random(len(self.running)).choice([p for p in self.running if p.poll() is None])
        victim.kill()
        victim.wait()
        self.running.append(self._start())

    def stop(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()
        self.socket.close()

    def _start(self) -> subprocess.Popen[bytes]:
        line = ["-m", "uvicorn", "--factory", "serving.api.main:app", "--fd", str(self.socket.fileno())]
        env = {**os.environ, "CANDOR_HOME": str(self.home), "CANDOR_PROFILE": "test", "CANDOR_LLM_KIND": "none"}
        return subprocess.Popen(
            [sys.executable, *line, "--log-level", "critical"], env=env, pass_fds=[self.socket.fileno()], cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def _wait(self) -> None:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.address}/healthz", timeout=SECONDS).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError("no worker answers")


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return open_bank(Path(tmp_path_factory.mktemp("bank")))


@pytest.fixture(scope="module")
def workers(bank: Platform) -> Iterator[Workers]:
    started = Workers(bank.settings.home, 2)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def client(workers: Workers) -> Iterator[httpx.Client]:
    limits = httpx.Limits(max_connections=2 * SENDS)
    with httpx.Client(base_url=workers.address, timeout=SECONDS, limits=limits, trust_env=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def wanted(bank: Platform) -> list[Submission]:
    """Enough for both tests, so that each has its own."""
    return submissions(bank, 2 * COUNT)


def submissions(bank: Platform, count: int) -> list[Submission]:
    """That many, each for an offer of its own, of as many customers as it takes."""
    like = an_offer(bank)
    customers = [f"L{n:05}" for n in range(-(-count // EACH))]
    bank.customers.add([a_customer(name) for name in customers])
    return [one for name in customers for one in of_customer(bank, name, like)][:count]


def of_customer(bank: Platform, customer: str, like: dict[str, Any]) -> list[Submission]:
    """Submissions of a customer, who is signed in, for offers with the terms of one that the bank made."""
    account = Account(f"load-{customer}", Role.CUSTOMER, customer, customer)
    bank.accounts.add(account, "x" * 16)
    token = bank.records.sessions.open(account)[0]
    ask = LoanAsk("car", money(like["amount"]), like["term_months"])
    decision = str(bank.quotes.quote(customer, ask, channel="test", actor="test")["decision_id"])
    names = [named("o", f"{customer} {n}".encode()) for n in range(EACH)]
    until = date.fromisoformat(like["valid_until"])
    contents = [json.dumps({**like, "offer_id": name}).encode() for name in names]
    bank.records.offers.keep(
        [OfferRow(name, decision, customer, body, until) for name, body in zip(names, contents, strict=True)]
    )
    return [Submission(customer, token, f"key-{name}", name) for name in names]


def kept(bank: Platform, wanted: Sequence[Submission]) -> dict[str, str]:
    """Offer to application, of all applications for these offers; each offer has one at most."""
    asked = {one.offer_id for one in wanted}
    rows = [row for row in bank.records.applications.in_states(list(State)) if row.offer_id in asked]
    assert all(row.submitted_at is not None for row in rows)
    found = {str(row.offer_id): row.application_id for row in rows}
    assert len(found) == len(rows)
    return found


def test_parallel_sends_of_a_submission_are_one_application_with_one_reply(
    bank: Platform, client: httpx.Client, wanted: list[Submission]
) -> None:
    mine = wanted[:COUNT]
    with ThreadPoolExecutor(2 * SENDS) as pool:
        sent = [[pool.submit(one.send, client) for _ in range(SENDS)] for one in mine]
        replies = [[reply.result() for reply in same] for same in sent]
    assert {reply.status_code for same in replies for reply in same} == {200}
    assert [len({reply.content for reply in same}) for same in replies] == [1] * COUNT
    made = {one.offer_id: same[0].json()["application_id"] for one, same in zip(mine, replies, strict=True)}
    assert made == kept(bank, mine)


def test_a_killed_worker_loses_no_submission_that_was_acknowledged(
    bank: Platform, workers: Workers, client: httpx.Client, wanted: list[Submission]
) -> None:
    mine, acknowledged = wanted[COUNT:], dict[str, str]()
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(until_acknowledged, one, client, acknowledged) for one in mine]
        for part in range(1, KILLS + 1):
            wait_for(lambda part=part: len(acknowledged) >= COUNT * part // (KILLS + 1))
            workers.kill_one()
        for answer in answers:
            answer.result()
    assert len(acknowledged) == COUNT
    assert acknowledged == kept(bank, mine)


def until_acknowledged(one: Submission, client: httpx.Client, acknowledged: dict[str, str]) -> None:
    """Send again with the same key while nobody answers."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            reply = one.send(client)
        except httpx.HTTPError:
            time.sleep(0.05)
            continue
        assert reply.status_code == 200, reply.text
        acknowledged[one.offer_id] = reply.json()["application_id"]
        return
    raise AssertionError("no worker answers")


def wait_for(true: Any) -> None:
    until = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < until, "nothing moves"
        time.sleep(0.005)
