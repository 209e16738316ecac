"""No number reaches a reader that the record does not back."""

from collections import Counter
from decimal import Decimal

import pytest

from rag.content import about, written
from rag.entries import ledger_of
from rag.numbers import mentions
from rag.verify import Ground, Sentence, sentences_of, verify
from serving.formats import formats
from tests.conftest import sized
from tests.rag.corruptions import CLASSES, corrupted
from tests.rag.results import a_refusal, an_approval

US = formats("us")


def texts(count):
    for seed in range(count):
        for result in (an_approval(seed), a_refusal(seed)):
            yield result, written(about(result, US))


def failures(result, text):
    return verify(sentences_of(text), Ground(ledger_of(result, "USD"), {}, result["outcome"]))


def test_good_texts_pass():
    blocked = [text for result, text in texts(sized(200, 2000)) if failures(result, text)]
    assert blocked == []


@pytest.mark.parametrize("kind", CLASSES)
def test_wrong_numbers_of_each_kind_are_caught(kind):
    planted, missed = 0, Counter()
    for seed, (result, text) in enumerate(texts(sized(60, 500))):
        made = corrupted(text, kind, seed)
        if made is None:
            continue
        planted += 1
        if not failures(result, made[0]):
            missed[made[1]] += 1
    assert planted >= sized(50, 100)
    assert sum(missed.values()) <= 0.01 * planted, missed


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        ("The monthly payment is {instalment}.", False),
        ("The monthly payment is {total_cost}.", True),
        ("You pay {instalment} a year.", True),
        ("You pay {instalment} a month.", False),
        ("The loan costs {instalment}.", True),
        ("The APR is {annual_rate}.", True),
        ("The interest rate is {annual_rate}.", False),
        ("The interest rate falls by {annual_rate} points.", True),
        ("You could borrow a million dollars.", True),
        ("You have seven offers.", True),
        ("You have three offers.", False),
        ("You have three reasons.", True),
        ("The offer stands until January 1, 2031.", True),
        ("Your payment doubles: it is twice as high.", True),
        ("Half of your income is left.", True),
        ("This one is the best of them.", False),
    ],
)
def test_a_right_number_must_mean_what_the_record_means(text, caught):
    result = an_approval(3)
    shown = {
        "instalment": US.money(result["instalment"]), "total_cost": US.money(result["total_cost"]),
        "annual_rate": US.share(result["annual_rate"]),
    }  # fmt: skip
    _, unbound = ledger_of(result, "USD").check(text.format(**shown))
    assert bool(unbound) is caught, unbound


def test_an_income_is_told_with_its_period_and_no_other():
    finding = {"rule": "car_income", "field": "counted_income", "value": "3200", "limit": "4800", "unit": "currency",
               "operator": "at_least", "passed": False}  # fmt: skip
    ledger = ledger_of({**a_refusal(1), "findings": [finding]}, "USD")
    told = "The income that counts is $3,200 a month; this loan needs an income of at least $4,800 a month."
    assert ledger.check(told)[1] == []
    assert ledger.check(told.replace("a month", "a year"))[1] != []


def test_a_number_of_the_question_is_no_ground():
    """Somebody writes "my score is 799": the text may not repeat it as a fact."""
    _, unbound = ledger_of(a_refusal(1), "USD").check("Your credit score is 799.")
    assert [one.text for one in unbound] == ["799"]


def test_the_payment_of_one_offer_is_not_told_of_another():
    result = an_approval(5)
    best, easy, _ = result["offers"]
    told = f"The cheapest offer has a monthly payment of {US.money(easy['instalment'])}."
    assert [one.why for one in ledger_of(result, "USD").check(told)[1]] == ["offer"]
    right = f"The recommended offer has a monthly payment of {US.money(best['instalment'])}."
    assert ledger_of(result, "USD").check(right)[1] == []


def test_a_cited_passage_backs_its_own_numbers_and_no_others():
    ledger = ledger_of(an_approval(1), "USD")
    passage = {"late-payments@1#2": "The late fee for car loans is $25. The days of grace are 10 days."}
    assert ledger.with_passages(passage).check("The late fee is $25 for car loans.")[1] == []
    assert ledger.check("The late fee is $25 for car loans.")[1] != []
    assert ledger.with_passages(passage).check("The monthly payment is $25.")[1] != []


def test_a_bound_of_a_cited_passage_stays_the_bound_that_it_is():
    ledger = ledger_of(an_approval(1), "USD").with_passages({"car@1#1": "This loan asks for a score of at least 655."})
    assert ledger.check("This loan needs a score of at least 655.")[1] == []
    assert ledger.check("The limit is 655.")[1] == []
    assert ledger.check("The score may be at most 655.")[1] != []
    assert ledger.check("Your score is at least 655.")[1] != []


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("Your loan is approved.", "commitment"),
        ("We guarantee a yes next month.", "commitment"),
        ("As a woman you may wait.", "protected"),
        ("Don't bother to ask again.", "discouraging"),
        ("See https://example.org for more.", "markup"),
        ("Click [here](somewhere).", "markup"),
        ("<b>No</b>", "markup"),
        ("Customer C00017 got a yes.", "others"),
        ("Write to anna@example.org.", "others"),
        ("You are on a sanctions list.", "screening"),
        (" ".join(["word"] * 60) + ".", "level"),
    ],
)
def test_what_must_never_be_said_is_caught(text, check):
    assert check in {f.check for f in failures(a_refusal(2), text)}


def test_a_citation_must_exist_and_support_its_sentence():
    ground = Ground(ledger_of(a_refusal(2), "USD"), {"plan@1#2": "A plan may ask for a smaller amount."}, "decline")
    assert verify([Sentence("A smaller amount is one plan.", ("plan@1#2",))], ground) == []
    assert [f.check for f in verify([Sentence("A plan helps.", ("nothing@1#1",))], ground)] == ["citation"]
    assert [f.check for f in verify([Sentence("Bees collect honey.", ("plan@1#2",))], ground)] == ["unsupported"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("twenty thousand four hundred and five dollars", [("money", "20405")]),
        ("a year and a half", [("months", "18.0")]),
        ("2 years 6 months", [("months", "30")]),
        ("40 basis points", [("points", "0.0040")]),
        ("₹12,34,567.89", [("money", "1234567.89")]),
        ("2.5 lakh rupees", [("money", "250000.0")]),
        ("20k", [("number", "20000")]),
        ("two thirds of it", [("fraction", "0.6666666666666666666666666667")]),
        ("7.7 per cent", [("fraction", "0.077")]),
        ("the APR 7.7%", [("fraction", "0.077")]),
        ("you may ask", []),
        ("one of them, this one, no one", []),
        ("31/31/2026", [("date", "None")]),
    ],
)
def test_numbers_are_read_as_people_mean_them(text, read):
    assert [(m.kind, str(m.value)) for m in mentions(text)] == read


def test_pay_back_is_all_that_is_paid_with_the_fees_and_never_the_payments_alone():
    result = {**an_approval(3), "offers": []}
    amount, interest, cost = (Decimal(result[name]) for name in ("amount", "total_interest", "total_cost"))
    assert f"pay back {US.round_money(amount + cost)} over" in written(about(result, US))
    assert failures(result, f"You pay back {US.round_money(amount + cost)} in all.") == []
    assert failures(result, f"You pay back {US.round_money(amount + interest)} in all.") != []
