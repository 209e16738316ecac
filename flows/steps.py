"""What flows and commands do, as plain functions: seed the bank, check data, train and register, promote."""

from __future__ import annotations

import getpass
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.cluster import runner_on
from flows.repeats import data_of
from lending.domain.errors import RefusedError

if TYPE_CHECKING:
    from features.dataset import DataSet
    from training.release import Office
    from training.servable.protocol import ServableModel

Progress = Callable[[float, str], None]
"""Gets the share done, 0 to 1, and what is happening."""
REGISTERING = 8.0
"""Seconds of a run's budget that are kept for the registry."""


def account() -> str:
    """The account of the machine that runs this; "unknown" where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"


def seed_bank(seed: int, customers: int) -> dict[str, Any]:
    """Fill the bank with generated people, their accounts and a book of past loans.

    Safe to repeat: people are replaced, accounts that exist are left, the book is written again.

    Returns:
        `{customers, accounts, book, data}`: counts, the mapping of the book and its data set.

    Raises:
        RefusedError: the profile is production; invented people have no place there.
    """
    from features import synthetic
    from serving.assembly import platform

    place = platform()
    if place.settings.profile == "production":
        raise RefusedError(
            "the demo bank is not seeded in the production profile", code="production",
            expected="CANDOR_PROFILE=demo", do="Bring the bank's own: candor customer add FILE.",
        )  # fmt: skip
    bank = synthetic.demo_bank(seed, customers)
    rows = synthetic.customer_rows(bank, place.settings.market)
    place.records.customers.add(rows)
    taken = {account.username for account in place.records.accounts.list()}
    new = [(account, word) for account, word in synthetic.demo_accounts(bank) if account.username not in taken]
    for account, word in new:
        place.records.accounts.add(account, word)
    mapping = synthetic.write_book(bank, place.settings.var / "book", place.settings.market)
    name = place.datasets.add(mapping)
    return {"customers": len(rows), "accounts": len(new), "book": str(mapping), "data": name}


def is_seeded() -> bool:
    """True when the bank has customers."""
    from serving.assembly import platform

    return bool(platform().records.customers.ids())


def gate_report(data: str) -> dict[str, Any]:
    """Run the gate between a mapped data set and its features, and keep its page under var/reports.

    Returns:
        `{passed, results, page}`: rows of the gate, and the file of the page for people.
    """
    from serving.assembly import platform

    place = platform()
    report = place.datasets.gate(data)
    page = place.settings.var / "reports" / f"{data}-gate.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(report.html, encoding="utf-8")
    return {"passed": report.passed, "results": [dict(row) for row in report.results], "page": str(page)}


def stop_when_failed(data: str, report: Mapping[str, Any]) -> None:
    """Raise RefusedError naming the failed critical expectations; nothing when the gate passed."""
    if report["passed"]:
        return
    failed = [row for row in report["results"] if not row.get("passed") and row.get("severity") == "critical"]
    names = "; ".join(f"{row.get('expectation')} on {row.get('column')}: {row.get('observed')}" for row in failed)
    raise RefusedError(
        f"the data gate stopped {data}: {names or 'see its page'}", code="data_gate", field=data, found=names,
        expected="every critical expectation holds", do=f"Read {report['page']}",
    )  # fmt: skip


def stop_when_refused(result: Mapping[str, Any]) -> None:
    """Raise RefusedError naming the gates that refused a trained model; nothing when all passed."""
    if failed := [gate["name"] for gate in result["gates"] if not gate["passed"]]:
        raise RefusedError(
            f"run {result['run_id']} is kept, but its model was not registered: gate {', '.join(failed)} failed",
            code="model_gate", field="gates", found=", ".join(failed), expected="every gate passes",
            do="Read the run's summary.",
        )  # fmt: skip


def load_data(data: str) -> DataSet:
    """The labelled loans of a data set; one row a loan."""
    from serving.assembly import platform

    return platform().datasets.load(data)


def fit_and_register(
    data: DataSet, seed: int | None, budget: float, progress: Progress, trained_by: str | None = None,
    like: str | None = None, cluster: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Train on a loaded data set and register the result as challenger; a model that fails a gate is not registered.

    Args:
        data: what `load_data` gave.
        seed: None means the seed of the settings.
        budget: seconds that are left of the run, registering among them.
        progress: told the share done, 0 to 1, and what is happening.
        trained_by: who asked for the training; kept with the run. None means the account that runs this.
        like: a run to repeat, with its seed and everything it tried, whatever time that takes.
        cluster: address of a Dask scheduler whose workers fit; empty means this process.

    Returns:
        The train result of the command line's contract; after a repeat with `like`: `{run_id, same, differs, ...}`.
    """
    from serving.assembly import platform
    from training.repeats import compared, repeat_of
    from training.train import train

    place = platform()
    past = place.registry.result(like) if like else None
    repeat = repeat_of(like, past) if like and past else None
    scratch = place.settings.var / "work"
    scratch.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="train-", dir=scratch))
    try:
        seed = repeat.seed if repeat else place.settings.seed if seed is None else seed
        day = date.fromisoformat(repeat.as_of) if repeat else place.clock.now().date()
        left, look = budget - REGISTERING, (lambda _: past["plans"]) if past else _plans_of(data.name, seed, day)
        with runner_on(cluster) as runner:
            result = train(data, folder, seed, left, progress, as_of=day, plans_of=look, repeat=repeat, runner=runner)
        progress(0.95, "registering the model")
        version = place.registry.register(result, folder, trained_by or account())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    progress(1.0, "registered" if result.passed else "a gate refused the model")
    body = {**result.as_dict(), "model_version": version or None}
    return {**body, "like": compared(like, past, {**body, "tags": result.tags})} if like and past else body


