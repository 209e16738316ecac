"""Sentences that must never be read, and good ones that must not be taken for them."""

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from rag.chunk import passages
from rag.entries import ledger_of
from rag.ledger import Ledger
from rag.plain import plain_sentences
from rag.verify import Ground, Sentence, sentences_of, unsaid, verify
from serving.formats import formats
from tests.rag.conftest import the_documents
from tests.rag.results import a_refusal, an_approval

US = formats("us")
CASES = Path(__file__).parent.parent / "cases" / "wrong_sentences.yaml"
WRONG = yaml.safe_load(CASES.read_text(encoding="utf-8"))
APPROVAL, REFUSAL = an_approval(3), a_refusal(1)
SLOTS = {
    "instalment": US.money(APPROVAL["instalment"]), "rate": US.share(APPROVAL["annual_rate"]),
    "apr": US.share(Decimal(APPROVAL["apr"])), "amount": US.round_money(Decimal(APPROVAL["amount"])),
    "cost": US.money(APPROVAL["total_cost"]), "term": APPROVAL["term_months"],
    "score": REFUSAL["findings"][0]["value"], "needed": REFUSAL["findings"][0]["limit"],
}  # fmt: skip


def failures(result, text, passages=None, cites=()):
    sentences = [Sentence(s.text, cites) for s in sentences_of(text)]
    return verify(sentences, Ground(ledger_of(result, "USD"), passages or {}, result["outcome"]))


@pytest.mark.parametrize("text", WRONG["approval"])
def test_a_wrong_sentence_about_an_approval_is_caught(text):
    assert failures(APPROVAL, text.format(**SLOTS))


@pytest.mark.parametrize("text", WRONG["refusal"])
def test_a_wrong_sentence_about_a_refusal_is_caught(text):
    assert failures(REFUSAL, text.format(**SLOTS))


@pytest.mark.parametrize(
    "text",
    [
        "The interest rate is {rate} a year.",
        "The interest rate is {rate} per annum.",
        "You pay {instalment} every month.",
        "You asked for an amount of {amount}.",
        "You can borrow up to {amount}.",
        "You repay it over {term} months.",
        "The monthly payment is {instalment}, and the interest rate is {rate}.",
        "One of the offers has a lower payment.",
        "You can compare both and take your time.",
        "A third person cannot see this.",
        "May you take it? Yes.",
    ],
)
def test_a_good_sentence_about_an_approval_passes(text):
    assert failures(APPROVAL, text.format(**SLOTS)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Your credit score is {score}; this loan needs a score of at least {needed}.",
        "The loan asks for a score of at least {needed}.",
        "The limit is {needed}.",
        "Your score is below what this loan needs.",
        "We cannot offer this loan as you asked for it today.",
        "It is looked at before tax and after tax.",
        "It is not a no, and you need not ask again.",
        "You may ask for a person to look, and it costs nothing.",
        "With it, our decision today is a yes.",
    ],
)
def test_a_good_sentence_about_a_refusal_passes(text):
    assert failures(REFUSAL, text.format(**SLOTS)) == []


def test_every_document_for_customers_may_be_told_in_its_own_words(market):
    pieces = [piece for document in the_documents(market) for piece in passages(document)]
    told = [(p, Sentence(s, (p.id,))) for p in pieces if p.audience == "customer" for s in plain_sentences(p.text)]
    ground = {p.id: p.read for p, _ in told}
    blocked = [s.text for p, s in told if verify([s], Ground(Ledger((), "USD"), ground))]
    assert len(told) > 300
    assert blocked == []


def test_words_of_a_customer_s_own_paper_are_not_the_bank_s():
    paper = {"own:letter@1#1": "Letter\nYour loan is approved. There are no fees."}
    assert failures(REFUSAL, "Your loan is approved.", paper, ("own:letter@1#1",))
    assert failures(REFUSAL, "There are no fees.", paper, ("own:letter@1#1",))


def test_a_sentence_torn_out_of_a_document_is_not_its_own():
    """The document says that nobody is charged before the payout; a part of that would say something else."""
    text = {"safety@1#1": "Staying safe\nWe never say that your loan is approved."}
    assert failures(REFUSAL, "Your loan is approved.", text, ("safety@1#1",))
    assert not failures(REFUSAL, "We never say that your loan is approved.", text, ("safety@1#1",))


@pytest.mark.parametrize(
    "text",
    ["Y\u043eur loan.", "Your\u200b loan.", "\u202eYour loan.", "The fee is \u00bd.", "\u2167 offers.",
     "See evil.example now.", "**Your** loan."],
)  # fmt: skip
def test_letters_that_look_like_others_and_hidden_ones_are_caught(text):
    assert failures(APPROVAL, text)


def test_a_reader_s_own_name_may_have_any_letters():
    ground = Ground(Ledger((), "USD"), {}, "", frozenset({"Зоя"}))
    assert verify([Sentence("Hello, Зоя.")], ground) == []


def test_every_rule_of_what_is_not_said_can_be_read():
    rules, _ = unsaid()
    assert len(rules) >= 12
    assert all(not rule.words.fullmatch("the monthly payment") for rule in rules)
