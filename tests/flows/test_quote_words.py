"""A quote as a person reads it on the terminal."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from flows.quote_words import show_quote
from serving.parse import loan_ask
from tests.serving.standins import LinearModel, StandInPlatform

ASK = {"product": "car", "amount": "15000", "term_months": 48}


@pytest.fixture
def bank(tmp_path: Path) -> StandInPlatform:
    return StandInPlatform(tmp_path, LinearModel())


def told(bank: StandInPlatform, ask: dict[str, Any], market: str = "us") -> str:
    result = bank.advice.quote("C1", loan_ask(ask), channel="cli", actor="test")
    console = Console(width=200)
    with console.capture() as capture:
        show_quote(console, result, market)
    return capture.get()


def test_money_and_rates_are_written_as_the_market_writes_them(bank: StandInPlatform) -> None:
    text = told(bank, ASK)
    assert text.startswith("APPROVE  car, $15,000\n")
    assert "$15,000.00" in text
    assert "more in all than the cheapest of these" in text
    assert "₹15,000.00" in told(bank, ASK, "in")


def test_a_refusal_says_what_was_found_what_helps_and_what_that_takes(bank: StandInPlatform) -> None:
    poor = replace(bank.customers.people["C1"], monthly_obligations=Decimal(2200))
    bank.customers.people["C1"] = poor
    text = told(bank, ASK)
    assert "DECLINE" in text
    assert "% (at most 35.0%)" in text
    assert "repay debt, monthly debts from $2,200 to $" in text
    assert "instead: A smaller amount over the time you chose. (car, $" in text
    assert "None" not in text


def test_what_an_approval_hangs_on_is_said(bank: StandInPlatform) -> None:
    text = told(bank, {"product": "education", "amount": "12000", "term_months": 120})
    assert "before we pay out: We confirm your admission" in text