def _plans_of(data: str, seed: int, day: date) -> Callable[[ServableModel], dict[str, Any]] | None:
    """A look at the plans of customers who are declined; None where the data is not that of the deciding model.

    A repeat states what the run found that it repeats: the bank's records may have changed since.
    """
    from serving.assembly import platform
    from serving.plans_found import plans_found

    place = platform()
    if data != place.settings.portfolio:
        return None
    return lambda model: plans_found(place.customers, model, place.policy.current, day, seed=seed)


def train_model(
    data: str | None, seed: int | None, budget: float, progress: Progress, trained_by: str | None = None,
    like: str | None = None, cluster: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Gate, load, train and register in one call, as `candor train` does; `budget` is for all of it."""
    begun = time.monotonic()
    data = data_of(data, like)
    progress(0.0, "checking the data")
    stop_when_failed(data, gate_report(data))
    progress(0.05, "reading the data")
    loans = load_data(data)
    return fit_and_register(loans, seed, budget - (time.monotonic() - begun), progress, trained_by, like, cluster)


def promote_model(
    data: str, version: str, approver: str, reason: str, override: Mapping[str, str] | None = None,
    requested_by: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Let a version decide, through the gates.

    Args:
        data: data set whose model it is.
        version: registered version, or with an override the id of a run that one gate kept out.
        approver: who answers for it.
        reason: why.
        override: `{gate, owner, until}` of a gate that is set aside.
        requested_by: who asks for it; None means who trained it.

    Raises:
        RefusedError: a gate failed, or one person alone asks.
        NotFoundError: no such version.
    """
    from training.release import Ask, promote

    return promote(office(), Ask(data, version, approver, reason, requested_by or "", override))


def promote_first(data: str, version: str) -> dict[str, Any]:
    """Promote when the portfolio has no champion yet, through the gates, and say that this was the first start."""
    from training.release import promote_first

    return promote_first(office(), data, version)


def rollback(data: str, by: str, reason: str) -> dict[str, Any]:
    """Let the champion before the present one decide again; answers `{data, champion, previous, by, reason}`."""
    from training.release import rollback

    return rollback(office(), data, by, reason)


def office() -> Office:
    """Where promotions are decided: registry, trail, and what the bank's records supply."""
    from features.build import SUPPLIED
    from serving.assembly import platform
    from training.release import Office

    place = platform()
    settings = place.settings
    products = frozenset(place.policy.current.products)
    return Office(place.registry, place.audit, SUPPLIED, settings.portfolio, settings.profile, products)
