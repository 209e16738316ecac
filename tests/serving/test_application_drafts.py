"""Drafts: what is asked of whom, what is known already, what is kept of what was typed."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from lending.domain.application import Collateral
from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.money import money
from serving.applications import Applications
from serving.assembly import Platform
from serving.fields import InvalidBody
from tests.applying import ABOUT_ME, GOOD, REVIEW, THIN, a_quote, an_offer, fields, referred, sent


def test_the_same_offer_gives_the_same_draft(bank: Platform, use: Applications) -> None:
    offer_id = an_offer(bank)["offer_id"]
    first = use.start(GOOD, offer_id, None, "good")
    assert use.start(GOOD, offer_id, None, "good") == first
    assert (first["state"], first["offer"]["offer_id"], first["version"]) == ("draft", offer_id, 1)
    assert [line["act"] for line in first["timeline"]] == ["start"]


def test_a_draft_after_one_that_was_withdrawn_is_a_new_one(bank: Platform, use: Applications) -> None:
    offer_id = an_offer(bank)["offer_id"]
    first = use.start(GOOD, offer_id, None, "good")
    use.withdraw(GOOD, first["application_id"], "good")
    assert use.start(GOOD, offer_id, None, "good")["application_id"] != first["application_id"]


def test_what_the_bank_knows_is_answered_beforehand(bank: Platform, use: Applications) -> None:
    draft = use.start(GOOD, an_offer(bank)["offer_id"], None, "good")
    income = bank.customers.facts(GOOD, bank.clock.now().date()).gross_monthly_income
    assert draft["answers"] == {"stated_income": str(income)}


def test_what_was_typed_for_the_last_application_is_not_asked_again(bank: Platform, use: Applications) -> None:
    sent(bank)
    again = use.start(GOOD, an_offer(bank, GOOD, "15000")["offer_id"], None, "good")
    assert {name: again["answers"][name] for name in ("phone", "email", "employer")} == {
        name: ABOUT_ME[name] for name in ("phone", "email", "employer")
    }
    assert "car_model" not in again["answers"]
    assert "true_and_complete" not in again["answers"]


@pytest.mark.parametrize(
    ("who", "product", "security", "co", "asked", "not_asked"),
    [
        (GOOD, "car", None, None, {"car_condition", "car_seller", "car_model", "employer"}, {"business", "gold_items"}),
        ("C00003", "education", None, "C00008", {"institution", "course", "relationship"}, {"employer"}),
        (THIN, "gold", Collateral("gold", None, Decimal(100), Decimal(22)), None, {"gold_items"}, {"car_model"}),
        (
            "C00006", "home", Collateral("property", money("300000")), "C00007",
            {"home_address", "home_price", "home_use", "relationship"}, {"institution"},
        ),
    ],
)  # fmt: skip
def test_each_loan_and_each_kind_of_work_is_asked_its_own(
    bank: Platform, use: Applications, who: str, product: str, security: Any, co: Any, asked: set[str],
    not_asked: set[str],
) -> None:  # fmt: skip
    quote = a_quote(bank, who, "5000" if product != "home" else "200000", product, collateral=security, co_applicant=co)
    draft = use.start(who, quote["offers"][0]["offer_id"], None, "me")
    names = {f["name"] for step in draft["steps"] for f in step["fields"]}
    assert asked <= names
    assert not names & not_asked
    assert (draft["co_applicant"] is None) == (co is None)


def test_an_answer_brings_the_question_that_hangs_on_it(bank: Platform, use: Applications) -> None:
    draft = use.start(GOOD, an_offer(bank)["offer_id"], None, "good")
    assert "car_dealer" not in fields(draft, "loan")
    saved = use.save(GOOD, draft["application_id"], "loan", {"car_seller": "dealer"}, draft["version"])
    assert "car_dealer" in fields(saved, "loan")


def test_what_will_not_do_is_kept_as_typed_and_says_why(bank: Platform, use: Applications) -> None:
    draft = use.start(GOOD, an_offer(bank)["offer_id"], None, "good")
    saved = use.save(GOOD, draft["application_id"], "you", {"phone": "12", "stated_income": "-5"}, 1)
    shown = fields(saved, "you")
    assert (shown["phone"]["value"], shown["phone"]["problem"]) == ("12", "apply_fields.problem.phone")
    assert shown["stated_income"]["slots"] == {"least": "0.00", "most": "100000000.00"}
    assert not next(s for s in saved["steps"] if s["step"] == "you")["done"]


def test_an_account_is_shown_by_its_last_four_digits_and_survives_being_sent_back(
    bank: Platform, use: Applications
) -> None:
    draft = use.start(GOOD, an_offer(bank)["offer_id"], None, "good")
    saved = use.save(GOOD, draft["application_id"], "you", {"payout_account": "0012 3456 7890"}, 1)
    assert saved["answers"]["payout_account"] == "•••• 7890"
    assert "3456" not in json.dumps(saved)
    again = use.save(GOOD, draft["application_id"], "you", {"payout_account": "•••• 7890", "phone": "5550102030"}, 2)
    assert fields(again, "you")["payout_account"]["problem"] == ""


def test_of_two_windows_that_begin_at_once_both_go_on_with_one_draft(bank: Platform, use: Applications) -> None:
    offer_id, box = an_offer(bank)["offer_id"], bank.records.applications
    looks: list[str] = []

    class Late:
        """The box of the slower window: at its first look the other's draft is not there yet."""

        def __getattr__(self, wanted: str) -> Any:
            return getattr(box, wanted)

        def live_for(self, subject: str) -> Any:
            looks.append(subject)
            return box.live_for(subject) if len(looks) > 1 else None

    first = use.start(GOOD, offer_id, None, "good")
    assert replace(use, box=Late()).start(GOOD, offer_id, None, "good") == first  # type: ignore[arg-type]


