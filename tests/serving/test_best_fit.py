from __future__ import annotations

from pathlib import Path

import pytest

from serving.assembly import Platform
from serving.best_fit import Fit
from tests.bank import open_bank


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return open_bank(Path(tmp_path_factory.mktemp("bank")))


def fit_of(bank: Platform, customer_id: str) -> Fit | None:
    return bank.best_fit.of(customer_id, bank.catalogue.products(customer_id))


def test_the_type_that_would_be_approved_fits_and_its_figures_are_a_decisions(bank: Platform) -> None:
    fit = fit_of(bank, "C00001")
    assert fit is not None
    assert (fit.product, fit.why) == ("car", "approved")
    assert fit.quote is not None
    assert (fit.quote["outcome"], fit.quote["amount"], fit.quote["term_months"]) == ("approve", "10000.00", 48)


def test_a_loan_made_for_students_fits_no_pensioner_however_cheap(bank: Platform) -> None:
    fit = fit_of(bank, "C00009")
    assert fit is not None
    assert fit.product != "education"


def test_a_student_is_looked_at_with_who_signs_too(bank: Platform) -> None:
    fit = fit_of(bank, "C00003")
    assert fit is not None
    assert (fit.product, fit.why) == ("education", "approved")


def test_without_a_score_the_loan_that_asks_for_none_fits(bank: Platform) -> None:
    assert fit_of(bank, "C00004") == Fit("gold", "score")


@pytest.mark.parametrize("customer", ["C00002", "C00010"])
def test_nothing_is_marked_where_nothing_would_be_approved(bank: Platform, customer: str) -> None:
    assert fit_of(bank, customer) is None


def test_looking_records_nothing(bank: Platform) -> None:
    before = list(bank.records.decisions.ids())
    fit_of(bank, "C00001")
    assert list(bank.records.decisions.ids()) == before


def test_in_another_market_the_usual_loan_is_another(tmp_path: Path) -> None:
    bank = open_bank(tmp_path, market="in")
    assert bank.best_fit.suiting.amount == 300_000
