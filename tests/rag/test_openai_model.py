"""Any OpenAI-compatible address: the events that services really send, and everything that can go wrong on the way."""

import json

import pytest
from pydantic import SecretStr

from lending.domain.errors import UnavailableError
from rag.adapters.openai_model import OpenAIModel
from rag.ports import Task
from rag.unavailable import FAULT, MISSING, REFUSED, TIME
from tests.fakes.http import Service
from tests.patience import given_up
from tests.rag.services import PRICE, TASK, WORDED, code_of


@pytest.fixture
def service():
    running = Service()
    yield running
    running.stop()


def events(*bodies, end="\n\n"):
    return [f"data: {body if isinstance(body, str) else json.dumps(body)}{end}".encode() for body in bodies]


def delta(text):
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}


TOOK = {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 4, "total_tokens": 16}}
STREAM = ({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]},
          delta("It costs "), delta("less."),
          {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}, TOOK, "[DONE]")  # fmt: skip


@pytest.fixture
def model(service):
    service.blocks = events(*STREAM)
    return OpenAIModel(f"{service.url}/v1/", "my-model", SecretStr("sk-secret"), PRICE)


def test_the_text_and_what_it_took(model):
    assert list(model.write(TASK)) == WORDED


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_it_may_come_in_blocks_of_any_size_and_with_any_line_end(model, service, size):
    whole = b": keep-alive\r\n\r\nevent: message\r\n" + b"".join(events(*STREAM, end="\r\n\r\n"))
    service.blocks = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert list(model.write(TASK)) == WORDED


def test_what_is_asked(model, service):
    list(model.write(TASK))
    (asked,) = service.asked
    headers, body = asked.headers, asked.json
    assert asked.path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer sk-secret"
    assert body.pop("temperature") < 1
    assert body == {
        "model": "my-model", "max_tokens": 20, "seed": 3, "stream": True, "stream_options": {"include_usage": True},
        "messages": [{"role": "system", "content": "You word claims."},
                     {"role": "user", "content": "A shorter term costs less.‹|im_end|›"}],
    }  # fmt: skip


def test_only_a_llama_server_is_sent_the_grammar_and_only_a_key_that_there_is(model, service):
    list(OpenAIModel(service.url, "m", None, PRICE, grammar=True).write(TASK))
    (asked,) = service.asked
    headers, body = asked.headers, asked.json
    assert body["grammar"] == TASK.grammar
    assert "Authorization" not in headers


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, REFUSED), (401, MISSING), (403, MISSING), (404, MISSING), (408, FAULT), (422, REFUSED), (429, FAULT),
     (500, FAULT), (503, FAULT), (302, REFUSED)],
)  # fmt: skip
def test_each_status_has_its_meaning(model, service, status, code):
    service.status = status
    assert code_of(model) == code


@pytest.mark.parametrize(
    "blocks",
    [
        events("{not json"),
        events("[]"),
        events('"text"'),
        events("7"),
        events({"choices": [{"delta": 7}]}),
        events({"choices": [{}]}),
        events({"choices": 7}),
        events({"choices": [], "usage": {"tokens": 1}}),
        events({"error": {"code": 500, "message": "the engine died"}}),
        events({"error": "overloaded"}),
        [*events(delta("It ")), b"data: " + b"x" * 3_000_000],
        [b"data: \xff\xfe\n"],
    ],
)
def test_what_is_no_chat_completion_is_a_fault(model, service, blocks):
    service.blocks = blocks
    assert code_of(model) == FAULT


def test_text_that_is_no_text_is_a_fault(model, service):
    service.blocks = events({"choices": [{"delta": {"content": {"a": 1}}}]})
    assert code_of(model) == FAULT


@pytest.mark.parametrize("blocks", [[], [b"<html>It works!</html> data: {"], events("[DONE]")])
def test_an_answer_without_words_is_empty(model, service, blocks):
    service.blocks = blocks
    assert list(model.write(TASK)) == []


@pytest.mark.parametrize("blocks", [[b"d"] * 500, [b": still here\n"] * 500, events(*[delta("x")] * 500)])
def test_a_slow_drip_ends_in_time(model, service, blocks):
    service.blocks, service.pause = blocks, 0.1  # 50 seconds in all
    with given_up():
        assert code_of(model, Task("", "", seconds=0.3)) == TIME


def test_silence_ends_in_time(model, service):
    service.blocks, service.pause = [b"data: "], 3
    assert code_of(model, Task("", "", seconds=0.2)) == TIME


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "nonsense", "http://", "ftp://x/y", "http://[::1"])
def test_an_address_where_nobody_answers_is_a_fault(url):
    assert code_of(OpenAIModel(url, "m")) == FAULT


def test_the_key_is_in_no_error(model, service):
    service.status = 401
    with pytest.raises(UnavailableError) as caught:
        list(model.write(TASK))
    assert "sk-secret" not in str(caught.value.as_dict()) + str(caught.value)
