"""The Key Facts Statement of market in: its order, its floating rate, its schedule."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from lending.domain.money import money
from lending.domain.repayment import Repayment, due
from serving.letters import disclosure_html, key_facts
from tests.serving.letter_cases import WRITTEN, a_security, an_approved_core, seen, the_indian_policy


def facts(core: Mapping[str, Any]) -> dict[str, Any]:
    return key_facts(core, the_indian_policy(), WRITTEN, sample=True)


def details(letter: Mapping[str, Any], part: int, item: int) -> dict[str, str]:
    """Labels and texts of an item, counted from 1 as on the page."""
    return {row["label"]: row["text"] for row in letter["parts"][part - 1]["items"][item - 1]["rows"]}


def a_home_loan() -> dict[str, Any]:
    return an_approved_core("home", "1500000", 240, the_indian_policy(), collateral=a_security("property"))


def a_car_loan() -> dict[str, Any]:
    return an_approved_core("car", "100000", 48, the_indian_policy())


def test_the_items_stand_in_the_prescribed_order() -> None:
    assert [item["label"] for item in facts(a_car_loan())["parts"][0]["items"]] == [
        "Loan proposal or account number", "Sanctioned loan amount", "Disbursal schedule", "Loan term",
        "Instalment details", "Interest rate and type", "Floating rate of interest", "Fees or charges",
        "Annual percentage rate (APR)", "Contingent charges",
    ]  # fmt: skip


def test_a_fixed_rate_has_no_benchmark() -> None:
    assert details(facts(a_car_loan()), 1, 7) == {"": "Not applicable, the rate is fixed"}


def test_a_floating_rate_is_benchmark_and_spread() -> None:
    core = a_home_loan()
    rows = facts(core)["parts"][0]["items"][6]["rows"]
    benchmark, spread, final = (Decimal(row["value"]) for row in rows[1:4])
    assert benchmark + spread == final == Decimal(core["terms"]["annual_rate"])


def test_the_impact_of_a_rise_is_the_instalment_or_the_number_of_instalments_at_the_higher_rate() -> None:
    core = a_home_loan()
    rows = facts(core)["parts"][0]["items"][6]["rows"]
    higher = Decimal(core["terms"]["annual_rate"]) + Decimal("0.0025")
    assert Decimal(rows[-2]["value"]) == due(Repayment(), money("1500000"), higher, 240)
    months = int(rows[-1]["value"])
    # Of so many instalments at the higher rate, one fewer would have to be larger than the one agreed.
    assert due(Repayment(), money("1500000"), higher, months) <= Decimal(core["terms"]["instalment"])
    assert due(Repayment(), money("1500000"), higher, months - 1) > Decimal(core["terms"]["instalment"])


def test_the_computation_leads_from_the_amount_to_what_is_paid_out_and_paid_back() -> None:
    core = a_car_loan()
    amount, payable, net, interest, paid = (Decimal(row["value"]) for row in facts(core)["tables"][0]["rows"][:5])
    assert net == amount - payable
    assert paid == amount + interest
    assert payable + interest == Decimal(core["terms"]["total_cost"])


@pytest.mark.parametrize("core", [a_car_loan, a_home_loan])
def test_the_schedule_repays_the_amount_to_the_paisa(core: Any) -> None:
    terms, lines = core()["terms"], facts(core())["schedule"]["rows"]
    parts = [[Decimal(cell.replace(",", "")) for cell in line] for line in lines]
    assert sum(p[2] for p in parts) == Decimal(terms["amount"]) == parts[0][1]
    assert sum(p[4] for p in parts) == Decimal(terms["amount"]) + Decimal(terms["total_interest"])
    assert [p[0] for p in parts] == list(range(1, int(terms["term_months"]) + 1))


def test_amounts_are_grouped_by_lakh() -> None:
    page = disclosure_html(a_home_loan(), the_indian_policy(), WRITTEN, sample=True)
    assert "₹15,00,000.00" in seen(page)
