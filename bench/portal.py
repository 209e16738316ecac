"""Many customers at work in the portal at once: the real console under gunicorn, as `candor up` runs it, over a bank
with a trained champion. Each goes from home to a loan, moves amount and time, applies, brings a paper, reads messages,
and thinks between. The clients share the machine's cores with the server.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.bank import trained_bank
from bench.dash_browser import JSON, Browser, found_in
from bench.machine import median, quantile
from tests.fakes.loopback import free_port

if TYPE_CHECKING:
    from serving.assembly import Platform

USERS, SECONDS, THINK, RAMP = 100, 180.0, 5.0, 60.0
BAR_MS, BAR_ERRORS = 400.0, 0.001
PASSWORD = "a password of the bench"  # noqa: S105 - of people who live for three minutes
WARM_SECONDS = 30.0
LONGEST = 120.0  # seconds until the console must be up
PLACES = 4  # of a minute's uploads: every fourth round brings a paper


def run(users: int = USERS, seconds: float = SECONDS, think: float = THINK, ramp: float = RAMP) -> dict[str, Any]:
    """Serve, sign people in over `ramp` seconds, let them work for `seconds`, report; ends what it started."""
    with trained_bank() as place:
        names = _people(place, users)
        with served_console(place) as port:
            return _report(Crowd(port, think).warm(names[0]).work(names, seconds, ramp), users, seconds, think)


class Crowd:
    """All people and what was answered to them: (kind, milliseconds, status)."""

    def __init__(self, port: int, think: float) -> None:
        self._port, self._think = port, think
        self.answers: list[tuple[str, float, int]] = []
        self.steps: list[float] = []

    def warm(self, name: str) -> Crowd:
        """One person's round beforehand, which nobody counts: the model and its libraries are loaded then."""
        self._think, think = 0.0, self._think
        self._person(0, name, 0.0, time.perf_counter() + WARM_SECONDS)
        self._think, self.answers, self.steps = think, [], []
        return self

    def work(self, names: Sequence[str], seconds: float, ramp: float) -> Crowd:
        end = time.perf_counter() + ramp + seconds
        people = [
            threading.Thread(target=self._person, args=(number, name, ramp * number / len(names), end))
            for number, name in enumerate(names)
        ]
        for person in people:
            person.start()
        for person in people:
            person.join()
        return self

    def _person(self, number: int, name: str, wait: float, end: float) -> None:
        dice = random.Random(number)  # noqa: S311 - who thinks how long, the same every time
        time.sleep(wait)
        browser = Browser(self._port, lambda *answer: self.answers.append(answer))
        browser.sign_in(name, PASSWORD)
        browser.open()
        rounds = 0
        while True:
            for step in journey(browser, dice, brings_paper=rounds % PLACES == 0):
                started = time.perf_counter()
                step()
                self.steps.append((time.perf_counter() - started) * 1000)
                pause = self._think * dice.uniform(0.5, 1.5)
                if time.perf_counter() + pause >= end:
                    return
                time.sleep(pause)
                browser.send("news", "GET", "/portal/news", headers={"Accept": "application/json"})
            rounds += 1


def journey(browser: Browser, dice: random.Random, *, brings_paper: bool) -> Iterator[Any]:
    """One round, step by step: home, a loan, three points of it, applying, a paper, messages."""
    point = {"amount": str(dice.randrange(6, 30) * 500), "term_months": dice.choice((24, 36, 48, 60))}
    kept: dict[str, str] = {}
    yield lambda: browser.go("home", "/")
    yield lambda: _loan(browser)
    for seq in range(1, 4):
        asked = {**point, "amount": str(int(point["amount"]) + 500 * seq)}
        yield lambda asked=asked, seq=seq: kept.update(_confirm(browser, asked, seq))
    if kept.get("offer_id"):
        yield lambda: kept.update(_apply(browser, kept["offer_id"]))
    if kept.get("place"):
        yield lambda: browser.go("apply", kept["place"])
        yield lambda: _type(browser, kept["place"])
        if brings_paper:
            yield lambda: _bring(browser, kept["place"].split("/")[2])
        yield lambda: browser.go("application", f"/applications/{kept['place'].split('/')[2]}")
    yield lambda: browser.go("messages", "/messages")
    yield lambda: browser.go("applications", "/applications")


