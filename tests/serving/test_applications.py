"""Applications from the draft to their end: what is asked, who may do what, what is told and written down."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from lending.adapters.tables import audit_events
from lending.domain.application import Collateral
from lending.domain.errors import InputError, NotFoundError, RefusedError
from lending.domain.money import money
from lending.settings import ROOT
from lending.yaml_text import read_tree
from serving.application_form import read_form
from serving.applications import Applications, ApplyAsk
from serving.assembly import Platform
from serving.fields import InvalidBody
from serving.formats import formats
from serving.identity import TooManyTriesError
from tests.applying import ABOUT_ME, ANSWERS, Papers, a_quote, an_offer, with_papers
from tests.bank import open_bank
from tests.conftest import HandClock

GOOD, THIN, REVIEW = "C00001", "C00004", "C00010"
READ = {"read_disclosure": "yes"}


@pytest.fixture
def bank(tmp_path: Path, clock: HandClock) -> Platform:
    place = open_bank(tmp_path)
    place.clock = clock  # type: ignore[assignment]
    place.records = open_bank_records(place)  # type: ignore[misc]
    return place


def open_bank_records(place: Platform) -> Any:
    """The same records on the clock that the test moves."""
    from lending.adapters.records import open_records

    return open_records(place.settings, place.clock)


@pytest.fixture
def papers(bank: Platform) -> Papers:
    return with_papers(bank)


@pytest.fixture
def use(bank: Platform, papers: Papers) -> Applications:
    return bank.applications


def told(bank: Platform) -> set[str]:
    """The kinds of what the customer was told; each is told once."""
    bank.delivery.run(100)
    kinds = [notice["kind"].removeprefix("application.") for notice in bank.messages.inbox(GOOD)]
    assert len(kinds) == len(set(kinds))
    return set(kinds)


def sent(bank: Platform, amount: str = "20000") -> dict[str, Any]:
    return bank.applications.apply(GOOD, ApplyAsk(an_offer(bank, GOOD, amount)["offer_id"], None, ANSWERS), "good")


def offered(bank: Platform, papers: Papers) -> dict[str, Any]:
    made = sent(bank)
    papers.all("accepted")
    assert bank.applications.advance(made["application_id"]) == "offered"
    return bank.applications.get(GOOD, made["application_id"])


def referred(bank: Platform) -> dict[str, Any]:
    decision = a_quote(bank, REVIEW, "10000")["decision_id"]
    return bank.applications.apply(REVIEW, ApplyAsk(None, decision, {**ANSWERS, **ABOUT_ME}), "review")


def fields(application: dict[str, Any], step: str) -> dict[str, Any]:
    return {f["name"]: f for s in application["steps"] if s["step"] == step for f in s["fields"]}


# ---- drafts


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
    assert shown["stated_income"]["slots"] == {"least": "$0", "most": "$100,000,000"}
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


# ---- sending


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


def test_where_nothing_was_checked_nothing_is_offered(bank: Platform, papers: Papers, use: Applications) -> None:
    papers.states.clear()
    assert use.advance(sent(bank)["application_id"]) == "submitted"


# ---- ends


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


def test_accepting_one_leaves_the_others(bank: Platform, papers: Papers, use: Applications) -> None:
    other = sent(bank, "15000")
    made = offered(bank, papers)
    use.accept(GOOD, made["offer_id"], "good", READ)
    assert use.get(GOOD, other["application_id"])["live"]


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


# ---- cases


def test_a_referred_decision_goes_to_a_person(bank: Platform, use: Applications) -> None:
    made = referred(bank)
    assert (made["state"], made["offer"], made["valid_until"]) == ("in_review", None, None)
    assert [(case["application_id"], case["why"]) for case in use.waiting()] == [(made["application_id"], "referred")]


def test_a_person_offers_what_the_decision_was_priced_at(bank: Platform, use: Applications) -> None:
    made = referred(bank)
    core = json.loads(bank.decisions.get(made["decision_id"]).core)
    case = use.decide(made["application_id"], "officer", "offer", "facts_confirmed", "Called them.")
    shown = use.get(REVIEW, made["application_id"])
    assert shown["state"] == "offered"
    assert {n: shown["offer"][n] for n in ("annual_rate", "instalment")} == {
        n: core["terms"][n] for n in ("annual_rate", "instalment")
    }
    assert (case["note"], case["ground"]) == ("Called them.", "facts_confirmed")
    assert "Called them." not in json.dumps(shown)
    accepted = use.accept(REVIEW, shown["offer_id"], "review", READ)
    assert accepted["state"] == "accepted"
    assert "made_by" in bank.records.offers.get(shown["offer_id"]).content.decode()


def test_what_the_bank_did_stands_in_the_audit_trail(bank: Platform, use: Applications) -> None:
    made = referred(bank)
    use.decide(made["application_id"], "officer", "refuse", "papers_missing", "private words")
    with bank.records.database.read() as connection:
        row = connection.execute(select(audit_events).order_by(audit_events.c.seq.desc())).first()
    assert row is not None
    assert (row.actor, row.act, row.subject) == ("officer", "application.refuse", made["application_id"])
    assert "papers_missing" in row.detail
    assert "private words" not in row.detail
    assert bank.records.audit.broken_at() is None


@pytest.mark.parametrize(("ground", "told_code"), [("papers_missing", "papers_missing"), ("screening", "general")])
def test_a_refusal_tells_its_ground_unless_it_is_silent(
    bank: Platform, use: Applications, ground: str, told_code: str
) -> None:
    made = referred(bank)
    use.decide(made["application_id"], "officer", "refuse", ground)
    shown = use.get(REVIEW, made["application_id"])
    assert (shown["state"], shown["refusal"]["code"]) == ("refused", told_code)
    assert "screening" not in json.dumps(shown)


def test_what_could_not_be_priced_is_not_offered(tmp_path: Path) -> None:
    bank = open_bank(tmp_path, model=False)
    with_papers(bank)
    decision = a_quote(bank, GOOD, "20000")["decision_id"]
    made = bank.applications.apply(GOOD, ApplyAsk(None, decision, ANSWERS), "good")
    with pytest.raises(RefusedError) as refused:
        bank.applications.decide(made["application_id"], "officer", "offer", "facts_confirmed")
    assert refused.value.code == "no_terms"
    assert bank.applications.get(GOOD, made["application_id"])["state"] == "in_review"


@pytest.mark.parametrize(
    ("act", "reason", "note"),
    [("offer", "papers_missing", ""), ("refuse", "", ""), ("burn", "x", ""), ("refuse", "papers_missing", "x" * 1001)],
)
def test_a_person_names_a_ground_of_the_act(
    bank: Platform, use: Applications, act: Any, reason: str, note: str
) -> None:
    made = referred(bank)
    with pytest.raises(InputError):
        use.decide(made["application_id"], "officer", act, reason, note)


def test_nobody_decides_a_case_that_waits_for_no_person(bank: Platform, use: Applications) -> None:
    made = sent(bank)
    with pytest.raises(RefusedError):
        use.decide(made["application_id"], "officer", "offer", "facts_confirmed")
    with pytest.raises(NotFoundError):
        use.decide("a_" + "a" * 26, "officer", "offer", "facts_confirmed")


# ---- offers and invitations


def test_only_so_many_offers_are_set_aside(bank: Platform, use: Applications) -> None:
    most = use.form.figure("saved_offers_most", use.day())
    for n in range(most):
        use.save_offer(GOOD, an_offer(bank, GOOD, str(10000 + 500 * n))["offer_id"])
    one_more = an_offer(bank, GOOD, "30000")["offer_id"]
    with pytest.raises(RefusedError):
        use.save_offer(GOOD, one_more)
    assert len(use.saved(GOOD)) == most
    with pytest.raises(NotFoundError):
        use.save_offer(THIN, one_more)


def test_a_saved_offer_says_whether_it_still_stands(bank: Platform, use: Applications, clock: HandClock) -> None:
    use.save_offer(GOOD, an_offer(bank)["offer_id"])
    assert use.saved(GOOD)[0]["stands"]
    clock.move(days=60)
    assert not use.saved(GOOD)[0]["stands"]
    assert use.open_offers(GOOD) == []


def test_who_agrees_may_sign_and_is_seen_by_name_alone(bank: Platform, use: Applications) -> None:
    made = use.invite(GOOD)
    said = use.answer(THIN, made["code"].replace("-", "").lower(), agree=True)
    assert said["name"] == bank.customers.name(GOOD)
    assert bank.customers.may_co_apply(GOOD, THIN)
    assert not bank.customers.may_co_apply(THIN, GOOD)
    listed = use.invitations(GOOD)
    assert [(one["state"], one["name"]) for one in listed] == [("agreed", bank.customers.name(THIN))]
    assert made["code"] not in json.dumps(listed)


def test_who_says_no_is_linked_to_nobody(bank: Platform, use: Applications) -> None:
    use.answer(THIN, use.invite(GOOD)["code"], agree=False)
    assert not bank.customers.may_co_apply(GOOD, THIN)
    assert [(one["state"], one["name"]) for one in use.invitations(GOOD)] == [("declined", None)]


def test_nobody_accepts_their_own_invitation(use: Applications) -> None:
    with pytest.raises(RefusedError) as refused:
        use.answer(GOOD, use.invite(GOOD)["code"], agree=True)
    assert refused.value.code == "own_invitation"


def test_a_code_works_once_and_for_some_days(use: Applications, clock: HandClock) -> None:
    used = use.invite(GOOD)["code"]
    clock.move(minutes=1)
    late = use.invite(GOOD)["code"]
    use.answer(THIN, used, agree=True)
    clock.move(days=use.form.figure("invitation_days", use.day()), seconds=1)
    said = []
    for code in (used, late, "AAAA-BBBB-CCCC-DDDD"):
        with pytest.raises(NotFoundError) as refused:
            use.answer("C00005", code, agree=True)
        said.append(str(refused.value))
    assert len(set(said)) == 1
    assert [one["state"] for one in use.invitations(GOOD)] == ["expired", "agreed"]


def test_guessing_codes_slows_down(use: Applications) -> None:
    code = use.invite(GOOD)["code"]
    for _ in range(use.form.figure("wrong_codes_free", use.day())):
        with pytest.raises(NotFoundError):
            use.answer(THIN, "AAAA-BBBB-CCCC-DDDD", agree=True)
    with pytest.raises(TooManyTriesError):
        use.answer(THIN, code, agree=True)
    use.answer("C00005", code, agree=True)


def test_only_so_many_invitations_a_day(use: Applications, clock: HandClock) -> None:
    for _ in range(use.form.figure("invitations_a_day", use.day())):
        use.invite(GOOD)
    with pytest.raises(RefusedError):
        use.invite(GOOD)
    clock.move(days=1)
    use.invite(GOOD)


# ---- the form


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_question_and_every_problem_has_words(language: str) -> None:
    form = read_form(ROOT / "kb", formats("us"))
    path = ROOT / "kb" / "wording" / "portal" / language / "apply_fields.yaml"
    words: Any = read_tree(path.name, path.read_text(encoding="utf-8"))
    for field in (*form.fields(), *form.accept):
        assert {"label", "hint", *field.options} == set(words[field.name])
    assert set(words["step"]) == {step.name for step in form.steps}
    told_grounds = set(form.grounds["refuse"]) - set(form.grounds["silent"])
    assert set(words["refused"]) == {"general", *told_grounds}
    names = {"missing", "too_long", "choice", "not_agreed", "email", "phone", "account", "money", "number", "date"}
    assert set(words["problem"]) == names


def test_conditions_of_questions_name_what_there_is(bank: Platform) -> None:
    form = bank.applications.form
    choices = {f.name: set(f.options) for f in form.fields() if f.kind == "choice"}
    work = {"salaried", "self_employed", "gig", "student", "retired", "unemployed"}
    known = choices | {
        "product": {*bank.policy.current.products, "gold_bullet"}, "employment_status": work, "joint": {"yes", "no"},
    }  # fmt: skip
    for field in form.fields():
        for name, words in (field.when or {}).items():
            assert set(words) <= known[name]
    person = replace(bank.customers.facts(GOOD, bank.clock.now().date()))
    assert all(hasattr(person, field.known) for field in form.fields() if field.known)
