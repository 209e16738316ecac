"""What a customer reads beside a decision: ways in that lead somewhere, and what an approval hangs on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from lending.adapters.policy_files import parse_policy, read_texts
from lending.domain.application import Applicant, Application, LoanRequest
from lending.domain.money import money
from lending.settings import ROOT
from serving.evaluate import evaluate
from serving.offers import offer_set, offers_shown, saying
from serving.products import Catalogue
from serving.shown import result
from tests.builders import the_policy
from tests.serving.standins import LinearModel, StandInPlatform, a_customer

DAY = date(2026, 6, 1)


def shown(person: Applicant, product: str, amount: str = "12000", term: int = 60) -> dict[str, Any]:
    application = Application(person, LoanRequest(product, money(amount), term))
    said = evaluate(application, LinearModel(), the_policy(), DAY)
    return result(application, *said, the_policy(), DAY, "d_1")


def ways(answer: dict[str, Any]) -> set[str]:
    return {way["code"] for way in answer["ways_in"]}


def test_a_student_is_not_sent_to_the_gold_loan_which_is_closed_to_students() -> None:
    student = shown(a_customer(employment_status="student", credit_score=None), "car")
    assert "education_loan" in ways(student)
    assert "gold_loan" not in ways(student)
    assert "gold_loan" in ways(shown(a_customer(credit_score=None), "car"))


def test_nor_does_the_catalogue_send_them_there(tmp_path: Path) -> None:
    bank = StandInPlatform(tmp_path)
    catalogue = Catalogue(bank.customers, bank.policy, bank.clock)  # type: ignore[arg-type]
    bank.customers.people["C1"] = a_customer("C1", employment_status="student", credit_score=600)
    bank.customers.people["C2"] = a_customer("C2", credit_score=600)
    cars = {who: next(p for p in catalogue.products(who) if p["product"] == "car") for who in ("C1", "C2")}
    gold = the_policy().wording.ways_in["gold_loan"]
    assert {who: (car["open"], gold in str(car["ways_in"])) for who, car in cars.items()} == {
        "C1": (False, False),
        "C2": (False, True),
    }


def test_where_the_security_is_not_stated_the_way_in_is_to_state_it() -> None:
    home = shown(a_customer(), "home", "100000", 240)
    assert home["outcome"] == "refer"
    assert ways(home) == {"missing_ltv"}


def test_where_debts_are_unknown_nobody_is_sent_to_a_smaller_amount() -> None:
    unknown = shown(a_customer(monthly_obligations=None), "car")
    assert unknown["outcome"] == "refer"
    assert ways(unknown) == {"missing_dti"}


def test_an_education_loan_hangs_on_the_accreditation() -> None:
    loan = shown(a_customer(), "education", term=120)
    assert loan["outcome"] == "approve"
    assert [condition["code"] for condition in loan["conditions"]] == ["accreditation"]


def test_what_speaks_for_an_offer_is_written_as_the_market_writes_money_and_its_value_stays_raw() -> None:
    application = Application(a_customer(), LoanRequest("car", money("15000"), 60))
    _, decision = evaluate(application, LinearModel(), the_policy(), DAY)
    found = offer_set(application, decision, LinearModel(), the_policy(), DAY)
    offers: list[Any] = offers_shown(found, "d_1", money("15000"), the_policy(), DAY)
    points = {p["code"]: p for offer in offers for p in (*offer["pros"], *offer["cons"])}
    cost, months = points["cost_above"], points["longer"]
    assert Decimal(cost["value"]) > 0
    assert f"${Decimal(cost['value']):,.2f} more in all" in cost["text"]
    assert "month" in months["text"] or "year" in months["text"]
    assert points["balanced"]["text"].endswith("time.")


def test_in_rupees_it_is_written_in_lakhs() -> None:
    say = saying(parse_policy(read_texts(ROOT / "kb", "in"), "in"))
    assert say("cost_above", "421055.50", "currency") == "\u20b94,21,055.50 more in all than the cheapest of these."
    assert say("near_debt_limit", "0.331", "fraction").startswith("Your debt payments would take 33.1% of")
