"""A wish below the smallest loan is answered alike on every path: refused as such, and the smallest one offered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lending.domain.money import money
from serving.decide import LoanAsk
from tests.serving.standins import LinearModel, StandInPlatform

LEAST = "1000.00"


@pytest.fixture
def bank(tmp_path: Path) -> StandInPlatform:
    return StandInPlatform(tmp_path, LinearModel())


@pytest.mark.parametrize("wish", ["0.01", "500", "900", "900.01", "999.99"])
@pytest.mark.parametrize("term_months", [None, 48])
def test_every_path_gives_the_same_answer(bank: StandInPlatform, wish: str, term_months: int | None) -> None:
    ask = LoanAsk("car", money(wish), term_months)
    given: dict[str, Any] = {"channel": "cli", "actor": "cli"}
    one: dict[str, Any] = bank.quotes.quote("C1", ask, **given)
    (many,) = bank.quotes.quote_many([("C1", ask, None)], **given)
    advised = bank.advice.quote("C1", ask, **given)
    page = bank.advice.customize("C1", ask, **given)
    assert one == many
    assert {one["decision_id"], advised["decision_id"], page["decision"]["decision_id"]} == {one["decision_id"]}
    assert [r["code"] for r in one["reasons"]] == ["amount_too_small"]
    assert [way["code"] for way in one["ways_in"]] == ["larger_amount"]
    assert {o["amount"] for o in advised["offers"]} == {LEAST}
    assert page["recommended"] == advised["offers"]
    assert page["own"] is None
    assert advised["why_fewer_offers"] == page["why_fewer_offers"]
    assert advised["why_fewer_offers"]["code"] == "below_smallest"
    assert "No amount" not in advised["why_fewer_offers"]["text"]
