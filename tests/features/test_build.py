from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.build import FUNCTIONS, INPUTS, SUPPLIED, columns_for, derive, online_columns, online_values
from features.contract import contract
from features.definitions.affordability import dti_before, loan_to_income
from features.definitions.bureau import months_since_delinquency
from features.feature_sets import FeatureSet, FeatureSpec
from lending.domain.application import Applicant, Collateral, LoanRequest
from lending.domain.errors import InputError
from lending.domain.money import Money

money = st.none() | st.decimals(0, 1_000_000, places=2)
count = st.none() | st.integers(0, 600)
word = st.none() | st.sampled_from(["rent", " OWN ", "mortgage", ""])
people = st.builds(
    Applicant,
    customer_id=st.just("C1"), birth_date=st.just(date(1990, 1, 1)),
    employment_status=st.sampled_from(["salaried", "Gig"]),
    employment_months=count, gross_monthly_income=money, net_monthly_income=money, monthly_obligations=money,
    credit_score=count, home_ownership=word, oldest_account_months=count, open_accounts=count, revolving_balance=money,
    revolving_utilisation=st.none() | st.decimals(0, 3, places=3), inquiries_6m=count, delinquencies_24m=count,
    public_records=count, months_since_delinquency=count,
)  # fmt: skip
sums = st.decimals(1, 90_000, places=2).map(Money)
securities = st.none() | st.builds(Collateral, kind=st.just("vehicle"), value=sums)
requests = st.builds(
    LoanRequest, product=st.just("car"), amount=st.decimals(1, 1_000_000, places=2).map(Money),
    term_months=st.integers(1, 480), collateral=securities,
)  # fmt: skip


def frame_columns(rows: list[tuple[Applicant, LoanRequest]]) -> dict[str, np.ndarray]:
    """The same facts as a book would hold them: one array a raw name."""
    raw: dict[str, list[object]] = {name: [] for names in INPUTS.values() for name in names}
    for person, request in rows:
        for name, values in raw.items():
            source = request if name in ("amount", "term_months") else person
            value = request.collateral.value if name == "collateral_value" and request.collateral else None
            own = {"collateral_value": value, "purpose": request.product}
            found = own[name] if name in own else getattr(source, name)
            values.append(found if isinstance(found, str) or found is None else float(found))
    texts = ("employment_status", "home_ownership", "purpose")
    return {n: np.array(v, dtype=object if n in texts else np.float64) for n, v in raw.items()}


@given(st.lists(st.tuples(people, requests), min_size=1, max_size=6))
def test_a_quote_reads_the_same_values_as_training_for_every_row(rows: list[tuple[Applicant, LoanRequest]]) -> None:
    names = sorted(SUPPLIED)
    offline = derive(frame_columns(rows), names)
    for place, (person, request) in enumerate(rows):
        online = online_values(person, request, names)
        for name in names:
            expected = offline[name][place]
            same = online[name] == expected or (expected != expected and online[name] != online[name])
            assert same, (name, online[name], expected)


@given(st.lists(st.tuples(people, requests), min_size=1, max_size=6))
def test_columns_of_many_hold_the_values_of_each(rows: list[tuple[Applicant, LoanRequest]]) -> None:
    words = ("employment_status", "home_ownership", "purpose")
    specs = [FeatureSpec(name, "category" if name in words else "number") for name in sorted(SUPPLIED)]
    wanted = FeatureSet("f", tuple(specs))
    columns = online_columns(rows, wanted)
    expected = columns_for([online_values(person, request, wanted.names) for person, request in rows], wanted)
    assert list(columns) == list(expected)
    for name, column in columns.items():
        assert column.dtype == expected[name].dtype
        np.testing.assert_array_equal(column, expected[name])


def test_every_word_of_the_contract_has_its_function() -> None:
    assert set(contract().words) == set(FUNCTIONS)


def test_what_is_not_supplied_is_named_by_the_error() -> None:
    request = LoanRequest("car", Money(Decimal("1000.00")), 12)
    with pytest.raises(InputError, match="cannot supply total_acc"):
        online_values(Applicant("C1", date(1990, 1, 1), "salaried"), request, ["amount", "total_acc"])


def test_the_purpose_of_a_quote_is_the_product_asked_for() -> None:
    request = LoanRequest("car", Money(Decimal("1000.00")), 12)
    assert online_values(Applicant("C1", date(1990, 1, 1), "salaried"), request, ["purpose"]) == {"purpose": "car"}


def test_no_delinquency_ever_counts_as_ten_years() -> None:
    assert months_since_delinquency([np.nan, 0, 7, 300]).tolist() == [120, 0, 7, 120]


def test_shares_of_no_income_are_missing() -> None:
    assert np.isnan(dti_before(500.0, 0.0))
    assert np.isnan(loan_to_income(500.0, np.nan))


def test_dti_is_a_share_of_the_month_and_loan_to_income_of_the_year() -> None:
    assert dti_before(500.0, 2000.0) == 0.25
    assert loan_to_income(12000.0, 2000.0) == 0.5


def test_columns_follow_the_feature_set_and_keep_missing_values() -> None:
    wanted = FeatureSet("f", (FeatureSpec("home_ownership", "category"), FeatureSpec("amount", "number")))
    columns = columns_for([{"amount": None, "home_ownership": "rent"}, {"amount": 5.0, "home_ownership": None}], wanted)
    assert list(columns) == ["home_ownership", "amount"]
    assert columns["home_ownership"].tolist() == ["rent", None]
    assert np.isnan(columns["amount"][0])
    assert columns["amount"][1] == 5.0
