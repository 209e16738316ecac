"""From training to a canary on the local endpoint; an alarm rings; the old version answers; no quote failed."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lending.adapters.aws import aws_client
from lending.breaker import Breaker
from lending.domain.errors import RefusedError
from lending.settings import ROOT
from serving.adapters.endpoint_scorer import RuntimeScorer
from serving.assembly_base import SystemClock
from serving.decide import LoanAsk
from serving.scored import ScorerRules, Scoring
from serving.twin import create_twin, live
from serving.twin.live import Endpoints, OfPointer
from tests.bank import open_bank
from tests.conftest import sized
from tests.fakes.endpoint import on_a_port
from tests.training.books import a_book, quiet
from tests.training.releases import an_ask, an_office
from training.adapters.local_endpoint import LocalEndpoints, champion_variant
from training.adapters.local_runtime import LocalRuntime
from training.deploy import Deploy, deploy, rules_for
from training.gates import dated
from training.servable import load

QUICK = {"canary_seconds": 1.0, "canary_calls_min": 20, "look_seconds": 0.2, "deploy_seconds_max": 60,
         "latency_p99_ms_max": 60_000, "probe_calls": 2}  # fmt: skip
"""A busy machine answers when it can: here errors alone ring."""
RULES = {**rules_for("local", dated(ROOT / "kb" / "endpoint.yaml", date(2026, 11, 1))), **QUICK}
NAME = "candor"


class Ticking(SystemClock):
    """The machine's clock, with pauses."""

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


class Broken:
    """A model whose scores fail once somebody switches that on."""

    def __init__(self, model: Any, switch: threading.Event) -> None:
        self._model, self._switch = model, switch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._model, name)
        return partial(self._asked, found) if name in ("score", "predict") else found

    def _asked(self, found: Any, *given: Any) -> Any:
        if self._switch.is_set():
            raise RuntimeError("a fault")
        return found(*given)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Two versions, trained, registered and promoted one after the other; the second decides."""
    from training.adapters.mlflow_registry import MlflowRegistry
    from training.release import promote
    from training.train import train

    home, scratch = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("package")
    registry = MlflowRegistry(f"sqlite:///{home / 'mlflow' / 'm.db'}", home / "models", home / "mlflow" / "artifacts")
    office = an_office(registry)
    result = train(a_book(), scratch, 7, float(sized(0, 600)), quiet)
    versions = [registry.register(replace(result), scratch, "tom") for _ in range(2)]
    promote(office, an_ask(versions[0]))
    return SimpleNamespace(home=home, registry=registry, office=office, versions=versions, promote=promote)


@contextmanager
def served(line: SimpleNamespace, broken: threading.Event, patch: pytest.MonkeyPatch) -> Iterator[LocalEndpoints]:
    """The endpoint's process over that home; its second version breaks once `broken` is set."""
    from serving.adapters.package_champion import PackageChampion

    def breakable(folder: Path, sha256: str | None = None) -> Any:
        model = load(folder, sha256)
        return Broken(model, broken) if model.version == line.versions[1] else model

    patch.setattr(live, "load", breakable)
    champion = PackageChampion(line.home / "models" / "small")
    with on_a_port(create_twin(Endpoints(line.home, OfPointer(champion.current)), None, SystemClock())) as url:
        runtime = LocalRuntime(url)
        which = partial(champion_variant, champion.current, line.home / "models")
        endpoints = LocalEndpoints(line.home, SystemClock(), runtime.invoke, runtime.metrics, which)
        yield SimpleNamespace(url=url, endpoints=endpoints, champion=champion, runtime=runtime)  # type: ignore[misc]


@contextmanager
def quoting(there: Any, home: Path) -> Iterator[Counter[str]]:
    """A customer asks for quotes all the while, each on record; counts who scored them, and `failed`."""
    client = aws_client("sagemaker-runtime", seconds=5.0, tries=1, local=there.url)
    rules = ScorerRules("in_process", tries=2, failures=3, rest_seconds=0.2)
    scoring = Scoring(RuntimeScorer(NAME, lambda: client, 5.0), lambda: rules, Breaker(3, 0.2, SystemClock()))
    bank = open_bank(home)
    bank.__dict__["champion"] = there.champion
    quotes, customer = replace(bank.quotes, scoring=scoring), bank.customers.ids()[0]
    counts: Counter[str] = Counter()
    stop = threading.Event()

    def ask() -> None:
        for number in count(4000):
            if stop.is_set():
                return
            try:
                quotes.quote(customer, LoanAsk("car", Decimal(number), 36), channel="api", actor="t")
                counts["in_process" if scoring.trouble else "endpoint"] += 1
            except Exception as error:
                counts["failed"] += 1
                counts[f"{type(error).__name__}: {error}"] += 1

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield counts
    finally:
        stop.set()
        asking.join(60)
    assert bank.records.audit.broken_at() is None


def deployed(line: SimpleNamespace, there: Any, version: str) -> dict[str, Any]:
    wish = Deploy(NAME, an_ask(version), share=0.3)
    return deploy(line.office, there.endpoints, wish, RULES, Ticking(), quiet)


def test_a_canary_that_breaks_is_taken_back_and_no_quote_fails(line, monkeypatch, tmp_path):
    first, second = line.versions
    broken = threading.Event()
    with served(line, broken, monkeypatch) as there, quoting(there, tmp_path / "bank") as counts:
        assert deployed(line, there, first)["version"] == first
        line.promote(line.office, an_ask(second))
        broken.set()
        with pytest.raises(RefusedError, match="was taken back: errors of") as told:
            deployed(line, there, second)
        assert told.value.found == first
        assert there.endpoints.look(NAME, RULES).version == first
        broken.clear()
        assert deployed(line, there, second)["version"] == second
        answer = there.endpoints.invoke(NAME, _body())
        assert answer["predictions"][0]["model_version"] == second
    assert counts["failed"] == 0, counts
    assert counts["endpoint"] > 5, counts
    acts = [act for _, act in line.office.audit.acts if act.startswith("model.deploy.")]
    assert acts == ["model.deploy.begun", "model.deploy.done", "model.deploy.begun", "model.deploy.refused",
                    "model.deploy.begun", "model.deploy.done"]  # fmt: skip


def _body() -> bytes:
    row = {"credit_score": 700, "dti_before": 0.3, "open_accounts": None, "home_ownership": "rent"}
    return json.dumps({"instances": [row]}).encode()
