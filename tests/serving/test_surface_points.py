"""Every point of a surface is the decision, with its cause: people, products, markets and rules of every sort."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from features.asked import RISING
from features.build import INPUTS
from lending.domain.application import Applicant, Application, Outcome
from lending.domain.money import Money
from lending.domain.policy import Policy, rulebook
from lending.domain.surface import read_point
from lending.grid.figures import NEEDS_A_LOAN
from serving.evaluate import evaluate
from serving.surface import SurfaceMaker
from tests.builders import AS_OF, an_applicant, an_application, the_policy
from tests.conftest import sized
from tests.lending.grid.anybody import LIMITS, a_person, an_ask, the_code, with_a_rule
from tests.lending.test_market_in import india
from tests.serving.stairs import Stairs
from tests.serving.test_surface import NOW, the_surface

RUPEES_A_DOLLAR = 30
POINTS = 40
MARKETS = {"us": the_policy, "in": india}


def anybody(draw: random.Random, product: str, times: int) -> Application:
    """Somebody, alone or with somebody, whose money is worth `times` as much."""
    first = _richer(a_person(draw, "C1"), times)
    other = _richer(a_person(draw, "C2"), times) if draw.random() < 0.4 else None
    ask = an_ask(draw, product)
    item = ask.collateral
    if item is not None and item.value is not None:
        ask = replace(ask, collateral=replace(item, value=Money(item.value * times)))
    return Application(first, ask, other)


def _richer(person: Applicant, times: int) -> Applicant:
    names = ("gross_monthly_income", "net_monthly_income", "monthly_obligations", "liquid_assets")
    money = {name: getattr(person, name) for name in names}
    return replace(person, **{name: None if value is None else value * times for name, value in money.items()})


def points(draw: random.Random, surface: dict[str, Any], policy: Policy) -> Iterator[tuple[Money, int]]:
    """Random ones inside and outside the product's bounds, and both sides of every kind of cut."""
    book = rulebook(policy, surface["product"], AS_OF)
    least, most = (int(book[f"amount_{end}"] * 100) for end in ("min", "max"))
    cuts, months = [int(Decimal(cut) * 100) for cut in surface["amount_cuts"]], surface["term_cuts"]
    for _ in range(POINTS):
        beside = draw.choice(cuts) + draw.choice((0, 1))
        within, about, any_size = draw.randint(least, most), draw.randint(1, 2 * most), int(10 ** draw.uniform(0, 15))
        cents = draw.choice((within, about, any_size, beside))
        beside = draw.choice(months) + draw.choice((0, 1))
        term = draw.choice((draw.randint(1, int(book["term_months_max"]) + 4), draw.randint(1, 1200), beside))
        yield Money(Decimal(max(1, min(cents, 10**15 - 1))).scaleb(-2)), min(term, 1200)


def is_read(draw: random.Random, application: Application, policy: Policy) -> None:
    model = Stairs()
    model.horizon_months = draw.choice((12, 36))
    surface = json.loads(json.dumps(SurfaceMaker(application, model, policy, AS_OF).body(NOW)))
    for amount, term in points(draw, surface, policy):
        asked = replace(application, request=replace(application.request, amount=amount, term_months=term))
        _, decision = evaluate(asked, model, policy, AS_OF)
        read = read_point(surface, amount, term)
        assert (read.outcome, read.code, read.terms) == (decision.outcome, the_code(decision), decision.terms), (
            application, amount, term,
        )  # fmt: skip


@pytest.mark.parametrize("market", MARKETS)
def test_every_point_is_the_decision_with_its_first_cause(market: str) -> None:
    draw, policy = random.Random(market), MARKETS[market]()
    for _ in range(sized(25, 250)):
        product = draw.choice(list(policy.products))
        is_read(draw, anybody(draw, product, 1 if market == "us" else RUPEES_A_DOLLAR), policy)


@pytest.mark.parametrize("field", LIMITS)
def test_every_point_is_the_decision_under_one_more_rule_of_any_kind(field: str) -> None:
    draw = random.Random(field)
    for _ in range(sized(3, 40)):
        market = draw.choice(list(MARKETS))
        product = draw.choice(list(MARKETS[market]().products))
        late = field in NEEDS_A_LOAN | {"required_rate", "pd_12m"}
        operator = draw.choice(("at_most", "present", "none_of") if late else ("at_most", "at_least", "present"))
        fail = draw.choice((Outcome.DECLINE, Outcome.REFER))
        policy = with_a_rule(MARKETS[market](), product, field, operator, tiered=draw.random() < 0.5,
                             hidden=not late and draw.random() < 0.3, fail=fail)  # fmt: skip
        is_read(draw, anybody(draw, product, 1 if market == "us" else RUPEES_A_DOLLAR), policy)


def test_a_feature_that_looks_at_the_amount_is_one_whose_steps_a_surface_finds() -> None:
    assert {name for name, inputs in INPUTS.items() if "amount" in inputs} == RISING
    assert {name for name, inputs in INPUTS.items() if "term_months" in inputs} == {"term_months"}


def test_what_comes_from_the_co_applicants_record_is_not_named() -> None:
    other = an_applicant(customer_id="C2", credit_score=500)
    surface = the_surface(an_application(None, other), Stairs())
    assert read_point(surface, Money(Decimal(15_000)), 48).code == "co_applicant_record"
    assert "credit_score_low" not in json.dumps(surface)
