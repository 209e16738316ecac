"""A new index answers only when it finds what it must; the one before answers until then."""

import pytest

from lending.domain.errors import PolicyError, RefusedError
from rag.adapters.embedded_index import EmbeddedIndex
from rag.approvals import APPROVALS, approve, read_approvals
from rag.documents import read_document
from rag.golden import Question
from rag.refresh import refresh
from rag.retrieve import Retrieval
from tests.rag.conftest import TODAY, Written, a_library, a_text

FEE = a_text("late-fee")
EARLY = a_text("early", title="Paying back early", body="You may repay at any time, free of charge.")
BOTH = {"documents/a.md": FEE, "documents/b.md": EARLY}
ASKED = [
    Question("what if I pay late", "late-fee", "report"),
    Question("repay ahead of time", "early", "report"),
    Question("what is the weather in Boston", None, "report"),
]


@pytest.fixture
def retrieval(tmp_path, embedder):
    return Retrieval(EmbeddedIndex(tmp_path / "index"), embedder)


def run(retrieval, texts, approved=None, questions=ASKED):
    return refresh(Written(texts, approved), retrieval, a_library(questions=questions), lambda share, text: None)


def test_an_index_that_finds_enough_answers(retrieval):
    release = run(retrieval, BOTH)
    assert release.switched
    assert retrieval.index.current == release.version
    assert release.report.recall_at_5 == 1.0
    assert release.report.refused_right == 1.0


def test_an_index_that_finds_too_little_is_refused_and_the_old_one_goes_on(retrieval):
    first = run(retrieval, BOTH)
    wrong = {**BOTH, "documents/a.md": a_text("late-fee", title="Of bees", body="Bees collect honey.")}
    texts = {**wrong, **{f"documents/{n}.md": a_text(f"late-{n}", body="What if I pay late.") for n in range(6)}}
    second = run(retrieval, texts)
    assert not second.switched
    assert "refused" in second.why
    assert retrieval.index.current == first.version
    assert list(retrieval.index.versions()) == [first.version]


def test_a_text_that_nobody_approved_is_left_out_and_named(retrieval):
    release = run(retrieval, BOTH, {read_document("documents/b.md", EARLY).sha256: "risk"}, ASKED[1:])
    assert release.unapproved == ("late-fee@1",)
    assert "late-fee" not in {p.doc_id for p in retrieval.index.passages()}


def test_with_no_approved_text_at_all_nothing_is_built(retrieval):
    with pytest.raises(RefusedError, match="approved"):
        run(retrieval, BOTH, {})
    assert retrieval.index.current is None


def test_one_wrong_text_stops_the_release_before_anything_is_written(retrieval):
    with pytest.raises(PolicyError, match=r"documents/c.md"):
        run(retrieval, {**BOTH, "documents/c.md": "no front matter"})
    assert list(retrieval.index.versions()) == []


def test_only_what_changed_is_embedded_again_and_changes_are_listed(retrieval):
    first = run(retrieval, BOTH)
    again = run(retrieval, BOTH)
    assert first.embedded > 2
    assert again.embedded == 0
    changed = run(retrieval, {**BOTH, "documents/a.md": a_text("late-fee", body="A late fee of a new kind is due.")})
    assert changed.changed == ("late-fee@1 Paying late",)
    assert changed.embedded == 1
    gone = run(retrieval, {"documents/b.md": EARLY}, questions=ASKED[1:])
    assert gone.vanished == ("late-fee@1 Paying late",)


def test_the_notes_on_the_reference_rate_need_no_second_person(retrieval):
    run(retrieval, BOTH)
    notes = {p.doc_id for p in retrieval.index.passages()} - {"late-fee", "early"}
    assert notes == {"rate-note-us", "rate-trend-us"}


def test_nobody_approves_their_own_text():
    with pytest.raises(RefusedError, match="cannot approve"):
        approve("", read_document("documents/a.md", FEE), "Anna", "anna ", TODAY)


def test_an_approval_holds_for_one_text_alone():
    document = read_document("documents/a.md", FEE)
    approvals = read_approvals(APPROVALS, approve("", document, "scientist", "risk", TODAY))
    assert approvals == {document.sha256: "risk"}
    assert read_document("documents/a.md", FEE + "\nOne more line.").sha256 not in approvals


def test_an_approvals_file_by_one_person_is_refused():
    entry = "fee@1: {sha256: " + "a" * 64 + ", written_by: risk, approved_by: risk, approved_on: 2026-01-01}"
    with pytest.raises(PolicyError, match="approved_by"):
        read_approvals(APPROVALS, entry)
