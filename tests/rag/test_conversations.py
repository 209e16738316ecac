"""What the assistant makes of several messages: who is in trouble, what is kept of a loan, what is worked out anew."""

import re
from decimal import Decimal

import pytest

from tests.serving.chat_bank import ChatBank

REFUSED_HOUSE = "can I borrow 5 million dollars for a house worth 200000?"
LOST = "I lost my job last week, what should I do?"


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    return ChatBank(tmp_path_factory.mktemp("bank"))


@pytest.mark.parametrize("before", [(), (REFUSED_HOUSE,)], ids=["in a new chat", "after a refused loan"])
def test_whoever_lost_a_job_gets_help_and_no_loan(bank, before):
    reply = bank.asked(LOST, before=before)
    assert reply.intents == ("hardship",)
    assert set(reply.tools) == {"search", "hand_over"}
    assert "plan" not in reply.text.lower()
    assert "borrow" not in reply.text.lower()


def test_whoever_asks_what_to_do_after_that_still_gets_no_loan(bank):
    reply = bank.asked("and what can I do now?", before=[REFUSED_HOUSE, LOST])
    assert reply.intents == ("late",)
    assert "borrow" not in reply.text
    plan = bank.asked("what can I do to get approved?", before=[REFUSED_HOUSE, LOST])
    assert plan.intents == ("improve",)


@pytest.mark.parametrize("message", [LOST, "I want to die, how much could I borrow?"])
def test_whoever_is_in_trouble_is_not_asked_whether_to_borrow(bank, message):
    reply = bank.asked(message)
    assert len(reply.intents) == 1
    assert not any("borrow" in text or "loan" in text for text in reply.suggestions)


def test_a_question_on_what_would_happen_opens_no_case(bank):
    reply = bank.asked("What happens if I miss a payment?")
    assert "hand_over" not in reply.tools
    assert "I want to talk to a person" in reply.suggestions


SUPPOSED = "what would 20k at 15% cost over 3 years for a car?"


def test_a_supposed_rate_is_kept_while_the_same_loan_is_spoken_of(bank):
    reply = bank.asked("what is the total interest on it?", before=[SUPPOSED])
    assert "The total interest is $4,959.05." in reply.text
    assert "at an interest rate of 15.00%" in reply.text
    assert "not an offer of the bank" in reply.text


def test_another_time_is_worked_out_at_the_supposed_rate_though_no_product_was_named(bank):
    reply = bank.asked("and over 4 years?", before=["what is the total interest of 20000 at 12% over 2 years"])
    assert "over 4 years" in reply.text
    assert "The total interest is $5,280.38." in reply.text
    assert "at an interest rate of 12.00%" in reply.text


def test_paying_early_is_worked_out_at_the_supposed_rate_too(bank):
    reply = bank.asked("what if I pay 2000 extra after 1 year", before=[SUPPOSED])
    assert "at an interest rate of 15.00%" in reply.text
    assert "not an offer of the bank" in reply.text


@pytest.mark.parametrize(
    "message",
    ["what would a car loan of 20000 cost?", "what rate would I get?", "compare 36 and 60 months"],
    ids=["another loan", "the bank's rate", "a comparison"],
)
def test_a_supposed_rate_ends_where_the_banks_own_price_is_asked(bank, message):
    reply = bank.asked(message, before=[SUPPOSED])
    assert "15.00%" not in reply.text
    after = bank.asked("what is the total interest?", before=[SUPPOSED, message])
    assert "15.00%" not in after.text
    assert "at an interest rate of 7.76%" in after.text


def test_a_payment_plan_says_whose_rate_it_takes(bank):
    assert "what-if calculation" in bank.asked("show me the payment plan", before=["car loan 15000 over 5 years"]).text
    assert "latest request that we approved" in bank.asked("show me the payment plan").text


def test_a_payment_plan_takes_another_time(bank):
    reply = bank.asked("and over 3 years?", before=["car loan 15000 over 5 years", "show me the payment plan"])
    assert "You borrow $15,000 over 3 years" in reply.text


def _figure(text, before):
    return Decimal(re.search(rf"{before} \$([\d,.]*\d)", text)[1].replace(",", ""))


@pytest.mark.parametrize("loan", ["car loan 20000 over 3 years", "education loan 20000 over 8 years"])
@pytest.mark.parametrize("more", [(), ("show me the payment plan",)], ids=["a quote", "its plan"])
def test_what_is_paid_back_less_what_is_borrowed_is_what_the_loan_costs(bank, loan, more):
    *before, message = [loan, *more]
    text = bank.asked(message, before=before).text
    assert _figure(text, "pay back") - _figure(text, "You borrow") == _figure(text, "the loan costs")


def test_a_quote_its_plan_and_a_comparison_name_one_sum_to_pay_back(bank):
    quoted = bank.asked("education loan 20000 over 8 years")
    planned = bank.asked("show me the payment plan", before=["education loan 20000 over 8 years"])
    compared = bank.asked("compare 8 and 10 years", before=["education loan 20000 over 8 years"])
    assert len({_figure(reply.text, "pay back") for reply in (quoted, planned, compared)}) == 1
