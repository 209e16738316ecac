import asyncio
import json
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.domain.errors import InputError
from serving.container import MAX_BYTES, serve_model
from serving.instances import _read_plain, _read_strictly, read_csv, read_json
from tests.serving.clients import TestClient, alone
from tests.serving.standins import LinearModel

ROW = {"credit_score": 700, "gross_monthly_income": 4000.5, "home_ownership": "own"}
MODEL = LinearModel()
CLIENT = TestClient(serve_model(MODEL))


def post(body: object, path: str = "/invocations", **headers: str):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return CLIENT.post(path, content=content, headers={"Content-Type": "application/json", **headers})


def test_ping_says_healthy_once_the_model_is_there() -> None:
    reply = CLIENT.get("/ping")
    assert (reply.status_code, reply.headers["x-candor-model-version"]) == (200, MODEL.version)


def test_a_prediction_is_a_probability_with_its_parts_and_never_a_label() -> None:
    (answer,) = post({"instances": [ROW]}).json()["predictions"]
    assert answer["pd"] == f"{1 / (1 + np.exp(3.0 - 0.0 - 0.1999)):.6f}"
    assert answer["contributions"] == {
        "credit_score": "0.0000", "gross_monthly_income": "0.1999", "home_ownership": "0.0000",
    }  # fmt: skip
    assert answer["model_version"] == MODEL.version
    assert set(answer) == {"pd", "contributions", "model_version"}


def test_all_three_shapes_give_the_same_answer() -> None:
    names = ["home_ownership", "credit_score", "gross_monthly_income"]
    by_row = post({"instances": [ROW, {**ROW, "credit_score": None}]}).json()
    by_column = post({"columns": names, "rows": [["own", 700, 4000.5], ["own", None, 4000.5]]}).json()
    text = b"home_ownership,credit_score,gross_monthly_income\r\nown,700,4000.5\r\nown,,4000.5\r\n"
    by_csv = CLIENT.post("/invocations", content=text, headers={"Content-Type": "text/csv"}).json()
    assert by_row == by_column == by_csv


def test_a_row_scores_the_same_alone_and_in_a_batch_of_any_size() -> None:
    rows = [{**ROW, "credit_score": 500 + i} for i in range(300)]
    batch = post({"instances": rows}).json()["predictions"]
    assert [post({"instances": [row]}).json()["predictions"][0] for row in rows[::37]] == batch[::37]


def test_the_parts_can_be_left_out() -> None:
    (answer,) = post({"instances": [ROW], "contributions": False}).json()["predictions"]
    assert answer["contributions"] is None


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"instances": [{**ROW, "fico": 1, "rate": 2}]}, ["instances[0].fico", "instances[0].rate"]),
        ({"instances": [ROW, {"credit_score": 1}]}, ["instances[1].gross_monthly_income", "instances[1].home_ownership"]),  # noqa: E501
        ({"instances": [{**ROW, "credit_score": "700"}]}, ["row 0: credit_score"]),
        ({"instances": [{**ROW, "credit_score": True}]}, ["row 0: credit_score"]),
        ({"instances": [{**ROW, "home_ownership": 5}]}, ["row 0: home_ownership"]),
        ({"instances": [{**ROW, "credit_score": []}]}, ["row 0: credit_score"]),
        ({"instances": []}, ["instances"]),
        ({"instances": ROW}, ["instances"]),
        ({"instances": [[1, 2, 3]]}, ["instances[0]"]),
        ({}, ["body"]),
        ({"inputs": []}, ["body"]),
        ({"instances": [ROW], "contributions": 1}, ["contributions"]),
        ({"columns": ["credit_score"], "rows": [[1]]}, ["gross_monthly_income", "home_ownership"]),
        ({"columns": [*ROW, "credit_score"], "rows": []}, ["credit_score"]),
        ({"columns": [*ROW], "rows": [[1, 2]]}, ["rows[0]"]),
        ({"columns": [*ROW], "rows": []}, ["rows"]),
        (b'{"instances": [{"credit_score": 1e309, "gross_monthly_income": 1, "home_ownership": null}]}',
         ["row 0: credit_score"]),
    ],
)  # fmt: skip
def test_a_wrong_batch_names_what_is_wrong(body: object, fields: list[str]) -> None:
    reply = post(body)
    assert (reply.status_code, reply.headers["content-type"]) == (422, "application/problem+json")
    assert [e["field"] for e in reply.json()["errors"]] == fields


@pytest.mark.parametrize("text", ["", "\n", "a,b\n1,2\n", "credit_score,gross_monthly_income,home_ownership\n",
                                  "credit_score,gross_monthly_income,home_ownership\n1,2\n",
                                  "credit_score,gross_monthly_income,home_ownership\nx,2,own\n",
                                  "credit_score,gross_monthly_income,home_ownership\ninf,2,own\n",
                                  "credit_score,gross_monthly_income,home_ownership\nnan,2,own\n"])  # fmt: skip
def test_a_wrong_csv_is_out_of_contract(text: str) -> None:
    assert post(text.encode(), **{"Content-Type": "text/csv"}).status_code == 422


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {}, 400),
        (b'{"instances": [], "instances": []}', {}, 400),
        (b'{"instances": [{"credit_score": NaN}]}', {}, 400),
        (b'"\xff', {"Content-Type": "text/csv"}, 400),
        (b"{}", {"Content-Type": "application/x-python-pickle"}, 415),
        (b"{}", {"Content-Encoding": "gzip"}, 415),
        (b"{}", {"Accept": "text/csv"}, 406),
        (b"x" * (MAX_BYTES + 1), {}, 413),
        (b"[" * 100_000, {}, 400),
    ],
)
def test_what_cannot_be_read_is_refused_by_kind(body: bytes, headers: dict[str, str], status: int) -> None:
    assert post(body, **headers).status_code == status


