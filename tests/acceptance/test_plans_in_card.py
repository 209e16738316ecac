"""The card of a model that decides says how often a declined customer gets plans, and robust ones."""

from __future__ import annotations

import json

import pytest

from lending.domain.policy import on_sale
from serving.assembly import Platform

ROBUST_MIN = 0.9
"""Of the declined with a plan; CONTRACTS: recourse."""


@pytest.mark.full
def test_the_card_says_that_nine_in_ten_of_those_with_a_plan_have_a_robust_one_and_all_plans_flip(
    bank: Platform,
) -> None:
    version = bank.champion.current().version
    card = json.loads((bank.registry.package("demo_bank", version) / "card.json").read_text())
    found, products = card["plans"], on_sale(bank.policy.current, bank.clock.now().date())
    assert found["asked"] == found["customers"] * len(products)
    assert found["flipping"] == found["plans"] > 0
    assert found["robust_of_with_plan"]["value"] >= ROBUST_MIN
