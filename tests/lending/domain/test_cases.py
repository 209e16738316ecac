"""What a case's record speaks for, when two persons must agree, and its clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from lending.domain.application import Outcome
from lending.domain.cases import (
    NO_MODEL,
    OTHER,
    PAPER,
    Hours,
    Pairs,
    Recommendation,
    Speaks,
    Weight,
    due,
    recommend,
    two_persons,
)
from lending.domain.eligibility import Finding

WEIGHTS = {
    "person_needed": Weight(Speaks.REFUSE), "document_expired": Weight(Speaks.ASK, ("identity",)),
    "missing_credit_score": Weight(Speaks.EITHER), NO_MODEL: Weight(Speaks.EITHER), PAPER: Weight(Speaks.ASK),
    OTHER: Weight(Speaks.ASK),
}  # fmt: skip
FITS = {"identity": "accepted", "income": "accepted"}
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOURS = Hours(48, 168, 8)
PAIRS = Pairs(Decimal(15000), frozenset({"person_needed"}), frozenset({"flag_cleared"}), frozenset({"home"}))


def finding(reason: str, outcome: Outcome = Outcome.REFER, *, passed: bool = False) -> Finding:
    return Finding(f"rule_{reason}", "field", None, "1", "count", "at_most", passed, "", outcome, reason)


@pytest.mark.parametrize(
    ("reasons", "speaks"),
    [([], "offer"), (["missing_credit_score"], "either"), (["document_expired"], "offer"), (["unheard_of"], "ask"),
     (["missing_credit_score", "person_needed"], "refuse"), (["missing_credit_score", "unheard_of"], "ask")],
)  # fmt: skip
def test_the_strictest_open_question_speaks(reasons: list[str], speaks: str) -> None:
    assert recommend([finding(one) for one in reasons], FITS, WEIGHTS).speaks.value == speaks


def test_a_paper_that_settles_a_question_must_be_accepted() -> None:
    open_one = recommend([finding("document_expired")], {"identity": "missing"}, WEIGHTS)
    assert (open_one.speaks, open_one.questions) == (Speaks.ASK, ("document_expired",))


@pytest.mark.parametrize(("state", "speaks"), [("needs_person", "ask"), ("refused", "ask"), ("missing", "offer")])
def test_a_paper_that_does_not_fit_asks_for_more(state: str, speaks: str) -> None:
    assert recommend([], {"income": state}, WEIGHTS).speaks.value == speaks


def test_a_rule_that_declines_bars_every_offer() -> None:
    found = recommend([finding("foir", Outcome.DECLINE), finding("dti", Outcome.DECLINE, passed=True)], FITS, WEIGHTS)
    assert (found.speaks, found.barred) == (Speaks.REFUSE, ("rule_foir",))


def test_without_a_model_a_person_weighs_it() -> None:
    assert recommend([], FITS, WEIGHTS, assessed=False).questions == (NO_MODEL,)


@pytest.mark.parametrize(
    ("speaks", "against"),
    [(Speaks.OFFER, {"refuse"}), (Speaks.EITHER, set()), (Speaks.ASK, {"offer"}), (Speaks.REFUSE, {"offer"})],
)
def test_an_act_is_against_what_speaks_otherwise(speaks: Speaks, against: set[str]) -> None:
    assert {act for act in ("offer", "refuse") if Recommendation(speaks).is_against(act)} == against


@pytest.mark.parametrize(
    ("amount", "product", "reason", "questions", "why"),
    [(14999, "car", "plain", (), ()), (15000, "car", "plain", (), ("amount",)), (1, "home", "plain", (), ("product",)),
     (1, "car", "flag_cleared", ("person_needed",), ("reason", "question"))],
)  # fmt: skip
def test_policy_says_why_two_persons_must_agree(
    amount: int, product: str, reason: str, questions: tuple[str, ...], why: tuple[str, ...]
) -> None:
    found = Recommendation(Speaks.REFUSE, questions)
    assert two_persons(Decimal(amount), product, reason, found, PAIRS) == why


@pytest.mark.parametrize(
    ("hours", "asked", "stands"),
    [(0, None, "in_time"), (40, None, "soon"), (48, None, "soon"), (49, None, "late"), (49, 48, "in_time"),
     (48 + 169, 48, "late")],
)  # fmt: skip
def test_the_clock_runs_anew_once_the_customer_was_asked(hours: int, asked: int | None, stands: str) -> None:
    at = None if asked is None else NOON + timedelta(hours=asked)
    assert due(NOON, NOON + timedelta(hours=hours), HOURS, at).stands == stands
