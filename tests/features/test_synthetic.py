from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features import synthetic
from features.adapters.dataset_files import DataSetFiles
from features.build import SUPPLIED
from features.synthetic.book import PROTECTED
from features.synthetic.recipe import default_chance
from lending.domain.errors import InputError


@pytest.fixture(scope="module")
def bank() -> synthetic.DemoBank:
    return synthetic.demo_bank(seed=7, customers=1200)


def test_a_seed_gives_the_same_bank_and_another_seed_another(bank: synthetic.DemoBank) -> None:
    pd.testing.assert_frame_equal(synthetic.demo_bank(7, 1200).loans, bank.loans)
    assert not synthetic.demo_bank(8, 1200).loans.equals(bank.loans)


def test_every_frame_says_that_it_is_generated(bank: synthetic.DemoBank) -> None:
    frames = (
        bank.customers,
        bank.loans,
        bank.households,
        bank.co_applicants,
        bank.protected,
        bank.applications_refused,
    )
    assert all(frame["generated"].all() and len(frame) for frame in frames)


def test_the_book_has_the_promised_size_span_and_base_rate(bank: synthetic.DemoBank) -> None:
    assert len(bank.loans) == 2880
    assert 0.035 < bank.loans["defaulted"].mean() < 0.06
    days = bank.loans["decided_on"]
    assert date(2023, 9, 1) <= days.min().date() < date(2023, 9, 10)
    assert date(2026, 8, 20) < days.max().date() <= date(2026, 8, 31)
    assert set(bank.loans["product"]) == {"car", "home", "gold", "education"}


def test_nobody_saw_how_refused_applications_would_have_turned_out(bank: synthetic.DemoBank) -> None:
    assert bank.applications_refused["defaulted"].isna().all()
    assert bank.applications_refused["credit_score"].mean() < bank.loans["credit_score"].mean()


def test_utilisation_drifts_from_its_month_on(bank: synthetic.DemoBank) -> None:
    late = bank.loans["decided_on"] >= pd.Timestamp(synthetic.DRIFT_MONTH)
    used = bank.loans[synthetic.DRIFT_FEATURE]
    assert used[late].mean() - used[~late].mean() == pytest.approx(synthetic.DRIFT_SHIFT, abs=0.04)


def test_protected_attributes_are_apart_and_the_recipe_never_reads_them(bank: synthetic.DemoBank) -> None:
    assert not set(PROTECTED) & set(bank.customers.columns)
    assert all(set(PROTECTED) == set(row.protected) for row in synthetic.customer_rows(bank))
    assert not set(PROTECTED) & set(default_chance.__doc__ or "")


def test_women_earn_less_on_record_and_the_control_group_does_not(bank: synthetic.DemoBank) -> None:
    rows = bank.customers.join(bank.protected.set_index("customer_id")[list(PROTECTED)])
    income = rows.groupby("sex")["gross_monthly_income"].median()
    control = rows.groupby("control_group")["gross_monthly_income"].median()
    assert income["female"] / income["male"] < 0.9
    assert control["blue"] / control["green"] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("cause", "direction"),
    [("credit_score", -1), ("dti_before", 1), ("revolving_utilisation", 1), ("amount", 1), ("true_income", -1)],
)
def test_risk_moves_as_the_contract_promises(cause: str, direction: int) -> None:
    names = ("credit_score", "dti_before", "revolving_utilisation", "inquiries_6m", "delinquencies_24m",
             "public_records", "true_employment", "amount", "term_months", "true_income")  # fmt: skip
    usual = dict(zip(names, (700.0, 0.2, 0.4, 1.0, 0.0, 0.0, 50.0, 9000.0, 36.0, 5000.0), strict=True))
    grid = np.linspace(0.5, 1.1, 20)
    facts = {name: np.full(20, value) for name, value in usual.items()}
    facts[cause] = usual[cause] * grid
    steps = np.diff(default_chance(facts, np.zeros(20)))
    assert (np.sign(steps) == direction).all()


def test_personas_are_who_they_are_said_to_be(bank: synthetic.DemoBank) -> None:
    rows = {row.applicant.customer_id: row for row in synthetic.customer_rows(bank)}
    assert len(rows) == 1200
    good, student, thin, flagged = (rows[c].applicant for c in ("C00001", "C00003", "C00004", "C00010"))
    assert (good.credit_score, str(good.gross_monthly_income)) == (760, "6500.00")
    assert student.employment_status == "student"
    assert "admission" in student.documents
    assert rows["C00003"].co_applicants == ("C00008",)
    assert rows["C00006"].household == rows["C00007"].household
    assert thin.credit_score is None
    assert bank.customers.loc["C00004", "gold_weight_g"] > 0
    assert flagged.flags == ("fraud",)
    assert all("generated" in row.name or "demo persona" in row.name for row in rows.values())


def test_accounts_are_unique_and_no_name_gives_a_flag_away(bank: synthetic.DemoBank) -> None:
    accounts = [account for account, _ in synthetic.demo_accounts(bank)]
    names = [account.username for account in accounts]
    assert len(set(names)) == len(names)
    assert {"good", "refused", "student", "thin", "selfemployed", "couple", "officer", "admin", "auditor"} <= set(names)
    assert not any("flag" in name or "fraud" in name for name in names)


def test_the_book_loads_without_a_finding_and_live_records_can_supply_it(
    bank: synthetic.DemoBank, tmp_path: Path
) -> None:
    datasets = DataSetFiles(tmp_path / "data")
    name = datasets.add(synthetic.write_book(bank, tmp_path / "book"))
    data = datasets.load(name)
    assert name == "demo_bank"
    assert [f for f in data.findings if not f.passed] == []
    assert set(data.feature_set.names) <= SUPPLIED
    assert list(data.protected.columns) == list(PROTECTED)
    assert data.horizon_months == 12


def test_a_bank_too_small_to_mean_anything_is_refused() -> None:
    with pytest.raises(InputError, match="10 customers is too small"):
        synthetic.demo_bank(1, 10)


def test_people_of_another_market_earn_and_owe_its_money_and_nothing_else_differs(bank: synthetic.DemoBank) -> None:
    at_home, abroad = synthetic.customer_rows(bank), synthetic.customer_rows(bank, "in")
    for dollars, rupees in zip(at_home, abroad, strict=True):
        a, b = dollars.applicant, rupees.applicant
        assert [n and n * 12 for n in (a.gross_monthly_income, a.monthly_obligations, a.liquid_assets)] == [
            b.gross_monthly_income, b.monthly_obligations, b.liquid_assets,
        ]  # fmt: skip
        assert [one.instalment * 12 for one in a.loans] == [one.instalment for one in b.loans]
        assert (a.credit_score, a.birth_date, a.revolving_utilisation) == (
            b.credit_score, b.birth_date, b.revolving_utilisation,
        )  # fmt: skip


def test_the_book_of_another_market_is_in_its_money_and_says_so(bank: synthetic.DemoBank, tmp_path: Path) -> None:
    files = DataSetFiles(tmp_path / "data")
    loans = files.load(files.add(synthetic.write_book(bank, tmp_path / "book", "in")))
    assert loans.frame["amount"].to_numpy() == pytest.approx(bank.loans["amount"].to_numpy() * 12)
    assert "currency: INR" in (tmp_path / "book" / "demo_bank.yaml").read_text()
