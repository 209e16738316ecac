"""Every staff page over HTTP, with 100,000 decisions recorded and counted and 1,000,000 events of visits stored.

Pages and who may open them come from the menu itself, so that one that is added is timed too. The decisions are copies
of real ones, each with a name of its own; they are recorded by the real writer of the ledger over eighteen months.
"""

from __future__ import annotations

import json
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench.bank import trained_bank
from bench.dash_browser import Browser
from bench.machine import median, quantile
from bench.orchestrator import deploy_with_runs, orchestrator
from bench.portal import served_console

if TYPE_CHECKING:
    from serving.assembly import Platform

DECISIONS, EVENTS, ROUNDS = 100_000, 1_000_000, 20
DAYS, VISIT_DAYS = 540, 80
HISTORY_DAYS = 300
FLOW_RUNS = 10  # planned of each flow
BAR_MS = 400.0
_BATCH, _ROWS = 500, 20_000
_MARK = b'"code_version":"'


@dataclass(slots=True)
class _Slow:
    """A clock that a bench moves by hand."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def run(decisions: int = DECISIONS, events: int = EVENTS, rounds: int = ROUNDS) -> dict[str, Any]:
    """Fill, count, then open every page of every role `rounds` times, one after the other."""
    with trained_bank() as place, orchestrator(str(place.settings.var)) as env:
        filled = _fill(place, decisions, events)
        deploy_with_runs(place, env, FLOW_RUNS)
        with served_console(place, CANDOR_PREFECT_URL=env["CANDOR_PREFECT_URL"]) as port:
            found = [line for user, pages in _who_opens() for line in _times(port, user, pages, rounds)]
    slow = [name for name, times, _ in found if quantile(times, 0.95) > BAR_MS]
    wrong = [name for name, _, fine in found if not fine]
    verdict = f"MISSES the bar: {', '.join(slow)}" if slow else "all within the bar"
    return {
        "what": f"staff pages with {decisions:,} decisions and {events:,} events, {rounds} times each",
        **filled,
        "pages": f"p95 under {BAR_MS:g} ms: {verdict}",
        "pages that failed": ", ".join(wrong) or "none",
        **{name: f"p50 {median(times):.0f}, p95 {quantile(times, 0.95):.0f} ms" for name, times, _ in found},
    }


def _fill(place: Platform, decisions: int, events: int) -> dict[str, str]:
    """Records and events, and how long counting them took."""
    from flows.history import make_history

    make_history(place, place.settings.seed, HISTORY_DAYS, lambda share, words: None)
    started = time.perf_counter()
    _record(place, decisions)
    recorded = time.perf_counter()
    place.counting.run()
    counted = time.perf_counter()
    _visits(place, events)
    stored = time.perf_counter()
    place.counting.run()
    place.counting.days[1].again()
    seen = time.perf_counter()
    return {
        "recording": f"{decisions / (recorded - started):,.0f} decisions a second",
        "counting decisions, everything of each": f"{decisions / (counted - recorded):,.0f} a second",
        "counting visits": f"{events / (seen - stored):,.0f} events a second",
    }


def _record(place: Platform, count: int) -> None:
    """Copies of the history's decisions until there are that many, spread evenly over the days."""
    names = list(place.records.decisions.ids())
    rows = [place.records.decisions.get(name) for name in names]
    clock = _Slow(datetime.now(UTC) - timedelta(days=DAYS))
    writer, step = place.quotes_recorded_by(clock).decisions, timedelta(days=DAYS) * _BATCH / count
    copies = _copies([(row.core, row.customer_id) for row in rows], count - len(names))
    while some := [one for one, _ in zip(copies, range(_BATCH), strict=False)]:
        writer.write(writer.seal(some), "api", "bench")
        clock.at += step


def _copies(cores: list[tuple[bytes, str]], count: int) -> Iterator[tuple[bytes, str]]:
    for number in range(count):
        core, customer = cores[number % len(cores)]
        yield core.replace(_MARK, _MARK + f"{number}+".encode(), 1), customer


def _visits(place: Platform, count: int) -> None:
    """Events of made-up visits: each goes some steps down the funnel."""
    from lending.adapters.session import insert_rows, time_text
    from lending.adapters.tables_portal import behaviour

    dice, made, now = random.Random(7), 0, datetime.now(UTC)  # noqa: S311 - the same visits every time
    steps, products = place.behaviour.lists.funnel, ("car", "home", "gold", "education")
    while made < count:
        rows: list[dict[str, str]] = []
        while len(rows) < min(_ROWS, count - made):
            at, product = now - timedelta(seconds=dice.randrange(VISIT_DAYS * 86_400)), dice.choice(products)
            plain = {"visitor": f"{dice.getrandbits(160):040x}",
                     "variants": json.dumps({"home_lead": dice.choice(("asks", "shows"))})}  # fmt: skip
            for step in steps[: 1 + min(int(dice.expovariate(0.45)), len(steps) - 1)]:
                rows.append({**plain, "event_id": f"b_{dice.getrandbits(96):024x}", "at": time_text(at),
                             "event": step.event, "page": step.page, "step": (*step.steps, "")[0],
                             "product": "" if step.page == "home" else product})  # fmt: skip
        with place.records.database.write() as connection:
            insert_rows(connection, behaviour, rows)
        made += len(rows)


def _who_opens() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Demo accounts of staff with the pages that are in their menu, each page once."""
    from console.staff_menu import open_to
    from features.synthetic.personas import STAFF
    from lending.domain.roles import Role

    seen: set[str] = set()
    for user, role, _ in STAFF:
        pages = [(one.words, one.path) for _, entries in open_to(Role(role)) for one in entries]
        new = [(words, path) for words, path in pages if path not in seen]
        seen |= {path for _, path in new}
        if new:
            yield user, new


def _times(port: int, user: str, pages: list[tuple[str, str]], rounds: int) -> list[tuple[str, list[float], bool]]:
    """Milliseconds of each page of an account, after one that nobody counts."""
    from lending.settings import DEMO_PASSWORD

    answers: dict[str, list[tuple[float, int]]] = defaultdict(list)
    browser = Browser(port, lambda kind, took, status: answers[kind].append((took, status)))
    browser.sign_in(user, DEMO_PASSWORD)
    browser.open()
    shown: dict[str, bool] = {}
    for _ in range(rounds + 1):
        for words, path in pages:
            found = json.dumps(browser.call(words, "page.children", {"location": path}))
            shown[words] = shown.get(words, True) and "state-failed" not in found and '"H1"' in found
    return [
        (words, [took for took, _ in answers[words][1:]],
         shown[words] and all(status == 200 for _, status in answers[words]))
        for words, _ in pages
    ]  # fmt: skip
