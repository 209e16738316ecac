import contextlib
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.domain.application import Collateral
from lending.domain.errors import InputError
from serving.decide import LoanAsk
from serving.parse import InvalidBody, MalformedBody, TooLarge, credentials, loan_ask
from serving.strict_json import parse_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
ASK = {"product": "car", "amount": "12500.00", "term_months": 36}


def errors_of(data: object) -> dict[str, str]:
    with pytest.raises(InvalidBody) as caught:
        loan_ask(data)  # type: ignore[arg-type]
    assert all(set(e) == {"field", "found", "expected", "do"} and all(e.values()) for e in caught.value.errors)
    return {e["field"]: e["found"] for e in caught.value.errors}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null x", b'{"a": NaN}', b'{"a": Infinity}', b'{"a": -Infinity}', b'{"a": 1, "a": 1}',
        b'{"o": {"a": 1, "b": 2, "a": 3}}', b'{"a": "\xff"}', b'\xef\xbb\xbf{}', b'{"a": "\\ud800"}',
        b'{"a\\u0007": 1}', b'{"a\\udc00": 1}', b'{"a": 01}', b'{"a": 1.}', b"{'a': 1}", b'{"a": 1,}', b'{"a": "\n"}',
        b'{"a": ' + b"9" * 500 + b"}", b'{"a": 1e99999999999999999999}',
    ],
)  # fmt: skip
def test_what_is_not_strict_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedBody) as caught:
        parse_json(body)
    assert caught.value.errors[0]["expected"]


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null", b"true"])
def test_a_value_that_is_no_object_is_out_of_contract(body: bytes) -> None:
    with pytest.raises(InvalidBody):
        parse_json(body)


def test_numbers_keep_their_text_and_integers_stay_integers() -> None:
    read = parse_json(b'{"a": 0.10, "b": 1e3, "c": 12, "d": 1E309}')
    assert [str(v) for v in read.values()] == ["0.10", "1E+3", "12", "1E+309"]
    assert type(read["c"]) is int


def test_size_is_bounded_to_the_byte() -> None:
    body = b'{"a": "' + b"x" * 10 + b'"}'
    assert parse_json(body, max_bytes=len(body))
    with pytest.raises(TooLarge):
        parse_json(body, max_bytes=len(body) - 1)


@pytest.mark.parametrize("opening", ['{"a":', "["])
def test_depth_is_bounded_to_the_level(opening: str) -> None:
    closing = "}" if opening.startswith("{") else "]"

    def nested(levels: int) -> bytes:
        return ('{"a":' + opening * (levels - 1) + "1" + closing * (levels - 1) + "}").encode()

    assert parse_json(nested(8))
    with pytest.raises(MalformedBody):
        parse_json(nested(9))
    with pytest.raises(MalformedBody):
        parse_json(nested(9000))


def test_brackets_inside_text_are_no_depth() -> None:
    assert parse_json(b'{"a": "[[[[[[[[[[{{{{{"}') == {"a": "[[[[[[[[[[{{{{{"}


def test_an_ask_is_read_in_full() -> None:
    gold = {"kind": "gold", "weight_g": "50.5", "purity_k": 22}
    data = {"product": "gold", "amount": Decimal("2500.5"), "term_months": 12, "collateral": gold, "co_applicant": "C2"}
    collateral = Collateral("gold", None, Decimal("50.5"), Decimal(22))
    assert loan_ask(data) == LoanAsk("gold", Decimal("2500.50"), 12, collateral, "C2")  # type: ignore[arg-type]


def test_absent_and_null_are_the_same() -> None:
    short = {"product": "car", "amount": 1}
    assert loan_ask(short) == loan_ask({**short, "term_months": None, "collateral": None, "co_applicant": None})


def test_a_stated_value_is_money() -> None:
    ask = loan_ask({**ASK, "collateral": {"kind": "vehicle", "value": "18000"}})
    assert ask.collateral is not None
    assert str(ask.collateral.value) == "18000.00"


