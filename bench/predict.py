"""`POST /api/v1/loans/predict` against `mlflow models serve`: one worker each, in turns.

Ours answers a whole decision for a signed-in customer, durably recorded before it is answered; the peer answers a PD.
Once with SQLite, and with a private PostgreSQL that syncs every commit where its programs are installed.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from bench.bank import CUSTOMERS, SEED, trained_bank
from bench.closed_loop import Ask, Load, asked_in_loops, post, together
from bench.endpoint import peer_command, rows_of, served
from bench.machine import quantile

if TYPE_CHECKING:
    from serving.assembly import Platform

BAR, AIM = 2.0, 3.0  # times the peer's requests a second
CLIENTS = (1, 8, 32)
ROUNDS, SECONDS, WARM_SECONDS = 3, 3.0, 1.0  # loops of each kind, and the length of one
PEOPLE = 40
PREDICT = "/api/v1/loans/predict"
PEER, SQLITE, SERVER = "mlflow models serve", "ours with SQLite", "ours with PostgreSQL"


def run() -> dict[str, Any]:
    """Serve one promoted model by both, load each in turns, and count what was recorded; ends what it started."""
    with trained_bank() as place, ExitStack() as running:
        store = {"MLFLOW_TRACKING_URI": place.settings.tracking_uri}
        peer = running.enter_context(served(peer_command(), **store))
        rows = [json.dumps({"dataframe_records": [row]}).encode() for row in rows_of(place)]
        asks: dict[str, tuple[int, Ask]] = {PEER: (peer, lambda link, n: post(link, rows[n % len(rows)]))}
        banks = {SQLITE: running.enter_context(_our_api(place))}
        if (url := running.enter_context(_postgres())) is not None:
            banks[SERVER] = running.enter_context(_our_api(_bank_on(url), CANDOR_DATABASE_URL=url))
        asks |= {name: (bank.port, bank.ask) for name, bank in banks.items()}
        for port, ask in asks.values():  # a loop that nobody counts: what is loaded with the first request is there
            asked_in_loops(port, ask, CLIENTS[1], WARM_SECONDS)
        found = {clients: _in_turns(asks, clients) for clients in CLIENTS}
        return {**_report(found), **{f"{name}, records": bank.checked() for name, bank in banks.items()}}


class _Bank:
    """Our server with people signed in, and every decision that was answered."""

    def __init__(self, place: Platform, port: int) -> None:
        self.place, self.port = place, port
        self._tokens, self._numbers = _signed_in(place), itertools.count()
        self._answered: list[str] = []

    def ask(self, link: http.client.HTTPConnection, _: int) -> None:
        """Ask for a loan that nobody asked for before. Raises SystemExit when the answer is not 200."""
        number = next(self._numbers)
        amount = f"{9000 + number // 100}.{number % 100:02d}"
        token = self._tokens[number % len(self._tokens)]
        body = json.dumps({"product": "car", "amount": amount, "term_months": 48}).encode()
        link.request("POST", PREDICT, body, {"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
        reply = link.getresponse()
        said = reply.read()
        if reply.status != 200:
            raise SystemExit(f"{PREDICT} answered {reply.status}: {said[:200]!r}")
        self._answered.append(json.loads(said)["decision_id"])

    def checked(self) -> str:
        """That every decision that was answered is on record. Raises SystemExit when one is not."""
        kept = set(self.place.records.decisions.ids())
        if lost := set(self._answered) - kept:
            raise SystemExit(f"{len(lost)} decisions were answered and are not on record")
        return f"all {len(self._answered):,} decisions answered are on record"


def _signed_in(place: Platform) -> list[str]:
    """Tokens of customers of the bank."""
    from lending.domain.roles import Role
    from lending.ports import Account

    tokens: list[str] = []
    for number, customer in enumerate(list(place.records.customers.ids())[20 : 20 + PEOPLE]):
        account = Account(f"bench{number}", Role.CUSTOMER, customer, f"Bench {number}")
        place.records.accounts.add(account, "a password of the bench")
        tokens.append(place.records.sessions.open(account)[0])
    return tokens


@contextmanager
def _our_api(place: Platform, **more: str) -> Iterator[_Bank]:
    command = [sys.executable, "-m", "uvicorn", "--factory", "serving.api.main:app", "--no-access-log", "--port"]
    with served(command, "/healthz", **more) as port:
        yield _Bank(place, port)


@contextmanager
def _postgres() -> Iterator[str | None]:
    """The address of an empty database that syncs every commit; None without the programs of the system's package."""
    from tests.fakes.postgres import Postgres

    try:
        server = Postgres(durable=True)
    except FileNotFoundError:
        yield None
        return
    try:
        yield server.create("bench")
    finally:
        server.stop()


def _bank_on(url: str) -> Platform:
    """The same people and the same champion with all records on a server."""
    from flows import steps
    from serving.assembly import platform

    os.environ["CANDOR_DATABASE_URL"] = url
    platform.cache_clear()
    try:
        steps.seed_bank(seed=SEED, customers=CUSTOMERS)
        return platform()
    finally:
        del os.environ["CANDOR_DATABASE_URL"]
        platform.cache_clear()


def _in_turns(asks: Mapping[str, tuple[int, Ask]], clients: int) -> dict[str, list[Load]]:
    """The loads of each kind, one a round."""
    loads: dict[str, list[Load]] = {name: [] for name in asks}
    for _ in range(ROUNDS):
        for name, (port, ask) in asks.items():
            loads[name].append(asked_in_loops(port, ask, clients, SECONDS))
    return loads


def _report(found: Mapping[int, Mapping[str, Sequence[Load]]]) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "what": f"{PREDICT}, decided and durably recorded, against a PD of {PEER}; one worker each, {ROUNDS} loops of "
        f"{SECONDS:g} s in turns"
    }
    for clients, loads in found.items():
        for name, own in loads.items():
            words = together(own).words()
            verdict = "" if name == PEER else f": {_verdict(own, loads[PEER])}"
            figures[f"{clients} client{'s' if clients > 1 else ''}, {name}"] = words + verdict
    return figures


def _verdict(ours: Sequence[Load], peer: Sequence[Load]) -> str:
    """The ratio over all rounds, with its lowest and highest round, beside bar and aim."""
    mine, their = together(ours), together(peer)
    ratio, rounds = mine.rate / their.rate, [m.rate / t.rate for m, t in zip(ours, peer, strict=True)]
    lower = quantile(mine.times, 0.99) < quantile(their.times, 0.99)
    within = f"{'within' if ratio >= BAR else 'MISSES'} the bar of {BAR:g} x, aim {AIM:g} x"
    spread = f"rounds {min(rounds):.1f} to {max(rounds):.1f}"
    return f"{ratio:.1f} x ({spread}; {within}), p99 {'lower' if lower else 'NOT LOWER, which misses the bar'}"
