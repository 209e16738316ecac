"""What a model learned from bounds its say, and decision, search and surface agree on it to the cent and the month."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from features.feature_sets import FeatureSet, FeatureSpec
from lending.domain.application import Application, LoanRequest, Outcome
from lending.domain.decision import Decision, decide
from lending.domain.learned import OUTSIDE
from lending.domain.money import money
from lending.domain.surface import Reader
from lending.grid.figures import Points
from lending.grid.requests import OUTCOMES, Grid
from serving.evaluate import evaluate
from serving.learned import learned_of
from serving.points import Scanner
from serving.shown import result
from serving.surface import SurfaceMaker, expiry
from tests.builders import AS_OF, an_application, the_policy
from tests.conftest import sized
from tests.lending.grid.anybody import a_person, an_ask, the_code
from tests.serving.stairs import Stairs
from tests.serving.standins import LinearModel
from tests.serving.test_surface import NOW

RANGES = {"amount": (2345.67, 31250.0), "term_months": (28.8, 75.0)}


@dataclass
class Bounded(Stairs):
    """Steps in amount and term, and a range about which it may be asked."""

    ranges: dict[str, tuple[float, float]] = field(default_factory=lambda: dict(RANGES))


def the_surface(application: Application, model: LinearModel) -> Reader:
    body = SurfaceMaker(application, model, the_policy(), AS_OF).body(expiry(the_policy(), NOW))
    return Reader(json.loads(json.dumps(body)))


def read_code(decision: Decision) -> str | None:
    """The reason that counts first; outside, a referral has one and the same for everybody."""
    outside = any(f.reason == OUTSIDE for f in decision.findings)
    return OUTSIDE if outside and decision.outcome is Outcome.REFER else the_code(decision)


def points(draw: random.Random) -> list[tuple[str, int]]:
    amounts = ["2345.66", "2345.67", "31250.00", "31250.01", "240000.00", "999.99", "100000.01"]
    amounts += [f"{draw.randint(1, 12_000_000) / 100:.2f}" for _ in range(10)]
    return [(amount, draw.choice((6, 28, 29, 48, 75, 76, 240, draw.randint(1, 300)))) for amount in amounts]


@pytest.mark.parametrize("product", ["car", "home", "gold", "education"])
def test_every_point_of_a_surface_is_the_decision_inside_and_outside(product: str) -> None:
    draw, model = random.Random(product), Bounded()
    for _ in range(sized(12, 120)):
        partner = a_person(draw, "C2") if draw.random() < 0.3 else None
        application = Application(a_person(draw, "C1"), an_ask(draw, product), partner)
        surface = the_surface(application, model)
        for amount, term in points(draw):
            asked = replace(application, request=replace(application.request, amount=money(amount), term_months=term))
            _, decision = evaluate(asked, model, the_policy(), AS_OF)
            read = surface.at(money(amount), term)
            assert (read.outcome, read.code) == (decision.outcome, read_code(decision)), (amount, term)
            assert read.terms == decision.terms


def test_the_grid_of_many_points_is_the_decision_outside_too() -> None:
    draw, model = random.Random(5), Bounded()
    for _ in range(sized(20, 200)):
        application = Application(a_person(draw, "C1"), an_ask(draw, "home"))
        grid = Grid(application, the_policy(), AS_OF, 12, learned_of(model))
        asked = points(draw)
        cents = np.array([int(Decimal(amount) * 100) for amount, _ in asked], dtype=np.int64)
        terms = np.array([term for _, term in asked], dtype=np.int64)
        answers = grid.evaluate(Points(cents, terms, np.full(len(asked), 20_000, dtype=np.int64)))
        for at, (amount, term) in enumerate(asked):
            one = replace(application, request=replace(application.request, amount=money(amount), term_months=term))
            word, _ = evaluate(one, model, the_policy(), AS_OF)
            assert word is not None
            decision = decide(one, replace(word, pd=Decimal("0.02"), other=None), the_policy(), AS_OF)
            assert OUTCOMES[answers.outcome[at]] is decision.outcome
            code = answers.code[at]
            assert (None if code < 0 else answers.codes[code]) == read_code(decision)


def test_no_offer_is_looked_for_outside() -> None:
    scan = Scanner(an_application(), Bounded(), the_policy(), AS_OF)
    inside, large, long = scan([(money("15000"), 48), (money("31250.01"), 48), (money("15000"), 76)])
    assert inside is not None
    assert (large, long) == (None, None)


def test_a_model_that_knows_purposes_is_asked_about_those_products_alone() -> None:
    purpose = FeatureSet("t", (FeatureSpec("purpose", "category", categories=("car", "wedding")),))
    learned: Any = learned_of(LinearModel(feature_set=purpose, ranges=dict(RANGES)))
    assert learned.products == ("car", "wedding")
    assert learned_of(LinearModel()) is None


def test_a_home_loan_far_beyond_what_was_learned_is_referred_with_its_own_reason() -> None:
    application = an_application(LoanRequest("home", money("240000"), 60))
    _, decision = evaluate(application, Bounded(), the_policy(), AS_OF)
    assert decision.outcome == "refer"
    assert decision.reasons[0].code == "outside_training_range"


@pytest.mark.parametrize("flags", [(), ("fraud",)])
def test_outside_the_answer_is_the_same_to_who_is_screened_and_shows_no_score(flags: tuple[str, ...]) -> None:
    application = an_application(LoanRequest("car", money("40000"), 48), flags=flags)
    word, decision = evaluate(application, Bounded(), the_policy(), AS_OF)
    shown: Any = result(application, word, decision, the_policy(), AS_OF, "d_x")
    assert [f["rule"] for f in shown["findings"] if not f["passed"]] == ["training_range_amount"]
    assert [reason["code"] for reason in shown["reasons"]] == [OUTSIDE]
    assert (shown["pd"], shown["annual_rate"]) == (None, None)
