"""The knowledge base on the command line: index, search, measure, approve, go back."""

import json
import shutil

import pytest

from flows.cli import run
from lending.settings import ROOT


@pytest.fixture
def kb(home, monkeypatch):
    """A copy of the knowledge base that a test may write to."""
    folder = home / "kb"
    shutil.copytree(ROOT / "kb", folder)
    monkeypatch.setenv("CANDOR_KB", str(folder))
    from serving.assembly import platform

    platform.cache_clear()
    return folder


def said(capsys, line, code=0):
    assert run([*line, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_an_index_is_built_and_answers_offline(kb, capsys):
    release = said(capsys, ["kb", "index"])
    assert release["switched"]
    assert release["report"]["recall_at_5"] >= 0.9
    found = said(capsys, ["kb", "search", "can a student get a car loan"])["passages"]
    assert {"students", "car-loan"} <= {p["doc_id"] for p in found}
    assert set(found[0]) >= {"doc_id", "title", "version", "text", "score"}


@pytest.mark.full
def test_a_text_that_changed_is_not_indexed_until_a_second_person_approves_it(kb, capsys):
    said(capsys, ["kb", "index"])
    file = kb / "documents" / "fees" / "fees.md"
    file.write_text(file.read_text() + "\nA copy of a contract is free as well.\n")
    assert said(capsys, ["kb", "index"])["unapproved"] == ["fees@1"]
    assert run(["kb", "approve", "fees", "--written-by", "risk", "--by", "risk"]) == 1
    capsys.readouterr()
    said(capsys, ["kb", "approve", "fees", "--written-by", "scientist", "--by", "risk"])
    again = said(capsys, ["kb", "index"])
    assert again["unapproved"] == []
    assert again["embedded"] == 1


@pytest.mark.full
def test_one_command_goes_back_to_the_index_before(kb, capsys):
    first = said(capsys, ["kb", "index"])["version"]
    second = said(capsys, ["kb", "index"])["version"]
    assert second != first
    assert said(capsys, ["kb", "rollback"]) == {"version": first}
    assert run(["kb", "rollback"]) == 1


@pytest.mark.full
def test_what_a_citation_leads_to_can_be_opened(kb, capsys):
    said(capsys, ["kb", "index"])
    cited = said(capsys, ["kb", "ask", "is there a penalty for settling ahead of time"])["citations"]
    for one in cited:
        (passage,) = said(capsys, ["kb", "show", one["passage"]])["passages"]
        assert passage["text"]
    assert len(said(capsys, ["kb", "show", "fees"])["passages"]) > 1
    assert run(["kb", "show", "staff-pricing"]) == 2
    assert said(capsys, ["kb", "show", "staff-pricing", "--staff"])["passages"]


@pytest.mark.full
def test_what_nothing_answers_is_said_so(kb, capsys):
    said(capsys, ["kb", "index"])
    assert said(capsys, ["kb", "search", "how do I cook rice"]) == {"passages": []}


@pytest.mark.full
def test_texts_for_staff_need_the_switch(kb, capsys):
    said(capsys, ["kb", "index"])
    asked = ["kb", "search", "what is the pricing formula"]
    assert "staff-pricing" not in {p["doc_id"] for p in said(capsys, asked)["passages"]}
    assert said(capsys, [*asked, "--staff"])["passages"][0]["doc_id"] == "staff-pricing"


@pytest.mark.full
def test_the_halves_of_the_golden_questions_are_measured_apart(kb, capsys):
    said(capsys, ["kb", "index"])
    found = said(capsys, ["kb", "evaluate"])
    assert found.pop("texts") == []
    assert set(found) == {"development", "report", "fresh_development", "fresh_report"}
    assert all(half["recall_at_5"] >= 0.9 and half["refused_wrong"] <= 0.06 for half in found.values())


def test_a_search_without_an_index_says_what_to_run(kb, capsys):
    assert run(["kb", "search", "fees"]) == 3
    assert "candor kb index" in capsys.readouterr().err


def test_an_answer_is_the_document_s_own_words_with_its_source(kb, capsys):
    said(capsys, ["kb", "index"])
    found = said(capsys, ["kb", "ask", "can you approve my loan in this chat"])
    assert found["found"]
    assert "cannot approve a loan" in found["answer"]
    assert {c["doc_id"] for c in found["citations"]} == {"assistant"}
    assert said(capsys, ["kb", "ask", "how do I cook rice"])["found"] is False
