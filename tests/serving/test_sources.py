"""What a claim cites: the right document, for its day, its reader and its market."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rag.chunk import passages
from rag.content import Claim
from serving.sources import Sources
from tests.rag.conftest import the_documents
from tests.serving.word_bank import HeldIndex

CLAIM = Claim("found", "Fixed costs with this loan would take {value} of your take-home income.", topic="fixed-costs")
CUSTOMER = ("customer",)


@pytest.fixture(scope="module")
def held() -> HeldIndex:
    return HeldIndex([p for d in the_documents() for p in passages(d)])


def cited(
    held: HeldIndex, claim: Claim, day: date = date(2026, 11, 21), readers: tuple[str, ...] = CUSTOMER
) -> list[str]:
    claims, found = Sources(held, "us").cite([claim], day, readers)  # type: ignore[arg-type]
    assert set(claims[0].cites) == set(found)
    return [f"{p.doc_id}@{p.version}" for p in found.values()]


def test_a_superseded_document_is_cited_for_its_day_and_not_for_today(held: HeldIndex) -> None:
    assert cited(held, CLAIM) == ["fixed-costs@2"]
    assert cited(held, CLAIM, date(2024, 5, 1)) == ["fixed-costs@1"]
    assert cited(held, CLAIM, date(2020, 1, 1)) == []


def test_a_text_for_staff_is_cited_to_staff_alone(held: HeldIndex) -> None:
    claim = replace(CLAIM, text="A person decides on a referral.", topic="staff-referrals")
    assert cited(held, claim) == []
    assert cited(held, claim, readers=("customer", "staff")) == ["staff-referrals@1"]


def test_a_document_that_shares_no_word_is_not_cited(held: HeldIndex) -> None:
    assert cited(held, replace(CLAIM, text="Bees collect honey.")) == []
    assert cited(held, replace(CLAIM, topic="")) == []


def test_a_new_index_is_read_anew() -> None:
    first = HeldIndex([p for d in the_documents() for p in passages(d)])
    sources = Sources(first, "us")  # type: ignore[arg-type]
    assert sources.cite([CLAIM], date(2026, 11, 21), CUSTOMER)[1]
    first.held, first.current = [], "kb-v0002"
    assert sources.cite([CLAIM], date(2026, 11, 21), CUSTOMER)[1] == {}
