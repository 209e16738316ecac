"""Which papers a loan needs of whom."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from lending.domain.application import Applicant, Expiry
from lending.domain.papers_needed import papers_needed
from lending.settings import ROOT
from serving.documents.rules import read_rules
from tests.builders import an_applicant

DAY = date(2026, 11, 2)
LINES = read_rules(ROOT / "kb").lines


def asked(product: str, person: Applicant, other: Applicant | None = None, security: str | None = None) -> list[str]:
    """Names of what is waited for."""
    return [n.asked for n in papers_needed(LINES, product, person, other, security, DAY) if n.waited_for]


@pytest.mark.parametrize(
    ("work", "kinds"),
    [
        ("salaried", ("payslip",)),
        ("self_employed", ("business_accounts",)),
        ("gig", ("platform_statement", "payslip")),
        ("retired", ("pension_statement",)),
    ],
)
def test_income_is_proven_by_the_paper_of_ones_work(work: str, kinds: tuple[str, ...]) -> None:
    needed = papers_needed(LINES, "car", an_applicant(employment_status=work), None, None, DAY)
    assert [n.line.kinds for n in needed if n.asked == "income"] == [kinds]


@pytest.mark.parametrize(
    ("product", "papers"),
    [("car", ["income", "car_offer"]), ("gold", ["income"]), ("home", ["income", "property_contract", "deposit"])],
)
def test_each_product_asks_for_its_own_papers(product: str, papers: list[str]) -> None:
    assert asked(product, an_applicant()) == papers


def test_a_student_brings_the_letter_of_admission_and_the_parent_the_income() -> None:
    student, parent = an_applicant(employment_status="student"), an_applicant(customer_id="C00009")
    assert asked("education", student, parent) == ["admission", "co_applicant.income"]


def test_a_document_on_file_is_asked_for_again_only_once_it_has_expired() -> None:
    def person(last: date) -> Any:
        return an_applicant(expiries=(Expiry("identity", last),))

    assert "identity" not in asked("gold", person(DAY))
    assert "identity" in asked("gold", person(date(2026, 11, 1)))


def test_a_person_without_a_document_on_file_brings_it() -> None:
    assert "identity" in asked("gold", an_applicant(documents=("",)))


def test_the_registration_is_asked_for_where_the_car_secures_the_loan_and_never_waited_for() -> None:
    needed = {n.asked: n for n in papers_needed(LINES, "car", an_applicant(), None, "vehicle", DAY)}
    assert not needed["registration"].waited_for
    assert "registration" not in {n.asked for n in papers_needed(LINES, "car", an_applicant(), None, None, DAY)}


def test_every_product_has_a_paper_to_send_whatever_ones_work() -> None:
    for product in ("car", "home", "gold", "gold_bullet", "education"):
        for work in ("salaried", "self_employed", "gig", "retired", "unemployed", "student"):
            needed = papers_needed(LINES, product, an_applicant(employment_status=work), None, None, DAY)
            assert any(not n.on_file for n in needed), (product, work)


def test_every_name_fits_its_column_and_every_kind_is_described() -> None:
    rules = read_rules(ROOT / "kb")
    assert max(len(f"co_applicant.{line.id}") for line in LINES) <= 32
    assert {kind for line in LINES for kind in line.kinds} <= set(rules.kinds) <= set(rules.words["kind"])
    assert {line.id for line in LINES} <= set(rules.words["title"]) & set(rules.words["why"])
    assert {name for kind in rules.kinds.values() for name in kind.figures} <= set(rules.words["figure"])
