"""The sheet as page and as PDF, and the words it is made of."""

from __future__ import annotations

import re
import sys
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lending.domain.errors import PolicyError, UnavailableError
from lending.settings import ROOT
from serving.letters import disclosure_html, disclosure_pdf, notice_html, notice_pdf
from serving.letters.page import content_policy, to_pdf
from serving.letters.wording import parse_wording, wording
from serving.letters.wording_keys import TEXTS
from tests.builders import AS_OF, the_policy
from tests.serving.letter_cases import (
    WRITTEN,
    a_core,
    a_declined_core,
    an_approved_core,
    an_offer,
    seen,
    the_indian_policy,
)

NO_PDF = "no PDF: install the extra letters (WeasyPrint) and Pango"
MARKETS = ("us", "in")


def sheets() -> dict[str, str]:
    """One page of every kind."""
    car, india = an_approved_core("car", "15000", 48), an_approved_core("car", "100000", 48, the_indian_policy())
    offer = an_offer(an_approved_core("car", "9000", 36))
    return {
        "key facts": disclosure_html(car, the_policy(), WRITTEN, sample=True),
        "key facts in": disclosure_html(india, the_indian_policy(), WRITTEN, sample=True),
        "decline": notice_html(a_declined_core(), the_policy(), WRITTEN, sample=True),
        "counter": notice_html(a_declined_core(), the_policy(), WRITTEN, sample=True, counter_offer=offer),
        "referral": notice_html(a_core(assessment=None), the_policy(), WRITTEN, sample=True),
    }


def inside(pdf: bytes) -> bytes:
    """A PDF with its streams unpacked."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    return pdf + b"".join(_unpacked(stream) for stream in streams)


def test_every_page_names_its_language_and_has_one_heading() -> None:
    for name, page in sheets().items():
        assert re.search(r'<html lang="en-(US|IN)">', page), name
        assert page.count("<h1>") == 1, name


def test_every_table_has_a_caption_and_headers_that_say_for_what() -> None:
    for name, page in sheets().items():
        assert page.count("<table") == page.count("<caption>"), name
        assert all("scope=" in header for header in re.findall(r"<th[ >][^>]*", page)), name


def test_a_page_runs_nothing_and_loads_nothing() -> None:
    for name, page in sheets().items():
        bare = page.replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"<script|https?:|<link|<img|@import", bare), name


def test_the_browser_is_told_to_allow_the_style_of_the_page_alone() -> None:
    page = sheets()["decline"]
    assert content_policy(page).startswith("default-src 'none'; style-src 'sha256-")
    assert content_policy(page) != content_policy(page.replace("<style>", "<style>/* changed */"))


def test_a_name_is_text_and_never_markup() -> None:
    page = notice_html(a_declined_core(), the_policy(), WRITTEN, sample=True, addressee="<b>Ann</b> & Co")
    assert "<b>Ann" not in page
    assert "Dear <b>Ann</b> & Co," in seen(page)


def test_two_prints_of_a_letter_are_the_same_bytes() -> None:
    pytest.importorskip("weasyprint", reason=NO_PDF)
    core = an_approved_core("car", "15000", 48)
    first, again = (disclosure_pdf(core, the_policy(), WRITTEN, sample=True) for _ in range(2))
    assert first == again
    assert first.startswith(b"%PDF-")


def test_another_day_is_another_pdf() -> None:
    pytest.importorskip("weasyprint", reason=NO_PDF)
    core = a_core(assessment=None)
    days = (WRITTEN, WRITTEN + timedelta(days=1))
    assert len({notice_pdf(core, the_policy(), day, sample=True) for day in days}) == 2


def test_a_pdf_is_tagged_and_says_its_title_language_and_date() -> None:
    pytest.importorskip("weasyprint", reason=NO_PDF)
    found = inside(notice_pdf(a_declined_core(), the_policy(), WRITTEN, sample=True))
    for mark in (b"/StructTreeRoot", b"/Marked true", b"/Lang (en-US)", b"D:20261102120000", b"pdfuaid"):
        assert mark in found, mark


def test_printing_fetches_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("weasyprint", reason=NO_PDF)
    style = tmp_path / "x.css"
    style.write_text("body { display: none }")
    page = sheets()["referral"].replace("</head>", f'<link rel="stylesheet" href="{style.as_uri()}"></head>')
    assert to_pdf(page)
    assert "disallowed protocol" in caplog.text


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(UnavailableError) as raised:
        notice_pdf(a_declined_core(), the_policy(), WRITTEN, sample=True)
    assert "candor[letters]" in raised.value.do
    assert "print the HTML" in raised.value.do


def words_of(market: str) -> str:
    return (ROOT / "kb" / "letters" / f"{market}.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("market", MARKETS)
def test_what_we_ask_a_customer_for_answers_a_reason_that_exists(market: str) -> None:
    assert set(wording(market).needs) <= set(the_policy().wording.reasons)


@pytest.mark.parametrize("market", MARKETS)
def test_our_own_sentences_have_at_most_twenty_words(market: str) -> None:
    for group in wording(market).texts.values():
        for text in group.values():
            assert all(len(sentence.split()) <= 20 for sentence in re.split(r"[.!?;:] ", text)), text


def test_every_kind_of_security_and_every_other_paper_has_its_words() -> None:
    texts = TEXTS["us"]["key_facts"]
    assert {f"security_{p.collateral}" for p in the_policy().products.values()} <= set(texts)
    assert {name.removeprefix("also_") for name in texts if name.startswith("also_")} <= set(the_policy().products)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("    late: Late charge\n", "", "late is missing"),
        ("    late: Late charge\n", "    late: Late charge\n    later: Later\n", "later is not known"),
        ("{grace} late, you", "late, you", "late_text is with places for fee"),
        ("page: letter", "page: napkin", "page is 'napkin'"),
        ("market: us", "market: in", "market is 'in'"),
        ("    2023-04-19:\n", "    April 2023:\n", "is April 2023"),
        ("      low: 300\n", "", "low is missing"),
        ("  index:\n", "  apr:\n", "stands twice"),
        ("language: en-US", "language: [", "is not YAML"),
    ],
)
def test_words_that_are_not_complete_are_refused_by_file_and_key(old: str, new: str, complaint: str) -> None:
    text = words_of("us")
    assert old in text
    with pytest.raises(PolicyError, match=complaint):
        parse_wording(text.replace(old, new, 1), "us")


def test_dates_of_a_part_stand_from_old_to_new() -> None:
    part = "    2023-04-19:\n      name: A\n      address: B\n      source: C\n"
    text = re.sub(r"  agency:\n(.*?)\n  bureau:", rf"  agency:\n{part}{part.replace('2023', '2020')}  bureau:",
                  words_of("us"), flags=re.DOTALL)  # fmt: skip
    with pytest.raises(PolicyError, match="dates out of order"):
        parse_wording(text, "us")


def test_the_words_of_the_day_of_the_letter_are_taken() -> None:
    text = words_of("us")
    later = "    2026-01-01:\n      low: 250\n      high: 900\n      source: Somebody\n  factors:"
    part = parse_wording(text.replace("  factors:", later, 1), "us")
    assert part.part("score", AS_OF)["high"] == "900"
    assert part.part("score", AS_OF.replace(year=2025))["high"] == "850"


def test_a_market_without_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="words of letters for market us"):
        wording("us", tmp_path)


def _unpacked(stream: bytes) -> bytes:
    unpacker: Any = zlib.decompressobj()
    try:
        return unpacker.decompress(stream)
    except zlib.error:
        return b""
