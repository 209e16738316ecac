"""Many at once are each as alone, and only the PD is the same PD."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.dataset import DataSet
from features.feature_sets import FeatureSet, FeatureSpec
from lending.domain.application import Applicant, LoanRequest
from lending.domain.errors import InputError
from lending.domain.money import money
from serving.assess import assess, assess_many, feature_text, pds
from tests.serving.standins import LinearModel, a_customer
from tests.training.books import a_book, quiet
from training.servable import ServableModel, load

ASKED = FeatureSpec("amount", "number", 1, worst=90_000.0)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ServableModel:
    """Boosted trees that read what the bank's records and a request hold."""
    from training.train import train

    book: DataSet = a_book()
    frame = book.frame.assign(amount=[5000.0 + 37 * n for n in range(len(book.frame))])
    features = FeatureSet("with-amount", (*book.feature_set.features, ASKED))
    folder = tmp_path_factory.mktemp("package")
    train(replace(book, frame=frame, feature_set=features), folder, 7, 0.0, quiet)
    return load(folder)


people = st.builds(
    a_customer,
    gross_monthly_income=st.none() | st.decimals(0, 20_000, places=2),
    monthly_obligations=st.none() | st.decimals(0, 9_000, places=2),
    credit_score=st.none() | st.integers(300, 850),
    open_accounts=st.none() | st.integers(0, 30),
    home_ownership=st.sampled_from([None, "own", " RENT ", "castle"]),
)
requests = st.builds(
    LoanRequest, product=st.just("car"), term_months=st.integers(6, 84),
    amount=st.decimals(1000, 90_000, places=2).map(money),
)  # fmt: skip
pairs = st.lists(st.tuples(people, requests), min_size=1, max_size=20)


@given(asked=pairs, again=st.lists(requests, max_size=4))
def test_many_at_once_are_each_as_alone(
    model: ServableModel, asked: list[tuple[Applicant, LoanRequest]], again: list[LoanRequest]
) -> None:
    asked = [*asked, *((asked[0][0], request) for request in again)]
    alone = [assess(model, person, request) for person, request in asked]
    assert assess_many(model, asked) == alone
    assert pds(model, asked) == [said.pd for said in alone]


@pytest.mark.parametrize("many", [1, 8, 9, 64, 65, 200])
def test_the_number_asked_at_once_changes_nothing(model: ServableModel, many: int) -> None:
    asked = [(a_customer(credit_score=500 + n), LoanRequest("car", money(f"{9000 + n}"), 48)) for n in range(many)]
    assert [said.pd for said in assess_many(model, asked)] == pds(model, asked)
    assert assess_many(model, asked)[-1] == assess(model, *asked[-1])


def test_nobody_gives_nothing(model: ServableModel) -> None:
    assert assess_many(model, []) == pds(model, []) == []


def test_the_values_the_model_saw_stand_in_its_order_as_text(model: ServableModel) -> None:
    person = a_customer(
        credit_score=701, monthly_obligations=Decimal("1750"), open_accounts=None, home_ownership=" Own"
    )
    said = assess(model, person, LoanRequest("car", money("9000.50"), 48))
    seen = {"credit_score": "701", "dti_before": "0.25", "open_accounts": None, "home_ownership": "own",
            "amount": "9000.5"}  # fmt: skip
    assert said.features == tuple((name, seen[name]) for name in model.feature_set.names)
    assert [name for name, _ in said.contributions] == list(model.feature_set.names)
    assert said.pd.as_tuple().exponent == -6
    assert {part.as_tuple().exponent for _, part in said.contributions} == {-4}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_value_reads_back_as_the_same_number(value: float) -> None:
    text = feature_text(value)
    assert text is not None
    assert float(text) == value
    assert "e" not in text


def test_a_feature_that_records_cannot_supply_is_named() -> None:
    colour = FeatureSet("t", (FeatureSpec("colour", "category", categories=("red",)),))
    person = Applicant("C1", date(1990, 1, 1), "salaried")
    with pytest.raises(InputError, match="colour"):
        assess_many(LinearModel(feature_set=colour), [(person, LoanRequest("car", money("9000"), 48))])
