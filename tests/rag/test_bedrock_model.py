"""Bedrock: Converse, streamed, in the bytes that AWS sends, and everything that can go wrong on the way."""

import json
import struct
from zlib import crc32

import pytest

from rag.adapters.bedrock_model import BedrockModel
from rag.ports import Task
from rag.unavailable import FAULT, MISSING, REFUSED, TIME
from tests.fakes.http import Service
from tests.rag.services import PRICE, TASK, WORDED, code_of


@pytest.fixture
def service():
    running = Service()
    yield running
    running.stop()


def message(headers, body):
    """One message of the AWS event stream, as it is on the wire."""
    head = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for name, value in headers.items()
    )
    payload = json.dumps(body).encode()
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    whole = prelude + struct.pack(">I", crc32(prelude)) + head + payload
    return whole + struct.pack(">I", crc32(whole))


def event(kind, **body):
    return message({":event-type": kind, ":content-type": "application/json", ":message-type": "event"}, body)


def exception(kind):
    return message({":exception-type": kind, ":message-type": "exception"}, {"message": "no"})


CONVERSED = [
    event("messageStart", role="assistant"),
    event("contentBlockDelta", contentBlockIndex=0, delta={"text": "It costs "}),
    event("contentBlockDelta", contentBlockIndex=0, delta={"text": "less."}),
    event("contentBlockStop", contentBlockIndex=0),
    event("messageStop", stopReason="end_turn"),
    event("metadata", usage={"inputTokens": 12, "outputTokens": 4, "totalTokens": 16}, metrics={"latencyMs": 9}),
]


@pytest.fixture
def model(service, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    service.kind, service.blocks = "application/vnd.amazon.eventstream", list(CONVERSED)
    return BedrockModel("eu.amazon.nova-lite-v1:0", "eu-central-1", service.url, PRICE)


def test_the_text_and_what_it_took(model):
    assert list(model.write(TASK)) == WORDED
    assert model.name == "eu.amazon.nova-lite-v1:0"


def test_what_is_asked(model, service):
    list(model.write(TASK))
    (asked,) = service.asked
    headers, body = asked.headers, asked.json
    assert asked.path == "/model/eu.amazon.nova-lite-v1%3A0/converse-stream"
    assert "/eu-central-1/bedrock/aws4_request" in headers["Authorization"]
    assert body["system"] == [{"text": "You word claims."}]
    assert body["messages"] == [{"role": "user", "content": [{"text": "A shorter term costs less.‹|im_end|›"}]}]
    assert body["inferenceConfig"]["maxTokens"] == 20


@pytest.mark.parametrize(
    ("kind", "code"),
    [("throttlingException", FAULT), ("modelStreamErrorException", FAULT), ("internalServerException", FAULT),
     ("serviceUnavailableException", FAULT), ("validationException", REFUSED)],
)  # fmt: skip
def test_an_exception_in_the_stream_has_its_meaning(model, service, kind, code):
    service.blocks = [*CONVERSED[:2], exception(kind)]
    assert code_of(model) == code


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [(403, "AccessDeniedException", MISSING), (404, "ResourceNotFoundException", MISSING),
     (429, "ThrottlingException", FAULT), (400, "ValidationException", REFUSED), (503, "ServiceUnavailable", FAULT),
     (408, "ModelTimeoutException", TIME), (500, "", FAULT)],
)  # fmt: skip
def test_a_refusal_has_its_meaning_and_is_not_asked_twice(model, service, status, kind, code):
    service.status, service.kind = status, "application/json"
    service.blocks = [json.dumps({"__type": kind, "message": "no"}).encode()]
    assert code_of(model) == code
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    "blocks",
    [[b"<html>proxy</html>" * 9], [CONVERSED[1][:-1] + b"\x00"], [bytes(64)]],
    ids=["html", "crc", "zeros"],
)
def test_bytes_that_are_no_event_stream_are_a_fault(model, service, blocks):
    service.blocks = blocks
    assert code_of(model) == FAULT


def test_a_slow_drip_ends_in_time(model, service):
    service.blocks, service.pause = CONVERSED[1:2] * 200, 0.02
    assert code_of(model, Task("", "", seconds=0.3)) == TIME


def test_nobody_there_is_a_fault_and_no_credentials_are_missing(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    assert code_of(BedrockModel("m", "eu-central-1", "http://127.0.0.1:9")) == MISSING
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    assert code_of(BedrockModel("m", "eu-central-1", "http://127.0.0.1:9")) == FAULT


@pytest.mark.parametrize("model_id", ["", " ", "a" * 5000, "../../x"])
def test_an_odd_id_is_one_error(model, service, model_id):
    service.status = 404
    assert code_of(BedrockModel(model_id, "eu-central-1", service.url)) in (FAULT, MISSING, REFUSED)
