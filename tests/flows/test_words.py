"""Texts on the command line: a decision explained, prompts shown, feedback reviewed, language watched."""

from __future__ import annotations

import json

import pytest

from flows.cli import run
from flows.parameters import LanguageRequest
from tests.builders import a_customer


@pytest.fixture
def decided(home):
    """The id of a decision; no model decides here, so a person has to look."""
    from lending.domain.money import money
    from serving.assembly import platform
    from serving.decide import LoanAsk

    place = platform()
    place.customers.add([a_customer("C00001")])
    ask = LoanAsk("car", money("12000"), 48)
    return place.advice.quote("C00001", ask, channel="test", actor="test")["decision_id"]


def said(capsys, line, code=0):
    assert run([*line, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_decision_is_explained_and_its_text_replays(decided, capsys):
    text = said(capsys, ["explain", decided])
    assert "person to look" in text["body"]
    assert text["written_by"] == "template"
    assert said(capsys, ["replay", decided])["equal"] == 1


def test_the_officer_s_summary_tells_the_facts(decided, capsys):
    assert "credit score of 760" in said(capsys, ["explain", decided, "--staff"])["body"]


def test_an_unknown_decision_is_one_sentence(decided, capsys):
    assert run(["explain", "d_" + "a" * 26]) == 2
    assert "there is no decision" in capsys.readouterr().err


def test_people_read_sentences_with_their_sources(decided, capsys):
    assert run(["explain", decided]) == 0
    assert "Written by template." in capsys.readouterr().out


def test_prompts_are_shown_with_their_shares(home, capsys):
    found = said(capsys, ["kb", "prompts", "--no-sync"])
    assert found["new_in_mlflow"] == []
    assert {"reword@1"} <= {row["prompt"] for row in found["prompts"]}
    assert sum(float(row["share"]) for row in found["prompts"] if row["prompt"].startswith("reword@")) == 1


def test_feedback_is_listed_and_reviewed_once(decided, capsys):
    from serving.assembly import platform
    from serving.feedback import Say

    row = platform().feedbacks.take("C00001", Say("decision", decided, "down", "missing", "Say more."))
    assert [r["comment"] for r in said(capsys, ["kb", "feedback", "list"])["feedback"]] == ["Say more."]
    done = said(capsys, ["kb", "feedback", "accept", row.feedback_id, "--by", "risk"])
    assert (done["state"], done["traced"]) == ("accepted", False)
    assert run(["kb", "feedback", "reject", row.feedback_id, "--by", "officer"]) == 1
    capsys.readouterr()
    assert said(capsys, ["kb", "feedback", "list"])["feedback"] == []
    assert run(["kb", "feedback", "list", "--state", "lost"]) == 2


def test_the_flow_brings_traces_and_prompts_and_sums_up(decided, prefect_server, capsys):
    from flows.monitor_language import monitor_language
    from serving.assembly import platform

    said(capsys, ["explain", decided])
    done = monitor_language(LanguageRequest(days=1))
    assert done["watched"]["alarms"] == []
    assert done["traces"] == 1
    assert "reword@1" in done["prompts"]
    assert [score["kind"] for score in done["scores"]] == ["explanation"]
    assert platform().records.generations.untraced(1) == []
