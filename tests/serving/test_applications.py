"""Applications that are sent: papers move them on, and every one comes to an end."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from lending.domain.errors import NotFoundError, RefusedError
from serving.applications import Applications, ApplyAsk
from serving.assembly import Platform
from serving.fields import InvalidBody
from tests.applying import (
    ABOUT_ME,
    ANSWERS,
    GOOD,
    READ,
    REVIEW,
    THIN,
    Papers,
    a_quote,
    an_offer,
    offered,
    referred,
    sent,
    told,
)
from tests.conftest import HandClock


def test_what_is_sent_waits_for_papers(bank: Platform, use: Applications) -> None:
    made = sent(bank)
    assert made["state"] == "submitted"
    assert made["submitted_at"] == bank.clock.now().isoformat()
    assert made["status"]["text"].startswith("We have your application")
    assert told(bank) == {"submitted"}


def test_everything_missing_is_named_at_once(bank: Platform, use: Applications) -> None:
    draft = use.start(GOOD, an_offer(bank)["offer_id"], None, "good")
    with pytest.raises(InvalidBody) as refused:
        use.submit(GOOD, draft["application_id"], "good")
    named = {error["field"] for error in refused.value.errors}
    assert {"answers.car_model", "answers.phone", "answers.true_and_complete"} <= named
    assert use.get(GOOD, draft["application_id"])["state"] == "draft"


def test_what_was_agreed_to_is_kept_with_its_time(bank: Platform, use: Applications) -> None:
    made = sent(bank)
    kept = json.loads(bank.records.applications.get(made["application_id"]).content)
    assert kept["agreed"] == dict.fromkeys(("true_and_complete", "may_check"), bank.clock.now().isoformat())


def test_an_answer_nobody_asks_for_any_more_is_not_sent(bank: Platform, use: Applications) -> None:
    draft = use.start(GOOD, an_offer(bank)["offer_id"], None, "good")
    name = draft["application_id"]
    for step, answers in (
        ("loan", {"car_seller": "dealer", "car_dealer": "Harbour Cars"}),
        ("loan", {"car_seller": "private", "car_condition": "new", "car_model": "Corolla"}),
        ("you", ABOUT_ME), ("check", {"true_and_complete": "yes", "may_check": "yes"}),
    ):  # fmt: skip
        draft = use.save(GOOD, name, step, answers, draft["version"])
    assert "car_dealer" not in use.submit(GOOD, name, "good")["answers"]


def test_what_was_sent_is_not_typed_into_or_sent_again(bank: Platform, use: Applications) -> None:
    made = sent(bank)
    with pytest.raises(RefusedError):
        use.save(GOOD, made["application_id"], "you", {"phone": "555 010 9999"}, made["version"])
    with pytest.raises(RefusedError):
        use.submit(GOOD, made["application_id"], "good")


@pytest.mark.parametrize(
    ("states", "stands"),
    [
        ({"identity": "missing", "income": "accepted"}, "submitted"),
        ({"identity": "checking", "income": "accepted"}, "submitted"),
        ({"identity": "refused", "income": "accepted"}, "submitted"),
        ({"identity": "accepted", "income": "accepted", "registration": "refused"}, "offered"),
        ({"identity": "accepted", "income": "accepted", "registration": "needs_person"}, "offered"),
        ({"identity": "accepted", "income": "needs_person"}, "in_review"),
    ],
)
def test_papers_move_it_on(
    bank: Platform, papers: Papers, use: Applications, states: dict[str, str], stands: str
) -> None:
    made = sent(bank)
    papers.states |= states
    assert use.advance(made["application_id"]) == stands
    assert use.advance(made["application_id"]) == stands


def test_papers_may_be_there_before_it_is_sent(bank: Platform, papers: Papers) -> None:
    papers.all("accepted")
    made = sent(bank)
    assert made["state"] == "offered"
    assert [line["act"] for line in made["timeline"]] == ["start", "submit", "offer"]
    assert [line["by"] for line in made["timeline"]] == ["you", "you", "system"]


def test_where_every_needed_paper_is_on_file_the_offer_is_ready_at_once(bank: Platform, papers: Papers) -> None:
    papers.states = {"registration": "missing"}
    assert sent(bank)["state"] == "offered"


def test_where_nothing_was_checked_nothing_is_offered(bank: Platform, papers: Papers, use: Applications) -> None:
    papers.states.clear()
    assert use.advance(sent(bank)["application_id"]) == "submitted"


def test_an_offer_is_accepted_exactly_as_it_was_made(bank: Platform, papers: Papers, use: Applications) -> None:
    made = offered(bank, papers)
    stored = json.loads(bank.records.offers.get(made["offer_id"]).content)
    accepted = use.accept(GOOD, made["offer_id"], "good", READ)
    assert (accepted["state"], accepted["offer"]) == ("accepted", stored)
    assert bank.records.offers.get(made["offer_id"]).state == "accepted"
    assert told(bank) == {"submitted", "offered", "accepted"}


def test_nobody_accepts_what_they_did_not_read(bank: Platform, papers: Papers, use: Applications) -> None:
    made = offered(bank, papers)
    for agreed in (None, {}, {"read_disclosure": "no"}):
        with pytest.raises(InvalidBody):
            use.accept(GOOD, made["offer_id"], "good", agreed)
    assert use.get(GOOD, made["application_id"])["state"] == "offered"


def test_accepting_one_leaves_those_of_other_decisions(bank: Platform, papers: Papers, use: Applications) -> None:
    other = sent(bank, "15000")
    made = offered(bank, papers)
    use.accept(GOOD, made["offer_id"], "good", READ)
    assert use.get(GOOD, other["application_id"])["live"]


def test_an_offer_made_before_another_loan_was_accepted_stands_no_longer(
    bank: Platform, papers: Papers, use: Applications
) -> None:
    other = sent(bank, "15000")
    made = offered(bank, papers)
    use.accept(GOOD, made["offer_id"], "good", READ)
    use.advance(other["application_id"])
    with pytest.raises(RefusedError) as refused:
        use.accept(GOOD, other["offer_id"], "good", READ)
    assert refused.value.code == "owes_more"


def test_an_accepted_loan_counts_in_the_next_decision(bank: Platform, papers: Papers, use: Applications) -> None:
    before = bank.customers.facts(GOOD, bank.clock.now().date())
    made = offered(bank, papers)
    use.accept(GOOD, made["offer_id"], "good", READ)
    now = bank.customers.facts(GOOD, bank.clock.now().date())
    assert now.monthly_obligations == (before.monthly_obligations or 0) + Decimal(made["offer"]["instalment"])
    assert [loan.loan_id for loan in now.loans] == [*(one.loan_id for one in before.loans), made["application_id"]]
    dearer = a_quote(bank, GOOD, "15000")
    assert dearer["decision_id"] != made["decision_id"]
    assert use.apply(GOOD, ApplyAsk(dearer["offers"][0]["offer_id"], answers=ANSWERS), "good")["live"]


def test_one_decision_is_one_loan_however_many_of_its_offers_are_applied_for(
    bank: Platform, papers: Papers, use: Applications
) -> None:
    papers.all("accepted")
    first, second, third = (offer["offer_id"] for offer in a_quote(bank, GOOD, "20000")["offers"][:3])
    for offer_id in (first, second):
        assert use.apply(GOOD, ApplyAsk(offer_id, answers=ANSWERS), "good")["state"] == "offered"
    use.accept(GOOD, first, "good", READ)
    for offer_id in (second, third):
        with pytest.raises(RefusedError) as refused:
            use.accept(GOOD, offer_id, "good", READ)
        assert refused.value.code == "settled"
    assert sorted(one["state"] for one in use.of(GOOD)) == ["accepted", "declined"]


def test_what_is_not_offered_yet_or_ended_is_not_accepted(bank: Platform, papers: Papers, use: Applications) -> None:
    plain = an_offer(bank, GOOD, "12000")["offer_id"]
    with pytest.raises(RefusedError) as refused:
        use.accept(GOOD, plain, "good", READ)
    assert refused.value.code == "no_application"
    made = sent(bank)
    with pytest.raises(RefusedError) as refused:
        use.accept(GOOD, made["offer_id"], "good", READ)
    assert refused.value.code == "state"
    use.decline(GOOD, made["offer_id"], "good")
    with pytest.raises(RefusedError) as refused:
        use.accept(GOOD, made["offer_id"], "good", READ)
    assert refused.value.code == "settled"
    with pytest.raises(NotFoundError):
        use.accept(THIN, made["offer_id"], "thin", READ)


def test_an_offer_stands_through_its_last_day_and_no_longer(
    bank: Platform, papers: Papers, use: Applications, clock: HandClock
) -> None:
    made = offered(bank, papers)
    days = (bank.records.offers.get(made["offer_id"]).valid_until - clock.now().date()).days
    clock.move(days=days, hours=11)
    assert use.get(GOOD, made["application_id"])["state"] == "offered"
    clock.move(hours=1)
    with pytest.raises(RefusedError) as refused:
        use.accept(GOOD, made["offer_id"], "good", READ)
    assert refused.value.code == "expired"
    over = use.get(GOOD, made["application_id"])
    assert (over["state"], over["timeline"][-1]["by"]) == ("expired", "system")
    assert "expired" in told(bank)


def test_the_sweep_ends_everything_whose_time_is_over(bank: Platform, use: Applications, clock: HandClock) -> None:
    sent(bank)
    waits = referred(bank)
    assert use.expire_due() == 0
    clock.move(days=400)
    assert use.expire_due() == 1
    assert use.get(REVIEW, waits["application_id"])["state"] == "in_review"
    assert use.expire_due() == 0


def test_a_draft_that_nobody_touched_is_over(bank: Platform, use: Applications, clock: HandClock) -> None:
    decision = a_quote(bank, REVIEW, "10000")["decision_id"]
    draft = use.start(REVIEW, None, decision, "review")
    idle = timedelta(days=use.form.figure("draft_days", use.day()))
    clock.at += idle
    assert use.get(REVIEW, draft["application_id"])["state"] == "draft"
    clock.move(seconds=1)
    assert use.get(REVIEW, draft["application_id"])["state"] == "expired"


def test_declining_ends_offer_and_application(bank: Platform, papers: Papers, use: Applications) -> None:
    made = offered(bank, papers)
    gone = use.decline(GOOD, made["offer_id"], "good")
    assert gone["application"]["state"] == "declined"
    assert bank.records.offers.get(made["offer_id"]).state == "declined"
    with pytest.raises(RefusedError):
        use.decline(GOOD, made["offer_id"], "good")
    assert "declined" in told(bank)


def test_stepping_back_leaves_the_offer_open(bank: Platform, use: Applications) -> None:
    made = sent(bank)
    assert use.withdraw(GOOD, made["application_id"], "good")["state"] == "withdrawn"
    assert made["offer_id"] in {offer["offer_id"] for offer in use.open_offers(GOOD)}
    with pytest.raises(RefusedError):
        use.withdraw(GOOD, made["application_id"], "good")
    assert told(bank) == {"submitted", "withdrawn"}
