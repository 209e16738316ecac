"""How texts do: shares with intervals, times, what is asked most without naming anybody, alarms, one text opened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from lending.adapters.tables import audit_events
from lending.domain.errors import NotFoundError
from lending.word_ports import GenerationRow
from serving.assembly import Platform
from serving.feedback import Say
from serving.language_alarms import due, watch_texts
from serving.language_quality import LanguageRules, figures, percentile, share
from serving.parse import loan_ask
from serving.parse_chat import ChatAsk
from tests.bank import open_bank, with_knowledge
from tests.conftest import HandClock

RULES = LanguageRules(28, 3, 0.35, 0.10, 7, 20)
REFUSED = "C00002"


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Platform]:
    place = open_bank(tmp_path, clock=HandClock(datetime(2026, 11, 18, 12, tzinfo=UTC)))
    yield place
    place.records.database.engine.dispose()


def write(bank: Platform, count: int, *, days_ago: int = 0, customers: int = 1, **changes: Any) -> list[str]:
    """Texts of the assistant, asked in turn by so many customers."""
    at, names = bank.clock.now() - timedelta(days=days_ago), []
    for number in range(count):
        names.append(f"g_{days_ago}_{len(bank.records.generations.since(datetime(2000, 1, 1, tzinfo=UTC)))}")
        given = {
            "kind": "chat", "prompt": "reword@1", "model": "small", "written_by": "model", "failures": (),
            "milliseconds": 100, "cached": False, "detail": {"intents": ["fees"], "passages": []}, **changes,
        }  # fmt: skip
        bank.records.generations.add(
            GenerationRow(
                generation_id=names[-1], customer_id=f"C{number % customers + 1:05}", decision_id=None,
                index_version="kb-v0001", tokens_in=10, tokens_out=5, cost=Decimal("0.001"), at=at, **given,
            )
        )  # fmt: skip
    return names


def acts(bank: Platform) -> list[tuple[str, str, str]]:
    with bank.records.database.look() as connection:
        rows = connection.execute(select(audit_events).order_by(audit_events.c.seq)).all()
    return [(row.actor, row.act, row.subject) for row in rows]


def test_shares_have_an_interval_and_nothing_has_none() -> None:
    assert share(0, 0) is None
    told = share(5, 10)
    assert told is not None
    assert (round(told["low"], 3), told["value"], round(told["high"], 3), told["of"]) == (0.237, 0.5, 0.763, 10)
    assert figures([])["p95_ms"] is None


def test_a_percentile_is_the_time_within_which_that_part_was_done() -> None:
    took = {10: 50, 20: 45, 900: 5}
    assert (percentile(took, 0.5), percentile(took, 0.95), percentile(took, 0.96)) == (10, 20, 900)


def test_the_report_counts_texts_and_what_the_checks_caught(bank: Platform) -> None:
    write(bank, 6)
    write(bank, 2, written_by="template", failures=(("figure", "# of"), ("cites", "none")), milliseconds=900)
    write(bank, 2, cached=True, milliseconds=0)
    write(bank, 1, days_ago=3, prompt="", model="", written_by="template")
    totals = bank.language_quality.report(7)["totals"]
    assert (totals["texts"], totals["anew"], totals["asked"]) == (11, 9, 8)
    assert (totals["failed"]["value"], totals["cached"]["value"]) == (2 / 9, 2 / 11)
    assert (totals["template"]["value"], totals["cost_usd"]) == (3 / 11, "0.011")
    assert (totals["p50_ms"], totals["p95_ms"]) == (100, 900)
    assert [line["name"] for line in bank.language_quality.report(7)["failures"]] == ["figure", "cites"]
    assert bank.language_quality.report(2)["totals"]["texts"] == 10


def test_every_day_of_the_span_has_its_place_also_without_a_text(bank: Platform) -> None:
    write(bank, 2, days_ago=2)
    days = bank.language_quality.report(4)["periods"]
    assert [(one["period"], one["texts"]) for one in days] == [
        ("2026-11-15", 0), ("2026-11-16", 2), ("2026-11-17", 0), ("2026-11-18", 0)
    ]  # fmt: skip
    weeks = bank.language_quality.report(14, "week")["periods"]
    assert [(one["period"], one["texts"]) for one in weeks] == [("2026-11-02", 0), ("2026-11-09", 0), ("2026-11-16", 2)]


def test_what_few_customers_asked_is_counted_and_not_named(bank: Platform) -> None:
    write(bank, 6, customers=5)
    write(bank, 9, customers=4, detail={"intents": ["crisis"], "passages": ["rare@1#1"]})
    asked = bank.language_quality.report()["asked"]
    assert asked["intents"] == [{"name": "fees", "count": 6}]
    assert (asked["passages"], asked["left_out"], asked["least_people"]) == ([], 2, 5)


def test_a_report_repeats_nothing_that_a_customer_wrote_or_was_told(bank: Platform) -> None:
    place = with_knowledge(bank)
    said = list(place.chat.say(REFUSED, ChatAsk("My name is Rumpelstiltskin and what are the fees?")))
    place.feedbacks.take(REFUSED, Say("generation", said[-1][1]["generation_id"], "down", "unkind", "Zounds!"))
    told = json.dumps([place.language_quality.report(), place.language_texts.complaints(7)])
    for secret in ("Rumpelstiltskin", "Zounds", REFUSED):
        assert secret not in told


def test_the_refused_customers_thumb_leads_to_the_text_it_is_about(bank: Platform) -> None:
    place = with_knowledge(bank)
    ask = loan_ask({"product": "car", "amount": "90000", "term_months": 60})
    decision = str(place.quotes.quote(REFUSED, ask, channel="test", actor="refused")["decision_id"])
    list(place.words.explanation(REFUSED, decision, "refused"))
    place.feedbacks.take(REFUSED, Say("decision", decision, "down", "unkind", "Why me?"))
    (complaint,) = place.language_texts.complaints(7, "risk")
    assert (complaint["reason"], complaint["comment"]) == ("unkind", "Why me?")
    facts = place.language_texts.facts(complaint["generation_id"])
    assert (facts["kind"], facts["decision_id"], facts["passages"] != []) == ("explanation", decision, True)
    read = place.language_texts.read(complaint["generation_id"], "risk")
    assert [turn["speaker"] for turn in read["turns"]] == ["text"]
    assert read["turns"][0]["text"]
    assert [one["comment"] for one in read["opinions"]] == ["Why me?"]
    assert acts(place)[-2:] == [
        ("risk", "feedback.read", "language"), ("risk", "text.read", complaint["generation_id"])
    ]  # fmt: skip


def test_an_answer_of_the_assistant_opens_with_its_conversation(bank: Platform) -> None:
    place = with_knowledge(bank)
    first = list(place.chat.say(REFUSED, ChatAsk("What fees are there?")))[-1][1]
    list(place.chat.say(REFUSED, ChatAsk("And early repayment?", first["conversation_id"])))
    turns = place.language_texts.read(first["generation_id"], "risk")["turns"]
    assert [(turn["speaker"], turn["mine"]) for turn in turns] == [
        ("customer", False), ("assistant", True), ("customer", False), ("assistant", False)
    ]  # fmt: skip
    assert turns[0]["text"] == "What fees are there?"


def test_somebody_without_the_right_words_reads_no_comment_and_leaves_no_mark(bank: Platform) -> None:
    (name,) = write(bank, 1)
    bank.feedbacks.take("C00001", Say("generation", name, "down", "other", "Secret."))
    (complaint,) = bank.language_texts.complaints(7)
    assert (complaint["comment"], complaint["has_comment"]) == ("", True)
    assert "Secret" not in json.dumps(bank.language_texts.facts(name))
    assert not [act for _, act, _ in acts(bank) if act in ("text.read", "feedback.read")]


def test_an_erased_customers_text_opens_no_more(bank: Platform) -> None:
    place = with_knowledge(bank)
    name = list(place.chat.say(REFUSED, ChatAsk("What fees are there?")))[-1][1]["generation_id"]
    place.records.envelopes.erase(REFUSED)
    assert place.language_texts.facts(name)["kind"] == "chat"
    with pytest.raises(NotFoundError):
        place.language_texts.read(name, "risk")


@pytest.mark.parametrize(
    ("down", "of", "failed", "anew", "expected"),
    [
        (0, 0, 0, 0, []),
        (19, 19, 0, 100, []),  # too few to say
        (8, 20, 0, 100, []),  # 40 %, but chance alone may make it of 30 %
        (14, 20, 0, 100, ["thumbs_down"]),
        (0, 20, 30, 100, ["failed"]),
        (14, 20, 30, 100, ["thumbs_down", "failed"]),
    ],
)
def test_an_alarm_needs_enough_counted_and_a_whole_interval_above_the_limit(
    down: int, of: int, failed: int, anew: int, expected: list[str]
) -> None:
    lately = {
        "since": "2026-11-12",
        "until": "2026-11-18",
        "thumbs_down": share(down, of),
        "failed": share(failed, anew),
    }
    assert [alarm.cause_key for alarm in due(lately, RULES)] == expected


def test_more_failed_checks_than_the_rules_let_ring_once_and_say_the_share(bank: Platform) -> None:
    write(bank, 12)
    write(bank, 12, failures=(("figure", "# of"),))
    first, again = (watch_texts(bank.language_quality, bank.alarm_desk) for _ in range(2))
    assert [(one["act"]) for one in first["alarms"]] == ["opened"]
    assert [(one["act"]) for one in again["alarms"]] == ["known"]
    (alarm,) = bank.alarm_desk.alarms.list(("open",), "language")
    assert str(alarm.content["cause"]).startswith("50% of 24 new texts failed a check at first")