def test_a_version_that_is_yet_to_come_is_refused(bank: Platform, use: Applications) -> None:
    draft = use.start(GOOD, an_offer(bank)["offer_id"], None, "good")
    box, name = bank.records.applications, draft["application_id"]
    seen = box.get(name)
    with pytest.raises(RefusedError) as refused:
        use.save(GOOD, name, "you", {"phone": "555 010 9999"}, seen.version + 1)
    assert refused.value.code == "changed"

    class Slow:
        """The box in which somebody sends the draft between the read and the write."""

        def __getattr__(self, wanted: str) -> Any:
            return getattr(box, wanted)

        def get(self, application_id: str) -> Any:
            row = box.get(application_id)
            use.withdraw(GOOD, application_id, "good")
            return row

    with pytest.raises(RefusedError):
        replace(use, box=Slow()).save(GOOD, name, "you", {"phone": "555 010 9999"}, seen.version + 1)  # type: ignore[arg-type]
    assert use.get(GOOD, name)["state"] == "withdrawn"


@pytest.mark.parametrize("ground", ["papers_missing", "screening"])
def test_what_a_person_refused_is_not_applied_for_again(bank: Platform, use: Applications, ground: str) -> None:
    made = referred(bank)
    use.decide(made["application_id"], "officer", "refuse", ground)
    with pytest.raises(RefusedError) as refused:
        use.start(REVIEW, None, made["decision_id"], "review")
    assert refused.value.code == "settled"
    assert [one["state"] for one in use.of(REVIEW)] == ["refused"]


def test_two_tabs_never_write_over_each_other(bank: Platform, use: Applications) -> None:
    draft = use.start(GOOD, an_offer(bank)["offer_id"], None, "good")
    name = draft["application_id"]
    use.save(GOOD, name, "you", {"phone": "555 010 2030"}, 1)
    with pytest.raises(RefusedError) as refused:
        use.save(GOOD, name, "you", {"phone": "555 010 9999"}, 1)
    assert refused.value.code == "changed"
    assert use.save(GOOD, name, "you", {"phone": "555 010 2030"}, 1)["version"] == 2


@pytest.mark.parametrize(
    ("step", "answers"),
    [("nothing", {}), ("you", {"car_model": "x"}), ("you", {"product": "gold"}), ("you", {"phone": "1" * 501})],
)
def test_a_step_takes_answers_to_its_own_questions_alone(
    bank: Platform, use: Applications, step: str, answers: dict[str, str]
) -> None:
    draft = use.start(GOOD, an_offer(bank)["offer_id"], None, "good")
    with pytest.raises(InvalidBody):
        use.save(GOOD, draft["application_id"], step, answers, 1)


def test_a_draft_is_for_an_offer_or_a_referred_decision(bank: Platform, use: Applications) -> None:
    quote = a_quote(bank, GOOD, "20000")
    with pytest.raises(RefusedError) as refused:
        use.start(GOOD, None, quote["decision_id"], "good")
    assert refused.value.code == "not_referred"
    with pytest.raises(InvalidBody):
        use.start(GOOD, None, None, "good")
    with pytest.raises(NotFoundError):
        use.start(GOOD, "o_" + "a" * 26, None, "good")
    with pytest.raises(NotFoundError):
        use.start(THIN, quote["offers"][0]["offer_id"], None, "thin")
    with pytest.raises(NotFoundError):
        use.start(THIN, None, quote["decision_id"], "thin")


def test_too_many_at_once_are_refused(bank: Platform, use: Applications) -> None:
    most = use.form.figure("live_applications_most", use.day())
    for n in range(most):
        use.start(GOOD, an_offer(bank, GOOD, str(10000 + 500 * n))["offer_id"], None, "good")
    with pytest.raises(RefusedError) as refused:
        use.start(GOOD, an_offer(bank, GOOD, "30000")["offer_id"], None, "good")
    assert refused.value.code == "too_many"
