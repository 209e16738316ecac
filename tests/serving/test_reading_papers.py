"""How papers are read: kinds, figures, names; and the generated papers of every persona, right and wrong."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image

from features.synthetic.papers import KINDS, LABEL, WRONG
from lending.settings import ROOT
from serving.assembly import Platform
from serving.documents.compare import Known, judge, likeness
from serving.documents.figures import day_in, number_in, read_figures
from serving.documents.lines import Reading, plain_lines
from serving.documents.ocr import lines_of, there_is_a_reader
from serving.documents.picture import open_picture
from serving.documents.recognise import recognise
from serving.documents.rules import read_rules
from tests.conftest import missing, sized
from tests.serving.paper_bank import (
    BUSINESS,
    GOLD,
    GOOD,
    RETIRED,
    STUDENT,
    THIN,
    a_bank,
    an_application,
    checked,
    codes,
    generated,
    in_process,
    without_papers,
)

RULES = read_rules(ROOT / "kb")
DAY = date(2026, 11, 20)
PAYSLIP = (
    "Payslip\nEmployer Northwind\nEmployee name Linnea Berg\nPay date 31 October 2026\nGross pay $6,500.00\nNet pay 1"
)


def reading(text: str, confidence: float = 1.0) -> Reading:
    lines = [tuple(word._replace(confidence=confidence) for word in line) for line in plain_lines(text, 10_000)]
    return Reading(lines, "ocr" if confidence < 1 else "text")


def known(**changes: Any) -> Known:
    parts = {"kinds": ("payslip",), "name": "Linnea Berg", "birth_date": date(1988, 5, 14), "income": Decimal(6500),
             "today": DAY, "valid_days": 62, **changes}  # fmt: skip
    return Known(**parts)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    place = a_bank(tmp_path_factory.mktemp("reading"))
    yield place
    place.records.database.engine.dispose()


def fresh(bank: Platform, customer: str = GOOD, *parts: str, **ask: Any) -> str:
    """An application without papers."""
    return without_papers(bank, an_application(bank, customer, *parts, **ask), customer)


@pytest.fixture
def ocr() -> None:
    if not there_is_a_reader():
        missing("tesseract", "tesseract is not installed: apt-get install tesseract-ocr")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("31 October 2026", "2026-10-31"), ("October 31st, 2026", "2026-10-31"), ("2026-10-31", "2026-10-31"),
        ("on 31 Oct. 2026.", "2026-10-31"), ("10/31/2026", "2026-10-31"), ("31/10/2026", "2026-10-31"),
        ("04/03/2026", "2026-04-03"), ("32 October 2026", "None"), ("Octember 1 2026", "None"), ("", "None"),
    ],
)  # fmt: skip
def test_days_are_read_however_they_are_written(text: str, found: str) -> None:
    assert str(day_in(text, day_first=False)) == found


def test_a_day_first_market_reads_a_day_first() -> None:
    assert day_in("04/03/2026", day_first=True) == date(2026, 3, 4)


@pytest.mark.parametrize(
    ("text", "found"),
    [("$6,500.00", "6500.00"), ("6.500,25", "6500.25"), ("1,00,000", "100000"), ("22K", "22"), ("none", "None")],
)
def test_numbers_are_read_however_they_are_written(text: str, found: str) -> None:
    assert str(number_in(text)) == found


@pytest.mark.parametrize("layout", ["Gross pay: 6,500.00", "GROSS PAY\n6,500.00", "Net pay 1   Gross pay   6,500.00"])
def test_a_figure_stands_behind_or_below_its_label(layout: str) -> None:
    figures = read_figures(reading(layout), RULES.kinds["payslip"].figures, day_first=False)
    assert figures["income"].value == "6500.00"


def test_a_line_of_two_columns_is_cut_at_the_next_label() -> None:
    line = "Employee name Linnea Berg   Pay date 31 October 2026"
    figures = read_figures(reading(line), RULES.kinds["payslip"].figures, day_first=False)
    assert (figures["name"].value, figures["paid_on"].value) == ("Linnea Berg", "2026-10-31")


def test_the_score_of_a_kind_is_the_sum_of_its_phrases_over_what_makes_it_full() -> None:
    guess = recognise(reading("Payslip of an employee"), RULES.kinds)
    assert (guess.kind, guess.score) == ("payslip", Decimal("0.62"))


def test_a_letter_about_nothing_is_of_no_kind() -> None:
    verdict = judge(reading("Dear customer, the weather is fine today and we wish you well"), known(), RULES)
    assert (verdict.state, codes({"findings": verdict.findings})) == ("needs_person", ["kind_unknown"])


def test_words_that_were_read_with_doubt_go_to_a_person() -> None:
    assert judge(reading(PAYSLIP), known(), RULES).state == "accepted"
    doubtful = judge(reading(PAYSLIP, 0.5), known(), RULES)
    assert (doubtful.state, codes({"findings": doubtful.findings})) == ("needs_person", ["unsure"])


def test_a_picture_that_cannot_be_read_on_this_machine_goes_to_a_person() -> None:
    verdict = judge(Reading((), "none"), known(), RULES)
    assert (verdict.state, codes({"findings": verdict.findings})) == ("needs_person", ["could_not_be_read_here"])


def test_a_paper_without_any_text_is_refused_with_what_to_do() -> None:
    verdict = judge(Reading((), "ocr"), known(), RULES)
    assert (verdict.state, codes({"findings": verdict.findings})) == ("refused", ["nothing_readable"])


@pytest.mark.parametrize("income", ["5,850.00", "7,150.00"])
def test_income_within_a_tenth_of_the_record_fits(income: str) -> None:
    assert judge(reading(PAYSLIP.replace("6,500.00", income)), known(), RULES).state == "accepted"


@pytest.mark.parametrize("income", ["5,849.99", "7,150.01"])
def test_income_beyond_a_tenth_does_not(income: str) -> None:
    assert judge(reading(PAYSLIP.replace("6,500.00", income)), known(), RULES).state == "needs_person"


def test_a_figure_that_is_not_there_is_named() -> None:
    verdict = judge(reading(PAYSLIP.replace("Pay date 31 October 2026", "")), known(), RULES)
    assert verdict.findings == ({"code": "figure_missing", "slots": {"figure": "paid_on"}},)


@pytest.mark.parametrize(
    ("found", "fits"),
    [
        ("Ms. LINNEA A. BERG", True),
        ("Berg, Linnea", True),
        ("Linnca Berg", True),
        ("Linnea", False),
        ("Greta Berg", False),
    ],
)
def test_a_name_fits_in_any_order_and_with_a_letter_misread(found: str, fits: bool) -> None:
    assert (likeness(found, "Linnea Berg") >= RULES.checks["name_least"]) is fits


def test_specks_and_empty_cells_of_the_readers_table_are_left_out() -> None:
    head = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
    cells = (("1", "96.5", "Gross"), ("1", "88", "pay"), ("1", "-1", ""), ("2", "0", "~"))
    rows = [f"5\t1\t1\t1\t{line}\t1\t0\t0\t1\t1\t{sure}\t{text}" for line, sure, text in cells]
    assert [[tuple(word) for word in line] for line in lines_of("\n".join([head, *rows]))] == [
        [("Gross", 0.965), ("pay", 0.88)]
    ]


CASES = [
    (GOOD, "car", {}), (BUSINESS, "car", {}), (RETIRED, "car", {}), ("C00006", "car", {"co_applicant": "C00007"}),
    (STUDENT, "education", {"co_applicant": "C00008", "term_months": 120}),
    (THIN, "gold", {"collateral": GOLD, "amount": "2000"}),
]  # fmt: skip


@pytest.mark.parametrize(("customer", "product", "ask"), CASES)
def test_the_generated_papers_of_each_persona_are_accepted(
    bank: Platform, customer: str, product: str, ask: dict[str, Any]
) -> None:
    application = fresh(bank, customer, product, **ask)
    asked = [item["asked"] for item in bank.documents.checklist(customer, application)]
    found = {name: generated(bank, application, name, customer=customer) for name in asked}
    assert {name: (paper["state"], codes(paper)) for name, paper in found.items()} == {
        name: ("accepted", ["all_fits"]) for name in asked
    }


@pytest.mark.parametrize(("customer", "product", "ask"), [*CASES[: sized(1, 6)], *CASES[5:6]])
def test_so_are_photos_of_their_prints(
    bank: Platform, ocr: None, customer: str, product: str, ask: dict[str, Any]
) -> None:
    application = fresh(bank, customer, product, **ask)
    asked = [item["asked"] for item in bank.documents.checklist(customer, application)]
    for name in asked:
        paper = generated(bank, application, name, "png", customer=customer)
        assert (paper["state"], codes(paper)) == ("accepted", ["all_fits"]), name
        assert Decimal("0.6") <= Decimal(paper["confidence"]) < 1


@pytest.mark.parametrize("form", ["pdf", *["png"] * sized(0, 1)])
@pytest.mark.parametrize("wrong", WRONG)
def test_a_planted_wrong_one_is_noticed(bank: Platform, ocr: None, wrong: str, form: str) -> None:
    application = fresh(bank)
    paper = generated(bank, application, "income", form, wrong)
    assert paper["state"] in ("needs_person", "refused")
    assert "all_fits" not in codes(paper)


def test_a_photo_that_lies_on_its_side_is_turned(bank: Platform, ocr: None) -> None:
    application = fresh(bank)
    _, content, _ = bank.documents.demo.paper(GOOD, application, "income", "png")
    turned = io.BytesIO()
    Image.open(io.BytesIO(content)).rotate(90, expand=True).save(turned, "PNG")
    assert checked(bank, application, turned.getvalue(), "income", "photo.png")["state"] == "accepted"


def test_a_camera_that_says_how_it_was_held_is_believed(bank: Platform) -> None:
    picture, file = Image.new("L", (800, 400), 255), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(file, "JPEG", exif=exif)
    assert open_picture(file.getvalue(), "image/jpeg", RULES.limits).size == (400, 800)


def test_a_machine_without_a_reader_of_pictures_still_reads_text(
    bank: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    application = fresh(bank)
    assert generated(bank, application, "income")["state"] == "accepted"
    photo = generated(bank, application, "car_offer", "png")
    assert (photo["state"], codes(photo)) == ("needs_person", ["could_not_be_read_here"])


def test_every_generated_paper_says_that_it_is_and_comes_out_the_same(bank: Platform) -> None:
    for kind in KINDS[: sized(3, len(KINDS))]:
        one, two = (bank.documents.demo.of(GOOD, "pdf", kind)[0]["content"] for _ in range(2))
        assert one == two
        text = in_process(one, "application/pdf", RULES.limits).text
        assert LABEL in " ".join(text.split())


def test_the_papers_of_a_couple_say_nothing_of_the_partners_record(bank: Platform) -> None:
    application = fresh(bank, "C00006", "car", co_applicant="C00007")
    paper = generated(bank, application, "co_applicant.income", wrong="low_income", customer="C00006")
    assert codes(paper) == ["income_differs"]
    assert "3900" not in str(paper["findings"])
    assert bank.own_papers.list("C00006") == [] or "co_applicant" not in str(bank.own_papers.list("C00006"))
