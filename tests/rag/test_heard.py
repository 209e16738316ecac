"""What the figures of a message are heard as: an amount, a payment a month, or neither."""

from decimal import Decimal

import pytest

from rag.heard import hear

CAR = {"car": ("car loan", "car")}


def heard(message):
    """The amounts and the monthly payment of a message."""
    found = hear(message, CAR, Decimal(500))
    return [int(amount) for amount in found.amounts], found.monthly, found.terms


@pytest.mark.parametrize(
    "message",
    [
        "car loan 20,000 with a monthly payment of at most 300",
        "car loan 20,000 with a monthly payment of at most $300",
        "$20,000 with a monthly payment of $300",
        "I need 20000 monthly payment around 300 for a car",
        "20000, monthly 300",
        "20,000 for a car, payment no more than 300",
        "car loan 20000, emi not over 300",
        "20000 car loan, the emi must not exceed 300",
        "20000 car loan, instalments should not be higher than 300",
        "20000 car loan with an installment up to 300",
        "20000 car loan keep the payment less than 300",
        "20,000 car loan, monthly payment below 300",
        "20,000 for a car with payments under 300 a month",
        "I want to borrow 20,000 for a car and pay at most 300 per month",
        "car loan 20000 but I cannot pay more than 300 a month",
        "I can afford 300 a month, car, 20k",
        "20k car max 300/mo",
        "300 or less per month for a 20k car",
        "budget 300 monthly for a 20,000 car loan",
        "car 20000 emi 300",
        "20k car, 300 monthly payment",
    ],
)
def test_an_amount_and_a_monthly_payment_are_told_apart(message):
    assert heard(message) == ([20_000], 300, ())


@pytest.mark.parametrize(
    "message",
    [
        "what does 20,000 for a car cost monthly?",
        "car loan 20000 monthly payment?",
        "what is the monthly payment of 20000 for a car",
        "what would the emi of 20000 for a car be",
        "car emi 20000",
        "my rent is 800 a month, can I get a car loan of 20000",
        "I pay 800 a month in rent, car loan 20000",
        "I get 4000 a month, car loan 20000",
        "I want to pay at least 300 a month on a car loan of 20000",
        "car 20000 with a down payment of 3000",
    ],
)
def test_what_is_no_limit_of_the_payment_is_not_heard_as_one(message):
    assert heard(message) == ([20_000], None, ())


def test_a_payment_too_large_to_be_small_is_still_heard_beside_an_amount():
    assert heard("20k car, 600 monthly payment") == ([20_000], 600, ())
    assert heard("5 lakh car loan, emi 10k") == ([500_000], 10_000, ())
    assert heard("a car loan of 60,000 over 60 months with payments of at most 1,200") == ([60_000], 1200, (60,))
