"""Decisions in words: told from the record, with sources, chained, kept and noted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from lending.adapters.tables import attachments
from lending.domain.errors import NotFoundError
from lending.domain.money import money
from rag.events import DoneEvent, Event, ReplaceEvent, SentenceEvent
from rag.ports import LanguageModel
from rag.verify import verify
from serving.decide import LoanAsk
from serving.grounds import case_of, grounded, ledger_for, stated
from serving.stored_texts import checked
from tests.rag.writers import Gone, Writer, faithful, lying
from tests.serving.word_bank import WordBank

Bank = Callable[..., WordBank]


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    made: list[WordBank] = []

    def open_bank(writer: LanguageModel | None = None, **more: Any) -> WordBank:
        made.append(WordBank(tmp_path / str(len(made)), writer, **more))
        return made[-1]

    yield open_bank
    for one in made:
        one.records.database.engine.dispose()


def done(events: Iterator[Event]) -> DoneEvent:
    *_, last = events
    assert isinstance(last, DoneEvent)
    return last


def explained(place: WordBank, quote: dict[str, Any], customer: str = "C1") -> DoneEvent:
    return done(place.words.explanation(customer, quote["decision_id"], "user1"))


def test_an_approval_is_explained_from_its_record_with_sources(bank: Bank) -> None:
    place = bank()
    quote = place.quote()
    told = explained(place, quote).worded
    best = next(o for o in quote["offers"] if o["recommended"])
    assert f"${float(best['instalment']):,.2f}" in told.body
    assert {"offers", "fees", "how-the-rate-is-set", "quote-validity"} <= {c.doc_id for c in told.citations}
    assert all(c.text for c in told.citations)
    assert told.written_by == "template"


def test_without_an_index_the_text_is_told_and_cites_nothing(bank: Bank) -> None:
    place = bank(indexed=False)
    told = explained(place, place.quote()).worded
    assert told.citations == ()
    assert len(told.sentences) >= 4


def test_a_refusal_says_why_and_what_helps_and_never_meets_a_model(bank: Bank) -> None:
    writer = Writer(faithful)
    place = bank(writer)
    quote = place.quote("90000")
    assert quote["outcome"] == "decline"
    told = explained(place, quote).worded
    assert quote["reasons"][0]["text"] in told.body
    assert ("A way on" in told.body) is bool(quote["recourse"])
    assert writer.tasks == []


def test_a_flagged_customer_reads_only_that_a_person_looks(bank: Bank) -> None:
    place = bank()
    told = explained(place, place.quote(customer="C3"), "C3").worded
    assert "a person to look" in told.body
    assert not {"sanction", "screen", "flag"} & set(told.body.lower().split())


def test_the_text_of_a_model_is_kept_and_told_again_without_it(bank: Bank) -> None:
    writer = Writer(faithful)
    place = bank(writer)
    quote = place.quote()
    first, second = explained(place, quote), explained(place, quote)
    assert (first.cached, second.cached) == (False, True)
    assert second.worded.sentences == first.worded.sentences
    assert second.worded.citations == first.worded.citations
    assert len(writer.tasks) == 1
    assert first.worded.written_by == writer.name


def test_a_kept_text_is_not_told_once_it_stopped_passing(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer(faithful)
    place = bank(writer)
    quote = place.quote()
    explained(place, quote)
    held = place.records.kept_texts.get
    changed = lambda _, customer, key: (held(customer, key) or b"").replace(b"$", b"$9")  # noqa: E731
    monkeypatch.setattr(type(place.records.kept_texts), "get", changed)
    assert explained(place, quote).cached is False
    assert len(writer.tasks) == 2


def test_a_model_that_was_away_is_asked_again_next_time(bank: Bank) -> None:
    place = bank(Gone())
    quote = place.quote()
    assert explained(place, quote).cached is False
    assert explained(place, quote).cached is False


def test_how_a_text_came_about_is_noted_without_a_figure(bank: Bank) -> None:
    place = bank(Writer(lying))
    quote = place.quote()
    noted = place.records.generations.get(explained(place, quote).generation_id)
    assert (noted.kind, noted.written_by, noted.decision_id) == ("explanation", "template", quote["decision_id"])
    assert noted.prompt == "reword@1"
    assert noted.failures
    assert not any(c.isdigit() for failure in noted.failures for c in "".join(failure))
    assert set(noted.detail["took"]) == {"plan", "retrieve", "verify", "word"}
    assert noted.detail["passages"]


def test_a_text_is_chained_to_its_decision_and_replays(bank: Bank) -> None:
    place = bank(Writer(faithful))
    quote = place.quote()
    explained(place, quote)
    (content,) = place.records.attached.of(quote["decision_id"], "text")
    told = json.loads(content)
    assert told["kind"] == "explanation"
    assert told["passages"]
    assert told["entries"]
    assert place.replay.run([quote["decision_id"]]).clean


@pytest.mark.parametrize("change", ["figure", "passage"])
def test_a_stored_text_that_its_record_no_longer_backs_counts_as_different(bank: Bank, change: str) -> None:
    place = bank()
    quote = place.quote()
    explained(place, quote)
    (content,) = place.records.attached.of(quote["decision_id"], "text")
    told = json.loads(content)
    if change == "figure":
        told["sentences"][0]["text"] = "You borrow $99,999 and pay back $100,000 over 3 years."
    else:
        told["passages"] = {}
    place.records.decisions.attach(quote["decision_id"], "text", json.dumps(told).encode(), "somebody")
    report = place.replay.run([quote["decision_id"]])
    assert report.different == (quote["decision_id"],)
    assert "explanation no longer passes" in report.statuses[0][2]


def test_a_text_swapped_in_the_database_is_tampered(bank: Bank) -> None:
    place = bank()
    quote = place.quote()
    explained(place, quote)
    with place.records.database.write() as connection:
        connection.execute(update(attachments).where(attachments.c.kind == "text").values(envelope=b"0" * 64))
    assert not place.replay.run([quote["decision_id"]]).clean


def test_what_belongs_to_somebody_else_is_not_there(bank: Bank) -> None:
    place = bank()
    quote = place.quote()
    with pytest.raises(NotFoundError) as theirs:
        place.words.explanation("C2", quote["decision_id"], "user2")
    with pytest.raises(NotFoundError) as none:
        place.words.explanation("C2", "d_" + "a" * 26, "user2")
    assert str(theirs.value) == str(none.value)


def test_two_offers_are_compared_each_with_its_own_figures(bank: Bank) -> None:
    place = bank(Writer(faithful))
    quote = place.quote()
    one, other = quote["offers"][0], quote["offers"][-1]
    told = done(
        place.words.comparison("C1", quote["decision_id"], (one["offer_id"], other["offer_id"]), "user1")
    ).worded
    assert "lower" in told.body or "less" in told.body
    assert told.written_by != "template"
    assert place.replay.run([quote["decision_id"]]).clean
    with pytest.raises(NotFoundError):
        place.words.comparison("C1", quote["decision_id"], (one["offer_id"], "o_" + "a" * 26), "user1")


@pytest.mark.parametrize(("customer", "amount"), [("C1", "15000"), ("C1", "90000"), ("C3", "15000")])
def test_a_case_summary_tells_staff_what_is_on_record(bank: Bank, customer: str, amount: str) -> None:
    place = bank()
    quote = place.quote(amount, customer)
    told = done(place.words.case_summary(quote["decision_id"], "officer")).worded
    assert "income of $7,000 a month" in told.body
    assert "credit score of 760" in told.body
    assert told.failures == ()
    assert not {"sanctions", "flagged"} & set(told.body.lower().split())
    assert place.replay.run([quote["decision_id"]]).clean


def test_an_analysis_picks_the_loan_made_for_the_need_and_records_no_decision(bank: Bank) -> None:
    place = bank()
    ask = LoanAsk("car", money("12000"), 48)
    table, events = place.words.analysis("C1", ask, "car", "user1")
    told = done(events).worded
    assert {line.product for line in table} == {"car", "home", "gold", "education"}
    assert "we recommend the car loan" in told.body
    assert told.failures == ()
    assert list(place.records.decisions.ids()) == []


@pytest.mark.parametrize("need", [None, "home", "gold"])
def test_an_analysis_never_picks_a_loan_for_something_else(bank: Bank, need: str | None) -> None:
    place = bank()
    _, events = place.words.analysis("C1", LoanAsk("car", money("12000"), 48), need, "user1")
    assert "we recommend" not in done(events).worded.body


def test_every_state_of_an_application_has_its_words(bank: Bank) -> None:
    place = bank()
    day = place.clock.now().date()
    for state in (
        "draft",
        "submitted",
        "in_review",
        "offered",
        "accepted",
        "declined",
        "withdrawn",
        "expired",
        "refused",
    ):
        told = place.words.status(state, day)
        assert len(told.sentences) == 2
        assert told.failures == ()
        assert told.citations
    with pytest.raises(NotFoundError):
        place.words.status("lost")


@pytest.mark.parametrize("writer", [Writer(faithful), Writer(lying), None], ids=["faithful", "lying", "none"])
@pytest.mark.parametrize("amount", ["3000", "15000", "40000", "90000"])
def test_whatever_is_shown_passes_the_checks_of_its_record(bank: Bank, writer: Writer | None, amount: str) -> None:
    place = bank(writer)
    quote = place.quote(amount)
    for event in place.words.explanation("C1", quote["decision_id"], "user1"):
        shown = event.sentences if isinstance(event, ReplaceEvent) else ()
        shown = (event.sentence,) if isinstance(event, SentenceEvent) else shown
        case = case_of(place.records.decisions.get(quote["decision_id"]), place.records.attached, place.policy)
        passages = {p.id: p.read for p in place.index.passages()}
        ledger = ledger_for(case, "explanation", ())
        assert verify(shown, grounded(ledger, stated(case.result), passages, quote["outcome"])) == []


def test_a_stored_text_of_another_schema_does_not_pass(bank: Bank) -> None:
    place = bank()
    quote = place.quote()
    case = case_of(place.records.decisions.get(quote["decision_id"]), place.records.attached, place.policy)
    assert checked(case, {"schema": "text/9", "kind": "explanation"})[0].check == "schema"
