"""Embedding models on Bedrock: what is asked is what botocore knows, what comes back is checked, models never mix."""

import json
import threading
from datetime import date

import numpy as np
import pytest

from lending.breaker import Breaker
from lending.domain.errors import InputError, UnavailableError
from rag.adapters.bedrock_embedder import BedrockEmbedder, family_of
from rag.adapters.embedded_index import EmbeddedIndex
from rag.chunk import passages
from rag.documents import read_document
from rag.ports import Where
from rag.retrieve import ELSEWHERE, Retrieval
from tests.botocore_models import problems
from tests.fakes.http import Answer, Service, as_json
from tests.patience import given_up
from tests.rag.conftest import a_text

TITAN, COHERE = "amazon.titan-embed-text-v2:0", "cohere.embed-multilingual-v3"
SIZE = 1024


class Bedrock:
    """Answers InvokeModel as both families do; a vector depends on its text alone. `spoil` changes an answer."""

    def __init__(self):
        self.service, self.spoil, self.throttles = Service(self._answer), lambda body: body, 0
        self.lock = threading.Lock()

    def _answer(self, asked):
        with self.lock:
            if self.throttles:
                self.throttles -= 1
                return as_json({"message": "slower"}, 429, **{"x-amzn-ErrorType": "ThrottlingException"})
        if "cohere" in asked.path:
            told = {"embeddings": [vector(text) for text in asked.json["texts"]], "response_type": "embeddings_floats"}
        else:
            told = {"embedding": vector(asked.json["inputText"]), "inputTextTokenCount": 3}
        return as_json(self.spoil(told))


def vector(text):
    draw = np.random.default_rng(sum(text.encode()))
    return (draw.normal(size=SIZE) * 3).round(6).tolist()


@pytest.fixture
def bedrock(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    double = Bedrock()
    yield double
    double.service.stop()


@pytest.fixture
def made(bedrock, clock):
    def make(model, seconds=5.0, failures=3):
        return BedrockEmbedder(model, "us-east-1", Breaker(failures, 60, clock), seconds, bedrock.service.url)

    return make


@pytest.mark.parametrize("model", [TITAN, COHERE, "cohere.embed-english-v3", "us.amazon.titan-embed-text-v2:0"])
def test_a_request_is_one_that_bedrocks_own_model_takes(made, model):
    asked = made(model).request(["a loan", ""])
    assert problems("bedrock-runtime", "InvokeModel", asked) == []
    assert " " in json.loads(asked["body"]).get("texts", [" "])


@pytest.mark.parametrize(("model", "calls"), [(TITAN, 100), (COHERE, 2)])
def test_many_texts_come_back_in_their_order_in_as_few_calls_as_the_model_takes(made, bedrock, model, calls):
    texts = [f"text {number}" for number in range(100)]
    found = made(model).embed(texts)
    expected = np.array([vector(text) for text in texts], dtype=np.float32)
    assert found == pytest.approx(expected / np.linalg.norm(expected, axis=1, keepdims=True), abs=1e-6)
    assert len(bedrock.service.asked) == calls


def test_no_text_asks_nobody(made, bedrock):
    assert made(TITAN).embed([]).shape == (0, SIZE)
    assert bedrock.service.asked == []


def test_a_long_text_is_cut_to_what_the_model_takes(made, bedrock):
    made(COHERE).embed(["x" * 9000])
    assert len(bedrock.service.asked[0].json["texts"][0]) == 2048


SPOILT = (
    lambda body: {"embedding": body["embedding"][:-1]}, lambda body: {"embedding": [0.0] * SIZE},
    lambda body: {"embedding": [float("nan"), *body["embedding"][1:]]}, lambda body: {"vector": []},
    lambda body: {"embedding": ["x"] * SIZE}, lambda body: [], lambda body: {"embedding": None},
)  # fmt: skip


def test_what_is_no_vector_of_the_models_size_is_refused(made, bedrock):
    one = made(TITAN, failures=99)
    for bedrock.spoil in SPOILT:
        with pytest.raises(UnavailableError, match="answers no vectors as asked for"):
            one.embed(["a loan"])


def test_a_call_that_is_throttled_is_made_again_a_few_times(made, bedrock):
    bedrock.throttles = 2
    assert made(TITAN).embed(["a loan"]).shape == (1, SIZE)
    bedrock.throttles = 99
    with pytest.raises(UnavailableError, match="ThrottlingException"):
        made(TITAN).embed(["a loan"])
    assert len(bedrock.service.asked) == 6


def test_silence_ends_and_after_some_failures_bedrock_is_left_alone(made, bedrock):
    bedrock.service.reply = lambda asked: Answer(403, "application/json", (b'{"message": "no"}',))
    one = made(TITAN, seconds=0.2)
    for _ in range(3):
        with pytest.raises(UnavailableError):
            one.embed(["a loan"])
    asked = len(bedrock.service.asked)
    with given_up(), pytest.raises(UnavailableError, match="left alone"):
        one.embed(["a loan"])
    assert len(bedrock.service.asked) == asked


@pytest.mark.parametrize("model", ["", "amazon.titan-embed-text-v1", "cohere.embed-v4:0", "amazon.nova-lite-v1:0"])
def test_a_model_that_nobody_knows_how_to_ask_is_named_with_those_that_are_known(model):
    with pytest.raises(InputError, match="no embedding model") as told:
        family_of(model)
    assert TITAN in told.value.expected


def test_an_index_of_another_model_is_searched_by_words_and_its_vectors_are_not_compared(
    made, bedrock, embedder, tmp_path
):
    index, day = EmbeddedIndex(tmp_path), Where("us", date(2026, 11, 21))
    pieces = passages(read_document("documents/fee.md", a_text("late-fee", body="A late fee is due after a while.")))
    index.switch(index.build(pieces, embedder.embed([piece.read for piece in pieces]), embedder.name))
    bedrock_made = made(TITAN)
    assert index.embedder() == embedder.name != bedrock_made.name
    (hit, *_) = Retrieval(index, bedrock_made).find("late fee", day)
    assert hit.passage.doc_id == "late-fee"
    assert ELSEWHERE not in hit.parts
    assert bedrock.service.asked == []
    index.switch(index.build(pieces, bedrock_made.embed([piece.read for piece in pieces]), bedrock_made.name))
    assert index.vectors([pieces[0].read], embedder.name).keys() == {pieces[0].read}
    assert ELSEWHERE in Retrieval(index, bedrock_made).find("late fee", day)[0].parts
