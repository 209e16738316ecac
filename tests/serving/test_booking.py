"""What an accepted loan weighs on the record is what its decision weighed, however it is repaid."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lending.domain.application import Collateral
from lending.domain.money import money
from serving.applications import ApplyAsk
from serving.assembly import Platform
from serving.decide import LoanAsk
from tests.applying import ABOUT_ME, ANSWERS, GOOD, READ, THIN, with_papers
from tests.bank import open_bank

GOLD = Collateral("gold", weight_g=Decimal(60), purity_k=Decimal(22))
ABOUT_GOLD = {**ABOUT_ME, "gold_items": "a ring", "true_and_complete": "yes", "may_check": "yes"}
KINDS = [
    pytest.param("us", GOOD, LoanAsk("car", money("15000"), 48), ANSWERS, id="instalments"),
    pytest.param("in", THIN, LoanAsk("gold_bullet", money("100000"), 12, GOLD), ABOUT_GOLD, id="one payment"),
]


def accepted(bank: Platform, customer: str, ask: LoanAsk, answers: dict[str, str]) -> dict[str, Any]:
    """An offer of the amount that was asked for, applied for and accepted."""
    papers = with_papers(bank)
    quote = bank.advice.quote(customer, ask, channel="portal", actor="test")
    offer = next(one for one in quote["offers"] if money(one["amount"]) == ask.amount)
    made = bank.applications.apply(customer, ApplyAsk(offer["offer_id"], None, answers), "test")
    papers.all("accepted")
    bank.applications.advance(made["application_id"])
    bank.applications.accept(customer, offer["offer_id"], "test", READ)
    return offer


@pytest.mark.parametrize(("market", "customer", "ask", "answers"), KINDS)
def test_obligations_grow_by_what_the_loan_was_weighed_with(
    tmp_path: Path, market: str, customer: str, ask: LoanAsk, answers: dict[str, str]
) -> None:
    bank = open_bank(tmp_path, market=market)
    day = bank.clock.now().date()
    before = bank.customers.facts(customer, day).monthly_obligations or Decimal(0)
    offer = accepted(bank, customer, ask, answers)
    taken = LoanAsk(ask.product, money(offer["amount"]), offer["term_months"], ask.collateral)
    weighed = open_bank(tmp_path / "again", market=market).quotes.make(customer, taken).decision.affordability
    assert weighed is not None
    assert bank.customers.facts(customer, day).monthly_obligations == before + weighed.burden
