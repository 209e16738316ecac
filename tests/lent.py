"""A bank with a past: loans decided on earlier days in a batch, as the bank's own book comes in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from lending.domain.errors import CandorError
from lending.domain.money import money
from serving.assembly import Platform
from serving.decide import LoanAsk


def lend(place: Platform, days: int, first: date, a_day: int = 5, amount: str = "9000") -> list[str]:
    """Decide some car loans on every so many days from a first one on; answers the ids of what was approved."""
    names, asked = place.customers.ids(), []
    for number in range(days):
        day = first + timedelta(days=7 * number)
        some = [names[(number * a_day + k) % len(names)] for k in range(a_day)]
        asked += [(name, LoanAsk("car", money(amount), 48, None, None, ()), day) for name in some]
    return approved(place.quotes.quote_many(asked, channel="batch", actor="test"))


def approved(answers: Sequence[dict[str, object] | CandorError]) -> list[str]:
    """Ids of the decisions that lent."""
    return [str(one["decision_id"]) for one in answers if isinstance(one, dict) and one["outcome"] == "approve"]
