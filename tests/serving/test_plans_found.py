"""The look at plans after a decline: all it counts flip, its counts add up, and it is silent where it must be."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from features.feature_sets import FeatureSet, FeatureSpec
from lending.domain.application import Applicant, Application
from lending.domain.eligibility import collateral_value
from lending.domain.policy import Policy, on_sale
from lending.domain.terms import within_bounds
from serving.plans_found import drawn_request, plans_found
from tests.builders import AS_OF, the_policy
from tests.conftest import sized
from tests.lending.test_market_in import india
from tests.serving.standins import Customers, LinearModel, a_customer


def a_bank(count: int = 12) -> Customers:
    draw = random.Random(count)
    return Customers(
        *(
            a_customer(
                f"C{n}",
                gross_monthly_income=Decimal(draw.randint(1500, 9000)),
                credit_score=draw.choice([None, 560, 640, 700, 780]),
                monthly_obligations=Decimal(draw.randint(0, 2500)),
            )
            for n in range(count)
        )
    )


@dataclass
class Changing(LinearModel):
    """The same model, of whose twenty refits so many are sure that everybody defaults."""

    gloomy: int = 0

    def __post_init__(self) -> None:
        self.bootstraps = [*[LinearModel()] * (20 - self.gloomy), *[Hopeless()] * self.gloomy]


class Hopeless(LinearModel):
    def predict(self, columns: Any) -> Any:
        return super().predict(columns) * 0 + 0.99


def look(model: LinearModel | None = None, people: int = 12, seed: int = 3) -> dict[str, Any]:
    return plans_found(a_bank(), model or Changing(), the_policy(), AS_OF, seed=seed, people=people)


def test_every_plan_that_is_counted_flips_the_whole_decision() -> None:
    found = look()
    assert found["plans"] == found["flipping"] > found["with_plan"] > 0


def test_the_counts_add_up() -> None:
    found = look()
    assert found["asked"] == 12 * len(on_sale(the_policy(), AS_OF))
    assert found["declined"] == found["with_plan"] + sum(found["without_plan"].values())
    assert 0 < found["at_once"] <= found["with_plan"] <= found["declined"] < found["asked"]
    for of in ("with_plan", "declined"):
        share = found[f"robust_of_{of}"]
        assert share["value"] == pytest.approx(found["robust"] / found[of], abs=1e-4)
        assert share["low"] < share["value"] <= share["high"]


@pytest.mark.parametrize(("gloomy", "some"), [(0, True), (2, True), (3, False)])
def test_a_plan_is_counted_as_robust_only_where_enough_models_agree(gloomy: int, some: bool) -> None:
    found = look(Changing(gloomy=gloomy))
    assert bool(found["robust"]) is some
    assert found["with_plan"] > 0


def test_the_same_seed_finds_the_same_and_another_asks_for_something_else() -> None:
    assert look(people=4) == look(people=4)
    assert look(people=4) != look(people=4, seed=4)


def test_no_more_customers_are_asked_for_than_there_are() -> None:
    assert look(people=500)["customers"] == 12


def test_a_bank_without_customers_is_not_looked_at() -> None:
    assert plans_found(Customers(), LinearModel(), the_policy(), AS_OF, seed=3) == {}


def test_a_model_that_reads_what_the_record_does_not_hold_is_not_looked_at() -> None:
    other = FeatureSet("other/1", (FeatureSpec("favourite_colour", "number", 1, worst=1.0),))
    assert look(LinearModel(feature_set=other)) == {}


class Linked(Customers):
    """Everybody has somebody rich who would sign with them; of those who are locked nothing new is made."""

    rich, locked = "C99", False

    def ids(self) -> list[str]:
        return [name for name in self.people if name != self.rich]

    def co_applicants(self, customer_id: str) -> list[tuple[str, str]]:
        return [(self.rich, self.rich)]

    def facts_many(self, customer_ids: Iterable[str], as_of: date) -> Mapping[str, Applicant]:
        found = super().facts_many(customer_ids, as_of)
        return {name: person for name, person in found.items() if not (self.locked and name == self.rich)}


def test_whoever_asked_to_be_erased_helps_nobody_in_the_look() -> None:
    def look_at(bank: Customers) -> dict[str, Any]:
        return plans_found(bank, Changing(), the_policy(), AS_OF, seed=3, people=4)

    alone = a_bank(4)
    bank = Linked(*alone.people.values(), a_customer(Linked.rich, gross_monthly_income=Decimal(90_000)))
    assert look_at(bank) != look_at(alone)
    bank.locked = True
    assert look_at(bank) == look_at(alone)


@pytest.mark.parametrize("policy", [the_policy(), india()], ids=["us", "in"])
def test_a_drawn_request_is_one_that_the_product_has_with_a_security_near_its_amount(policy: Policy) -> None:
    draw = random.Random(5)
    for book in list(on_sale(policy, date(2026, 11, 2)).values()) * sized(25, 500):
        request = drawn_request(draw, book)
        assert within_bounds(request.amount, request.term_months, book)
        worth = collateral_value(Application(a_customer(), request), book)
        assert (worth is None) is (book.product.collateral == "none")
        assert worth is None or worth * Decimal("0.45") < request.amount < worth * Decimal("1.2")