@pytest.mark.parametrize(
    "amount",
    [
        0, -1, "0", "0.00", "-5", "1.234", Decimal("12.345"), Decimal("1E+309"), "1e309", "NaN", "Infinity", "",
        " 5", "5 ", float("nan"), 1e309, True, False,
        "1_000", "1,000", "٣", "0x10", "+5", ".5", "5.", "1" * 16,
        pytest.param("9" * 50_000, id="text"), pytest.param(10**5000, id="long"),
        None, [], {}, ["5"], {"value": 5},
    ],
)  # fmt: skip
def test_an_amount_that_is_no_money_above_zero_names_the_field(amount: object) -> None:
    assert list(errors_of({**ASK, "amount": amount})) == ["amount"]


@pytest.mark.parametrize("amount", ["0.01", 1, "1250.5", Decimal("1E+4"), 1250.5, "9999999999999.99"])
def test_an_amount_is_a_number_or_its_text(amount: object) -> None:
    assert loan_ask({**ASK, "amount": amount}).amount == Decimal(str(amount))


@pytest.mark.parametrize(
    "term",
    [True, False, Decimal("12.5"), Decimal("12.0"), 12.5, "12", 0, -1, 1201, pytest.param(10**5000, id="long"), [], {}],
)
def test_a_term_is_a_whole_number_of_months(term: object) -> None:
    assert list(errors_of({**ASK, "term_months": term})) == ["term_months"]


@pytest.mark.parametrize(
    ("collateral", "field"),
    [
        ("gold", "collateral"),
        ([], "collateral"),
        ({}, "collateral.kind"),
        ({"kind": "boat", "value": 5}, "collateral.kind"),
        ({"kind": ["gold"]}, "collateral.kind"),
        ({"kind": "gold", "weight_g": 5}, "collateral.purity_k"),
        ({"kind": "gold", "weight_g": 5, "purity_k": 25}, "collateral.purity_k"),
        ({"kind": "gold", "weight_g": "0.0001", "purity_k": 22}, "collateral.weight_g"),
        ({"kind": "gold", "weight_g": "1e9999", "purity_k": 22}, "collateral.weight_g"),
        ({"kind": "gold", "weight_g": 5, "purity_k": 22, "value": 1}, "collateral.value"),
        ({"kind": "property", "value": 0}, "collateral.value"),
        ({"kind": "property"}, "collateral.value"),
        ({"id": "X1"}, "collateral.id"),
    ],
)
def test_a_collateral_has_one_of_its_shapes(collateral: object, field: str) -> None:
    assert list(errors_of({**ASK, "collateral": collateral})) == [field]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = errors_of({"product": "Car!", "amount": 0, "term_months": True, "income": 9000, "co_applicant": ""})
    assert set(found) == {"product", "amount", "term_months", "income", "co_applicant"}


def test_an_unknown_field_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(InvalidBody) as caught:
        loan_ask({**ASK, "term_month": 12})
    assert caught.value.errors[0]["do"] == "Did you mean term_months?"


def test_credentials_are_never_quoted() -> None:
    for body in ({"username": "a", "password": ["hunter2"]}, {"username": "a", "password": "hunter2" * 99}):
        with pytest.raises(InvalidBody) as caught:
            credentials(body)
        assert "hunter2" not in str(caught.value) + json.dumps(caught.value.errors)
    assert credentials({"username": "a", "password": "b"}) == ("a", "b")


@given(st.binary(max_size=200))
def test_any_bytes_give_an_ask_or_an_input_error(body: bytes) -> None:
    with contextlib.suppress(InputError):
        assert isinstance(loan_ask(parse_json(body)), LoanAsk)


@given(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(ASK, JSON) | {"collateral": JSON}))
def test_any_json_value_gives_an_ask_or_an_input_error(value: object) -> None:
    text = json.dumps(value).encode()
    for read in (lambda: loan_ask(value), lambda: loan_ask(parse_json(text))):  # type: ignore[arg-type]
        with contextlib.suppress(InputError):
            assert isinstance(read(), LoanAsk)


@given(st.decimals(min_value="0.01", max_value="9999999999.99", places=2), st.integers(1, 1200))
def test_a_good_ask_comes_back_to_the_cent(amount: Decimal, term: int) -> None:
    for written in (f"{amount}", f'"{amount}"'):
        body = f'{{"product": "car", "amount": {written}, "term_months": {term}}}'.encode()
        ask = loan_ask(parse_json(body))
        assert (ask.amount, ask.term_months) == (amount, term)