@pytest.mark.parametrize("came", [[], [{"type": "http.request", "body": b"{", "more_body": True}]])
def test_a_body_that_does_not_come_is_given_up(came: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.endpoint_http.BODY_SECONDS", 0.05)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, object]:
        return came.pop() if came else await asyncio.Event().wait()  # type: ignore[return-value] - it never comes

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/invocations", "headers": []}
    alone(asyncio.wait_for(serve_model(MODEL)(scope, receive, send), 30))
    assert (sent[0]["status"], (b"connection", b"close") in sent[0]["headers"]) == (408, True)


def json_keys(count: int) -> bytes:
    return json.dumps({"instances": [{f"k{i}": 0 for i in range(count)}]}).encode()


@pytest.mark.parametrize(
    ("read", "body"),
    [
        (read_csv, b"," * 100_000),
        (read_csv, b"a\n" * 50_000),
        (read_csv, ",".join(ROW).encode() + b"\n" + b"," * 100_000),
        (read_json, json_keys(10_000)),
        (read_json, json.dumps({"columns": [*ROW], "rows": [["x", 1, "own"]] * 10_000}).encode()),
    ],
    ids=["columns", "lines", "cells", "keys", "values"],
)  # fmt: skip
def test_refusing_a_large_batch_costs_little_memory(read, body: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(InputError):
            read(body, MODEL.feature_set, MAX_BYTES)
        assert tracemalloc.get_traced_memory()[1] < 50 * len(body)
    finally:
        tracemalloc.stop()


def test_a_model_that_breaks_is_an_answer_without_the_inside() -> None:
    class Broken(LinearModel):
        def predict(self, columns: object) -> np.ndarray:
            raise KeyError("credit_score 700")

    client = TestClient(serve_model(Broken()), raise_server_exceptions=False)
    reply = client.post("/invocations", json={"instances": [ROW]})
    assert (reply.status_code, reply.json()["code"]) == (500, "internal")
    assert "700" not in reply.text


def test_other_addresses_and_methods_are_problems() -> None:
    assert CLIENT.get("/").json()["status"] == 404
    assert CLIENT.get("/invocations").status_code == 405


@given(st.binary(max_size=120))
def test_any_bytes_give_a_batch_or_an_input_error(body: bytes) -> None:
    for reader in (read_json, read_csv):
        try:
            batch = reader(body, MODEL.feature_set, MAX_BYTES)
        except InputError:
            continue
        assert batch.rows > 0


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just([])


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(ROW, VALUES)), max_size=4), st.none() | st.booleans())
def test_the_quick_reader_says_what_the_strict_one_says_or_nothing(rows, wanted) -> None:
    body = json.dumps({"instances": rows, **({} if wanted is None else {"contributions": wanted})}).encode()
    _agree(body)


@given(st.lists(st.floats(width=64) | st.integers(-(10**25), 10**25), min_size=1, max_size=30))
def test_both_readers_read_the_same_number_to_the_last_bit(values) -> None:
    rows = [{**ROW, "credit_score": value} for value in values]
    _agree(json.dumps({"instances": rows}).encode())


@pytest.mark.parametrize(
    "body",
    [
        b'{"instances": [{"credit_score": 1, "credit_score": 2, "gross_monthly_income": 1, "home_ownership": "own"}]}',
        b'{"instances": [{"credit_score": 1, "gross_monthly_income": 1, "home_ownership": "", "home_ownership": ""}]}',
        b'{"instances": [{"credit_score": NaN, "gross_monthly_income": 1, "home_ownership": null}]}',
        b'{"contributions": true, "contributions": false, "instances": []}',
        b'\xef\xbb\xbf{"instances": []}',
    ],
)
def test_the_quick_reader_takes_nothing_that_the_strict_one_refuses(body: bytes) -> None:
    assert _read_plain(body, MODEL.feature_set, MAX_BYTES) is None
    with pytest.raises(InputError):
        read_json(body, MODEL.feature_set, MAX_BYTES)


def test_an_ordinary_batch_is_read_quickly() -> None:
    assert _read_plain(json.dumps({"instances": [ROW]}).encode(), MODEL.feature_set, MAX_BYTES) is not None


def _agree(body: bytes) -> None:
    quick = _read_plain(body, MODEL.feature_set, MAX_BYTES)
    try:
        strict = _read_strictly(body, MODEL.feature_set, MAX_BYTES)
    except InputError:
        assert quick is None
        return
    if quick is not None:
        assert (quick.rows, quick.contributions) == (strict.rows, strict.contributions)
        for name, column in strict.columns.items():
            assert repr(quick.columns[name].tolist()) == repr(column.tolist())


@given(
    st.dictionaries(st.sampled_from([*ROW, "x"]), st.none() | st.booleans() | st.integers() | st.floats() | st.text())
)
def test_any_row_is_scored_or_refused(row: dict[str, object]) -> None:
    assert post({"instances": [row]}).status_code in (200, 400, 422)
