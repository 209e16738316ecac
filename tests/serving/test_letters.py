"""The key facts sheet: what it says is what the record says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lending.domain.application import Loan
from lending.domain.errors import PolicyError, RefusedError
from lending.domain.money import money
from lending.domain.policy import Policy, rulebook
from lending.domain.repayment import Repayment, due
from serving.letters import disclosure_html, key_facts
from tests.builders import AS_OF, a_request, an_application, an_assessment, the_policy
from tests.conftest import sized
from tests.serving.letter_cases import (
    WRITTEN,
    a_core,
    a_declined_core,
    a_rich_applicant,
    a_security,
    an_approved_core,
    an_offer,
    figures,
    leaves,
    numbers,
    seen,
    the_indian_policy,
)

MARKETS = {"us": the_policy, "in": the_indian_policy}


def facts(core: Mapping[str, Any], policy: Policy | None = None, **given_: Any) -> dict[str, Any]:
    return key_facts(core, policy or the_policy(), WRITTEN, sample=True, **given_)


def box(letter: Mapping[str, Any]) -> dict[str, Decimal]:
    return {figure["name"]: Decimal(figure["value"]) for figure in letter["box"]["figures"]}


def statements(letter: Mapping[str, Any]) -> dict[str, str]:
    return {statement["label"]: statement["text"] for statement in letter["statements"]}


@st.composite
def approvals(draw: st.DrawFn) -> dict[str, Any]:
    """Any approved loan of either market."""
    policy = MARKETS[draw(st.sampled_from(sorted(MARKETS)))]()
    product = draw(st.sampled_from(sorted(policy.products)))
    book = rulebook(policy, product, AS_OF)
    least = int(book["amount_min"])
    most = min(int(book["amount_max"]), 40 * least)
    amount = draw(st.decimals(least, most, places=2))
    term = draw(st.integers(int(book["term_months_min"]), int(book["term_months_max"])))
    item = a_security(policy.product(product).collateral)
    return an_approved_core(product, amount, term, policy, collateral=item)


@settings(max_examples=sized(25, 300))
@given(approvals())
def test_every_number_on_the_page_is_a_figure_or_the_banks_address(core: dict[str, Any]) -> None:
    policy = MARKETS[core["market"]]()
    letter = facts(core, policy)
    told = set().union(*(numbers(f["text"]) for f in figures(letter)))
    told |= {n for line in letter.get("schedule", {"rows": []})["rows"] for cell in line for n in numbers(cell)}
    told |= {item["number"] for part in letter.get("parts", []) for item in part["items"]}
    told |= set().union(*map(numbers, leaves(letter["creditor"])))
    assert numbers(seen(disclosure_html(core, policy, WRITTEN, sample=True))) <= told


@settings(max_examples=sized(25, 300))
@given(approvals())
def test_every_figure_with_a_path_is_what_stands_there(core: dict[str, Any]) -> None:
    policy = MARKETS[core["market"]]()
    book = rulebook(policy, core["product"], AS_OF)
    checked = 0
    for figure in figures(facts(core, policy)):
        place, _, rest = figure["source"].partition(".")
        if place == "terms":
            assert Decimal(figure["value"]) == Decimal(_at(core["terms"], rest)) if _digits(figure) else True
            checked += 1
        elif place == "policy" and rest != "product.title":
            assert Decimal(figure["value"]) == book[rest]
            checked += 1
    assert checked >= 8


@settings(max_examples=sized(25, 300))
@given(approvals())
def test_the_box_adds_up_to_the_plan(core: dict[str, Any]) -> None:
    if core["market"] != "us":
        return
    letter, terms = facts(core), core["terms"]
    found = box(letter)
    fees = sum(Decimal(f["amount"]) for f in terms["fees"])
    assert found["amount_financed"] == Decimal(terms["amount"]) - fees
    assert found["finance_charge"] == Decimal(terms["total_interest"]) + fees
    assert found["total_of_payments"] == found["amount_financed"] + found["finance_charge"]
    runs = letter["payments"]["rows"]
    paid = sum(int(run["count"]["value"]) * Decimal(run["amount"]["value"]) for run in runs)
    assert paid == found["total_of_payments"]


def test_the_phrases_beside_the_four_figures_are_the_prescribed_ones() -> None:
    letter = facts(an_approved_core("car", "15000", 48))
    assert [(f["label"], f["phrase"]) for f in letter["box"]["figures"]] == [
        ("Annual percentage rate", "The cost of your credit as a yearly rate."),
        ("Finance charge", "The dollar amount the credit will cost you."),
        ("Amount financed", "The amount of credit provided to you or on your behalf."),
        ("Total of payments", "The amount you will have paid after you have made all payments as scheduled."),
    ]


def test_the_sheet_says_late_fee_grace_and_prepayment_charge() -> None:
    said = statements(facts(an_approved_core("car", "15000", 48)))
    assert said["Late charge"] == "If a payment is more than 10 days late, you will be charged $25.00."
    assert said["Prepayment"] == "If you pay off early, you will not have to pay a penalty."


def test_a_last_instalment_that_differs_has_its_own_row() -> None:
    core = an_approved_core("car", "15000", 48)
    rows = facts(core)["payments"]["rows"]
    assert [(r["count"]["value"], r["amount"]["value"]) for r in rows] == [
        ("47", core["terms"]["instalment"]),
        ("1", core["terms"]["last_instalment"]),
    ]


def test_payments_after_a_moratorium_start_when_it_is_over() -> None:
    letter = facts(an_approved_core("education", "30000", 120))
    assert letter["payments"]["rows"][0]["due"]["figures"]["first"]["value"] == "25"
    assert "first 2 years" in statements(letter)["Before you repay"]


def test_a_variable_rate_shows_what_a_rise_would_cost() -> None:
    core = an_approved_core("home", "300000", 360, collateral=a_security("property"))
    said = next(s for s in facts(core)["statements"] if s["label"] == "Variable rate")
    rate = Decimal(core["terms"]["annual_rate"]) + rulebook(the_policy(), "home", AS_OF)["stress_add"]
    assert Decimal(said["figures"]["risen"]["value"]) == due(Repayment(), money("300000"), rate, 360)


@pytest.mark.parametrize(("product", "word"), [("car", "vehicle"), ("home", "real property"), ("gold", "gold")])
def test_the_security_is_what_was_offered(product: str, word: str) -> None:
    item = a_security(the_policy().product(product).collateral)
    core = an_approved_core(product, "20000", 24, collateral=item)
    assert word in statements(facts(core))["Security"]


def test_a_loan_without_security_says_so() -> None:
    assert "not secured" in statements(facts(an_approved_core("car", "15000", 48)))["Security"]


def test_what_a_refinanced_loan_takes_is_not_given_to_the_customer() -> None:
    person = a_rich_applicant(loans=(Loan("L1", Decimal(200), Decimal("4000.50")),))
    core = a_core(replace(an_application(a_request(refinances=("L1",))), applicant=person))
    table = next(t for t in facts(core)["tables"] if t["name"] == "paid_out")
    assert [row["value"] for row in table["rows"]] == ["10999.50", "4000.50"]


def test_an_offer_stands_in_place_of_the_decisions_own_terms() -> None:
    core = an_approved_core("car", "15000", 48)
    offer = an_offer(an_approved_core("car", "12000", 36))
    letter = facts(core, offer=offer)
    assert letter["summary"]["figures"]["amount"] == {
        "value": "12000.00",
        "text": "$12,000.00",
        "source": "offer.amount",
    }
    assert "o_first" in [name["text"] for name in letter["names"]]


@pytest.mark.parametrize("name", ["instalment", "last_instalment", "total_interest", "total_cost", "apr"])
def test_a_record_that_contradicts_itself_gets_no_sheet(name: str) -> None:
    core = an_approved_core("car", "15000", 48)
    core["terms"] = {**core["terms"], name: str(Decimal(core["terms"][name]) + Decimal("0.01"))}
    with pytest.raises(RefusedError, match=name):
        facts(core)


def test_a_declined_request_has_no_sheet() -> None:
    with pytest.raises(RefusedError, match="no loan to disclose"):
        facts(a_declined_core())


def test_a_referred_request_has_no_sheet_even_with_an_offer() -> None:
    screened = a_core(an_application(flags=("fraud",)))
    with pytest.raises(RefusedError, match="no loan to disclose"):
        facts(screened, offer=an_offer(an_approved_core("car", "15000", 48)))


def test_what_a_person_offers_after_a_referral_has_a_sheet() -> None:
    offer = {**an_offer(an_approved_core("car", "15000", 48)), "made_by": "person"}
    assert facts(a_core(an_application(flags=("fraud",))), offer=offer)


def test_a_sheet_before_the_words_begin_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"letters/us.yaml"):
        key_facts(an_approved_core("car", "15000", 48), the_policy(), WRITTEN.replace(year=2005), sample=True)


def test_only_generated_data_is_marked_as_a_sample() -> None:
    core = a_core(assessment=an_assessment())
    marked = seen(disclosure_html(core, the_policy(), WRITTEN, sample=True))
    plain = seen(disclosure_html(core, the_policy(), WRITTEN, sample=False))
    assert "Sample, not legal advice" in marked
    assert "Generated demo data" in marked
    assert "Sample" not in plain
    assert "Generated demo data" not in plain


def _at(terms: Mapping[str, Any], path: str) -> Any:
    found: Any = terms
    for step in path.split("."):
        found = found[int(step)] if isinstance(found, list) else found[step]
    return found


def _digits(figure: Mapping[str, str]) -> bool:
    return figure["value"].replace(".", "").isdigit()
