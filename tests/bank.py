"""The whole product over a fresh folder: real records and rules, the ten personas, a small model of risk."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from features import synthetic
from lending.domain.errors import UnavailableError
from lending.ports import CustomerRow
from lending.settings import Settings
from serving.assembly import Platform
from tests.fakes.postgres import fill
from tests.serving.standins import Champion, LinearModel

PASSWORD = synthetic.DEMO_PASSWORD
DATABASE = "candor.db"


class NoFlows:
    """`serving.ports.FlowRuns` where no orchestrator runs; no model was ever trained by one."""

    def latest(self, flow: str) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        raise UnavailableError("no orchestrator runs here", code="flows", do="Start it: candor up.")


@lru_cache(maxsize=2)
def the_people(market: str = "us") -> tuple[Sequence[CustomerRow], Sequence[tuple[Any, str]]]:
    """The demo bank's people in a market's money, and their accounts; made once a process."""
    bank = synthetic.demo_bank(7, 300)
    return synthetic.customer_rows(bank, market), synthetic.demo_accounts(bank)


@lru_cache
def the_records(market: str, at: datetime | None) -> Path:
    """A database with those people and accounts, to be copied; made once a process for each time that it is there."""
    home = Path(tempfile.mkdtemp(prefix="candor-bank-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    place = Platform(Settings(profile="test", home=home))  # type: ignore[call-arg]
    stopped: Any = SimpleNamespace(now=lambda: at)
    place.clock = stopped if at else place.clock
    rows, accounts = the_people(market)
    place.records.customers.add(rows)
    for account, password in accounts:
        place.records.accounts.add(account, password)
    place.records.database.engine.dispose()
    return home / DATABASE


def open_bank(home: Path, model: Any = None, clock: Any = None, **settings: Any) -> Platform:
    """A platform in `home`: `good`, `refused`, `student`, `thin`, … and staff sign in with PASSWORD.

    Args:
        home: an empty folder.
        model: the one that decides; None takes a small one that refuses only very weak people. `False` for no model.
        clock: one that a test moves by hand; None takes the machine's.
        settings: of `Settings`, such as `market="in"` or a `database_url` with nothing in it.
    """
    place = Platform(Settings(profile="test", home=home, **settings))  # type: ignore[call-arg]
    place.clock = clock or place.clock
    chosen = LinearModel() if model is None else model or None
    place.__dict__["champion"] = Champion(chosen)
    place.__dict__["flow_runs"] = NoFlows()
    home.mkdir(parents=True, exist_ok=True)
    records = the_records(place.settings.market, clock.now() if clock else None)
    if place.settings.database_url:
        fill(place.settings.database_url, records)
    else:
        shutil.copyfile(records, home / DATABASE)
    return place


def with_knowledge(place: Platform) -> Platform:
    """The same with the knowledge base indexed, so that texts cite and the assistant answers."""
    from rag.adapters.kb_files import KbShelf
    from serving.formats import formats
    from serving.knowledge import Knowledge
    from tests.serving.chat_bank import the_retrieval

    market, kb = place.settings.market, place.settings.kb
    place.__dict__["knowledge"] = Knowledge(
        the_retrieval(), KbShelf(kb, place.objects), kb, place.policy, formats(market), market, place.clock,
        place.records.audit,
    )  # fmt: skip
    return place
