"""What the assistant says of the loans that a customer has at the bank: what the record holds, and nothing more."""

from decimal import Decimal

import pytest

from lending.domain.application import Loan
from lending.ports import CustomerRow
from tests.serving.chat_bank import ChatBank
from tests.serving.standins import a_customer

ONE = Loan("C6-1", Decimal("310.00"), Decimal("4340.00"))
TWO = Loan("C6-2", Decimal("220.50"), Decimal("9000.10"))


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    bank = ChatBank(tmp_path_factory.mktemp("bank"))
    people = {"C6": (ONE,), "C7": (ONE, TWO)}
    bank.customers.add([CustomerRow(a_customer(name, loans=loans), name) for name, loans in people.items()])
    return bank


@pytest.mark.parametrize(
    "message",
    ["How much do I still owe on my loan?", "what is left to pay off on my loan", "what's my outstanding balance"],
)
def test_what_is_left_of_a_loan_is_told_from_the_record(bank, message):
    reply = bank.asked(message, "C6")
    assert reply.intents == ("owed",)
    assert reply.tools == ("loans",)
    assert "On your loan with us you pay $310 a month, and $4,340 is left to pay off." in reply.text
    assert not reply.worded.failures


def test_several_loans_are_told_one_by_one_and_together(bank):
    reply = bank.asked("how much do I owe you", "C7")
    for figures in ("$310 a month, and $4,340", "$220.50 a month, and $9,000.10", "$530.50 a month, and $13,340.10"):
        assert figures in reply.text
    assert not reply.worded.failures


def test_a_loan_that_is_only_thought_of_does_not_stand_in_for_one_on_record(bank):
    reply = bank.asked("How much do I still owe on my loan?", "C6", ["car loan 15000 over 5 years"])
    assert "$4,340" in reply.text
    assert "$15,000" not in reply.text


def test_nobody_is_told_the_loans_of_another_person(bank):
    assert "You have no loan with us on record." in bank.asked("How much do I still owe on my loan?").text
