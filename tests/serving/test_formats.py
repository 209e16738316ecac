from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.formats import formats

US, IN = formats("us"), formats("in")


def test_money_follows_the_market() -> None:
    assert US.money("1234567.5") == "$1,234,567.50"
    assert IN.money("1234567.5") == "₹12,34,567.50"


def test_a_rupee_is_a_rupee_in_spanish_too() -> None:
    spanish = formats("in", "es")
    assert (spanish.round_money("20000"), spanish.money("1234567.5"), spanish.symbol) == (
        "₹20,000",
        "₹12,34,567.50",
        "₹",
    )
    assert spanish.months(30) == "2 años 6 meses"
    assert formats("us", "es").round_money("20000") == "$20,000"


def test_cents_are_left_out_only_when_there_are_none() -> None:
    assert US.round_money("20000.00") == "$20,000"
    assert US.round_money("20000.10") == "$20,000.10"


@pytest.mark.parametrize(("rate", "text"), [("0.105", "10.5%"), ("0.0825", "8.25%"), ("0.1", "10.0%"), ("0", "0.0%")])
def test_a_fraction_is_shown_as_percent(rate: str, text: str) -> None:
    assert US.percent(rate) == text


@pytest.mark.parametrize(
    ("months", "text"),
    [(1, "1 month"), (6, "6 months"), (12, "1 year"), (18, "18 months"), (30, "2 years 6 months"), (48, "4 years")],
)
def test_months_are_shown_as_years_where_that_is_clearer(months: int, text: str) -> None:
    assert US.months(months) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [("0.355", "fraction", "35.5%"), ("3000.00", "currency", "$3,000"), ("640", "points", "640"),
     ("6", "months", "6 months"),
     ("18", "years", "18 years"), (None, "points", "not known"), ("self_employed", "", "self employed"),
     ("yes", "count", "yes")],
)  # fmt: skip
def test_what_a_rule_found_is_shown_in_its_unit(value: str | None, unit: str, text: str) -> None:
    assert US.quantity(value, unit) == text


def test_a_date_is_written_out() -> None:
    assert US.day("2026-03-16T10:00:00") == "March 16, 2026"


@given(st.decimals(0, 10**12, places=2))
def test_money_reads_back_as_the_same_amount(amount: Decimal) -> None:
    assert Decimal(US.money(amount).replace("$", "").replace(",", "")) == amount
