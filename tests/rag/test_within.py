"""A loan whose monthly payment must keep within a limit: the shortest term that does, as the bank would decide it."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from rag.ledger import Ledger
from rag.parts import figures_of
from rag.ports import Wish
from rag.say_within import limit_entry
from rag.understand import Memory
from tests.serving.chat_bank import FINE, REFUSED, ChatBank

AMOUNT = Decimal(20_000)


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    return ChatBank(tmp_path_factory.mktemp("bank"))


@pytest.fixture(scope="module")
def decided(bank):
    """Every term of the product to the payment at which the bank would approve it, by the whole pipeline."""
    tools = bank.chat.desk.tools(FINE)
    limits = tools.eligibility("car")[0]["limits"]
    first, last, step = (limits[f"term_months_{name}"] for name in ("min", "max", "step"))
    quotes = {term: tools.quote(Wish("car", AMOUNT, term)) for term in range(first, last + 1, step)}
    return {term: Decimal(q["instalment"]) for term, q in quotes.items() if q["outcome"] == "approve"}


def told(bank, message, tools=None):
    return bank.chat.assistant.reply(message, tools or bank.chat.desk.tools(FINE), Memory(), first=False)


def test_the_terms_that_are_looked_up_are_those_that_the_bank_would_approve(bank, decided):
    rows = bank.chat.desk.tools(FINE).terms(Wish("car", AMOUNT))
    assert {row["term_months"]: Decimal(row["instalment"]) for row in rows} == decided


def test_no_term_is_looked_up_for_somebody_who_would_get_the_loan_over_none(bank):
    assert not bank.chat.desk.tools(REFUSED).terms(Wish("car", AMOUNT))


@pytest.mark.parametrize("limit", [310, 350, 400, 450, 600, 1000, 4000])
def test_no_shorter_term_keeps_within_the_limit(bank, decided, limit):
    reply = told(bank, f"car loan of 20,000, at most {limit} a month")
    shortest = min(term for term, payment in decided.items() if payment <= limit)
    assert reply.memory.term_months == shortest
    assert bank.chat.assistant.writing.round_money(decided[shortest]) in reply.text
    assert not reply.worded.failures


def test_a_limit_that_is_just_the_payment_is_kept(bank, decided):
    payment = decided[60]
    assert told(bank, f"car loan of 20,000, at most {payment} a month").memory.term_months == 60
    assert told(bank, f"car loan of 20,000, at most {payment - Decimal('0.01')} a month").memory.term_months > 60


def test_where_no_term_keeps_within_the_limit_the_longest_one_and_what_the_payment_carries_are_told(bank, decided):
    reply = told(bank, "car loan of 20,000, at most 300 a month")
    write, most = bank.chat.assistant.writing, bank.chat.desk.tools(FINE).what_if(Wish("car"), Decimal(300))
    assert "There is no time to repay" in reply.text
    assert write.round_money(decided[max(decided)]) in reply.text
    assert write.round_money(Decimal(most["amount"])) in reply.text
    assert reply.memory.amount == AMOUNT
    assert not reply.worded.failures


def test_asking_within_a_limit_leaves_no_decision_on_record(bank):
    before = bank.decided()
    told(bank, "car loan of 20,000, at most 350 a month")
    assert bank.decided() == before


@dataclass
class Stricter:
    """The customer's tools, where the decision says no to terms that the look-up offers."""

    tools: Any
    refused: dict[str, Any]
    asked: list[int | None] = field(default_factory=list)

    def __getattr__(self, name):
        return getattr(self.tools, name)

    def quote(self, wish):
        self.asked.append(wish.term_months)
        return {**self.tools.quote(wish), **(self.refused if wish.term_months in (60, 66) else {})}


def test_the_decision_and_not_the_look_up_has_the_last_word(bank):
    no = bank.chat.desk.tools(REFUSED).quote(Wish("car", AMOUNT, 60))
    tools = Stricter(bank.chat.desk.tools(FINE), {key: no[key] for key in ("outcome", "reasons", "findings")})
    assert told(bank, "car loan of 20,000, at most 410 a month", tools).memory.term_months == 72
    assert tools.asked[-3:] == [60, 66, 72]


def test_the_limit_may_be_told_as_a_limit_and_not_as_the_payment(bank):
    result = {**bank.chat.desk.tools(FINE).quote(Wish("car", AMOUNT, 60)), "offers": []}
    ledger = Ledger((*figures_of(result, "USD"), limit_entry(Decimal(300))), "USD")
    assert not ledger.check("With a monthly payment of at most $300, it takes longer.")[1]
    assert ledger.check("The monthly payment is $300.")[1]
    assert ledger.check("You borrow $300.")[1]
