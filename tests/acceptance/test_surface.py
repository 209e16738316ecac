"""Every point of a surface is the decision, with the model that training made."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from lending.domain.application import Application, Collateral, LoanRequest
from lending.domain.money import Money, money
from lending.domain.surface import read_point
from serving.assembly import Platform
from serving.evaluate import evaluate
from serving.surface import SurfaceMaker, expiry, signed
from tests.conftest import sized

PERSONAS = [f"C{n:05d}" for n in range(1, 11)]
POINTS = 25


def applications(bank: Platform, product: str, count: int) -> Iterator[Application]:
    """Personas and others, alone and together, with security of every size."""
    draw, day = random.Random(product), bank.clock.now().date()
    for customer in [*PERSONAS, *draw.sample(list(bank.customers.ids()), count)]:
        partners = bank.customers.co_applicants(customer)
        other = bank.customers.facts(partners[0][0], day) if partners and draw.random() < 0.6 else None
        security = {
            "gold": Collateral("gold", None, Decimal(draw.randint(5, 500)), Decimal(22)),
            "home": draw.choice((None, Collateral("property", money(draw.randint(40_000, 900_000))))),
            "car": draw.choice((None, Collateral("vehicle", money(draw.randint(4_000, 90_000))))),
        }.get(product)
        request = LoanRequest(product, money(1), 1, security)
        yield Application(bank.customers.facts(customer, day), request, other)


@pytest.mark.parametrize("product", ["car", "home", "gold", "education"])
def test_every_point_of_a_surface_is_the_decision_to_the_cent(bank: Platform, product: str) -> None:
    policy, day, model = bank.policy.current, bank.clock.now().date(), bank.champion.current()
    draw = random.Random(f"points {product}")
    for application in applications(bank, product, sized(10, 100)):
        maker = SurfaceMaker(application, model, policy, day)
        surface = json.loads(signed(maker.body(expiry(policy, bank.clock.now())), b"key"))
        for amount, term in points(draw, surface):
            asked = replace(application, request=replace(application.request, amount=amount, term_months=term))
            word, decision = evaluate(asked, model, policy, day)
            read = read_point(surface, amount, term)
            assert (read.outcome, read.terms) == (decision.outcome, decision.terms), (amount, term, word)


def points(draw: random.Random, surface: dict[str, object]) -> Iterator[tuple[Money, int]]:
    """Random ones, and those on both sides of a cut."""
    steps, cuts = surface["steps"], [Decimal(str(cut)) for cut in surface["amount_cuts"]]  # type: ignore[attr-defined]
    least, most = (int(Decimal(steps[f"amount_{end}"]) * 100) for end in ("min", "max"))  # type: ignore[index]
    months = (max(1, steps["term_months_min"] - 2), steps["term_months_max"] + 3)  # type: ignore[index]
    for _ in range(POINTS):
        cents = draw.choice((draw.randint(least - 100, most + 100), int(draw.choice(cuts) * 100) + draw.choice((0, 1))))
        term = draw.choice((draw.randint(*months), *surface["term_cuts"][:-1]))  # type: ignore[index]
        yield Money(Decimal(min(cents, most * 2)).scaleb(-2)), max(1, term)
