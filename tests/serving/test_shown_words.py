"""Answers of a batch, written from shared words, are to the letter those of each request alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from lending.domain.application import Application
from lending.domain.decision import decide
from lending.domain.shared_findings import SharedFindings
from serving.shown import result
from serving.shown_words import ShownWords, json_text
from tests.builders import AS_OF, an_assessment, the_policy
from tests.lending.domain.test_shared_findings import applications, few


@given(
    st.lists(
        st.tuples(applications, few(["0.010000", "0.300000", None]), few([0, 400]), few(["applicant", "co_applicant"])),
        min_size=1,
        max_size=6,
    )
)
def test_shared_words_say_what_each_answer_says_alone(asked: list[tuple[Application, str | None, int, str]]) -> None:
    look, words, policy = SharedFindings().check, ShownWords(), the_policy()
    for number, (application, pd, later, whose) in enumerate(asked):
        person = whose if application.co_applicant else "applicant"
        word = None if pd is None else replace(an_assessment(pd), person=person)  # type: ignore[arg-type]
        day = AS_OF + timedelta(days=later)
        said = (application, word, decide(application, word, policy, day, look), policy, day, f"d_{number}")
        assert words.result(*said) == json_text(result(*said))


def test_what_json_does_not_know_is_written_as_text() -> None:
    assert json_text({"id": Decimal("1.50"), "who": "é"}) == '{"id":"1.50","who":"\\u00e9"}'
