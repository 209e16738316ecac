"""Surfaces, plans, reasons, replays and the endpoint ask a model through its Protocol only: tried on every family."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from features.build import columns_from_frame
from features.dataset import DataSet
from lending.domain.application import Application, Collateral, LoanRequest, Outcome
from lending.domain.core import application_from, core_of
from lending.domain.money import Money, money
from lending.domain.plans import Plan, apply
from lending.domain.surface import read_point
from serving import plans as plans_module
from serving.assembly import Platform, platform
from serving.container import create_container
from serving.evaluate import evaluate, evaluate_many
from serving.routing import Decider
from serving.surface import SurfaceMaker, expiry, signed
from serving.twin import create_twin
from serving.twin.live import Endpoints, of_folder
from tests.conftest import sized
from tests.fakes.endpoint import on_a_port
from tests.serving.clients import TestClient
from tests.serving.test_scored import a_scoring
from tests.training.families import SERVING, a_package
from training.fit import take
from training.servable.package import PackageModel

ASKED = (
    LoanRequest("car", money("15000"), 48),
    LoanRequest("home", money("220000"), 300, Collateral("property", money("260000"))),
    LoanRequest("gold", money("3000"), 12, Collateral("gold", None, Decimal(90), Decimal(22))),
    LoanRequest("education", money("24000"), 120),
)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A seeded demo bank without a champion."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CANDOR_HOME", str(tmp_path_factory.mktemp("bank")))
        patch.setenv("CANDOR_PROFILE", "test")
        platform.cache_clear()
        from flows import steps

        steps.seed_bank(seed=7, customers=1200)
        yield platform()
    platform.cache_clear()


@pytest.fixture(scope="module")
def book(bank: Platform) -> DataSet:
    return bank.datasets.load("demo_bank")


@pytest.fixture(scope="module", params=sorted(SERVING))
def model(request: pytest.FixtureRequest, book: DataSet, tmp_path_factory: pytest.TempPathFactory) -> PackageModel:
    return a_package(tmp_path_factory.mktemp(request.param), request.param, book)


def cases(bank: Platform, count: int) -> list[Application]:
    """Customers, each with a wish."""
    draw, day = random.Random(3), bank.clock.now().date()
    chosen = draw.sample(list(bank.customers.ids()), count)
    return [Application(bank.customers.facts(who, day), draw.choice(ASKED)) for who in chosen]


def points(draw: random.Random, surface: dict[str, Any]) -> Iterator[tuple[Money, int]]:
    """Both sides of the cuts, and anything between."""
    steps, cuts = surface["steps"], [int(Decimal(cut) * 100) for cut in surface["amount_cuts"]]
    least, most = (int(Decimal(steps[f"amount_{end}"]) * 100) for end in ("min", "max"))
    terms = range(steps["term_months_min"], steps["term_months_max"] + 1)
    for _ in range(20):
        cents = draw.choice((draw.randint(least, most), draw.choice(cuts) + draw.choice((0, 1))))
        yield (
            Money(Decimal(min(cents, 2 * most)).scaleb(-2)),
            draw.choice((draw.choice(terms), surface["term_cuts"][0])),
        )


def test_every_point_of_a_surface_is_the_decision(bank: Platform, model: PackageModel) -> None:
    policy, day, draw = bank.policy.current, bank.clock.now().date(), random.Random(model.family)
    rates = set()
    for application in cases(bank, sized(12, 100)):
        maker = SurfaceMaker(application, model, policy, day)
        surface = json.loads(signed(maker.body(expiry(policy, bank.clock.now())), b"key"))
        for amount, term in points(draw, surface):
            asked = replace(application, request=replace(application.request, amount=amount, term_months=term))
            _, decision = evaluate(asked, model, policy, day)
            read = read_point(surface, amount, term)
            assert (read.outcome, read.terms) == (decision.outcome, decision.terms), (amount, term)
            rates.add(read.terms and read.terms.annual_rate)
    assert len(rates) > 5


def test_plans_flip_the_decision(bank: Platform, model: PackageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Application, Plan]] = []
    monkeypatch.setattr(plans_module, "apply", lambda one, plan: seen.append((one, plan)) or apply(one, plan))
    policy, day = bank.policy.current, bank.clock.now().date()
    for application in cases(bank, sized(60, 300)):
        _, decision = evaluate(application, model, policy, day)
        plans_module.plans_for(application, decision, model, policy, day)
    assert len(seen) > 10
    for application, plan in seen:
        assert evaluate(apply(application, plan), model, policy, day)[1].outcome is Outcome.APPROVE


def test_whoever_is_declined_is_told_why(bank: Platform, model: PackageModel) -> None:
    policy, day = bank.policy.current, bank.clock.now().date()
    said = [evaluate(one, model, policy, day)[1] for one in cases(bank, 80)]
    declined = [decision for decision in said if decision.outcome is Outcome.DECLINE]
    assert declined
    assert all(decision.reasons and all(reason.text for reason in decision.reasons) for decision in declined)


def test_many_at_once_are_decided_as_each_alone_and_again_from_the_record(bank: Platform, model: PackageModel) -> None:
    policy, day = bank.policy.current, bank.clock.now().date()
    asked = cases(bank, 60)
    together = evaluate_many([(one, day) for one in asked], model, policy)
    for application, (word, decision) in zip(asked, together, strict=True):
        assert (word, decision) == evaluate(application, model, policy, day)
        core = core_of(application, word, decision, policy, day, "1")
        again = application_from(json.loads(core))
        assert core_of(again, *evaluate(again, model, policy, day), policy, day, "1") == core


def test_the_endpoint_answers_what_the_model_says(book: DataSet, model: PackageModel) -> None:
    some = take(columns_from_frame(book.frame, book.feature_set), pd.RangeIndex(5).to_numpy())
    rows = [{n: _plain(some[n][at]) for n in book.feature_set.names} for at in range(5)]
    reply = TestClient(create_container(model.folder)).post("/invocations", json={"instances": rows})
    pds, parts = model.score(some)
    answers = reply.json()["predictions"]
    assert [a["pd"] for a in answers] == [f"{value:.6f}" for value in pds]
    assert [list(a["contributions"].values()) for a in answers] == [[f"{v:.4f}" for v in row] for row in parts]


def test_a_decision_scored_by_the_endpoint_has_the_same_core(bank: Platform, model: PackageModel) -> None:
    policy, day = bank.policy.current, bank.clock.now().date()
    app = create_twin(Endpoints(None, of_folder(model.folder)), None, bank.clock)
    with on_a_port(app) as url:
        scoring = a_scoring(url)
        for application in cases(bank, sized(15, 200)):
            scorer = scoring.by(Decider(model))
            assert scorer is not None
            there = evaluate(application, scorer.as_model(), policy, day)
            here = evaluate(application, model, policy, day)
            assert core_of(application, *there, policy, day, "1") == core_of(application, *here, policy, day, "1")
            assert scorer.said is not None
            assert scorer.said.by == "endpoint"


def _plain(value: Any) -> Any:
    return None if value is None or value != value else value


@pytest.mark.filterwarnings("ignore:.*type hint:UserWarning")  # the library's own, at import
def test_mlflow_serves_the_same_probabilities(book: DataSet, model: PackageModel) -> None:
    from training.adapters.pd_model import PdModel

    served = PdModel()
    served.model = model
    frame = book.frame.head(20)
    said = served.predict(None, frame)["pd"]  # pyright: ignore[reportArgumentType] - the context is not asked
    assert said.tolist() == model.predict(columns_from_frame(frame, book.feature_set)).tolist()