def _loan(browser: Browser) -> None:
    browser.go("loan", "/loans/car")
    browser.send("surface", "GET", "/portal/surface?product=car&collateral=&co_applicant=-")


def _confirm(browser: Browser, point: dict[str, Any], seq: int) -> dict[str, str]:
    asked = {"seq": seq, "product": "car", "co_applicant": "-", **point}
    found = browser.call("confirm", "quote-result.children", {"quote-ask": asked})
    values = [
        v for p in found_in(found.get("quote-actions"), "props") if p.get("name") == "offer_id" for v in [p["value"]]
    ]
    return {"offer_id": values[0]} if values else {}


def _apply(browser: Browser, offer_id: str) -> dict[str, str]:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    _, place = browser.send("begin to apply", "POST", "/portal/apply", f"offer_id={offer_id}".encode(), form)
    return {"place": place} if place.startswith("/apply/") else {}


def _type(browser: Browser, place: str) -> None:
    browser.send("keep what is typed", "PUT", f"/portal{place}", b'{"answers": {}, "seen": ""}', JSON)


def _bring(browser: Browser, application_id: str) -> None:
    browser.send("paper", "POST", f"/portal/applications/{application_id}/documents/demo/identity", b"")


def _people(place: Platform, users: int) -> list[str]:
    """Accounts for that many customers of the bank."""
    from lending.domain.roles import Role
    from lending.ports import Account

    ids = list(place.records.customers.ids())[20 : 20 + users]
    names = [f"bench{number}" for number in range(len(ids))]
    for name, customer in zip(names, ids, strict=True):
        place.records.accounts.add(Account(name, Role.CUSTOMER, customer, f"Bench {name}"), PASSWORD)
    return names


@contextmanager
def served_console(place: Platform, **more: str) -> Iterator[int]:
    """The console as `candor up` starts it, in a process group of its own, which is ended whole; `more` settings."""
    from flows.up_services import services

    port = free_port()
    ports = dict.fromkeys(("console", "api", "mlflow", "prefect", "endpoint"), port)
    command = services(place.settings, ports)[0].command
    log, env = place.settings.var / "console.log", {**os.environ, **more}
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True, env=env)
        try:
            _wait_for(process, port, log)
            yield port
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end, status = time.monotonic() + LONGEST, 0

    def note(_kind: str, _ms: float, found: int) -> None:
        nonlocal status
        status = found

    while status != 200:
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"the console did not come up: {log.read_text(errors='replace')[-800:]}")
        time.sleep(0.3)
        Browser(port, note).send("sign in", "GET", "/sign-in")


def _report(crowd: Crowd, users: int, seconds: float, think: float) -> dict[str, Any]:
    kinds: dict[str, list[float]] = defaultdict(list)
    for kind, took, _ in crowd.answers:
        kinds[kind].append(took)
    signed = [(took, status) for kind, took, status in crowd.answers if kind != "sign in"]
    wrong = [(kind, status) for kind, _, status in crowd.answers if not 200 <= status < 400]
    p95, errors = quantile([took for took, _ in signed], 0.95), len(wrong) / len(crowd.answers)
    fine = p95 <= BAR_MS and errors < BAR_ERRORS
    return {
        "what": f"{users} customers at work in the portal for {seconds:g} s, {think:g} s of thinking between steps",
        "all requests of signed-in people": f"{_words([took for took, _ in signed])}: "
        f"{'within' if fine else 'MISSES'} the bar of p95 {BAR_MS:g} ms and fewer than {BAR_ERRORS:.1%} errors",
        "whole steps, all their requests": _words(crowd.steps),
        "requests a second": f"{len(crowd.answers) / seconds:.0f}",
        "errors": f"{len(wrong)} of {len(crowd.answers)} {sorted(set(wrong))[:6] if wrong else ''}",
        **{kind: _words(times) for kind, times in sorted(kinds.items())},
    }


def _words(times: Sequence[float]) -> str:
    tail = ", ".join(f"p{share:.0%}".rstrip("%") + f" {quantile(times, share):.0f}" for share in (0.95, 0.99))
    return f"{len(times)} times, p50 {median(times):.0f}, {tail} ms"
