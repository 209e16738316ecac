"""Bedrock: Converse, streamed, in the bytes that AWS sends, and everything that can go wrong on the way."""

import json
import struct
from zlib import crc32

import pytest

from lending.domain.errors import InputError, UnavailableError
from lending.settings import load_settings
from rag.adapters.bedrock_model import BedrockModel, Guardrail
from rag.careful import CarefulModel, Limits
from rag.ports import Task
from rag.unavailable import BLOCKED, FAULT, MISSING, REFUSED, TIME
from tests.fakes.http import Answer, Service
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


GUARD = Guardrail("gr-lending", "3")
KEPT_BACK = [*CONVERSED[:1], event("contentBlockDelta", contentBlockIndex=0, delta={"text": "The guardrail speaks."}),
             event("messageStop", stopReason="guardrail_intervened"), CONVERSED[-1]]  # fmt: skip


@pytest.fixture
def guarded(model, service):
    return BedrockModel("eu.amazon.nova-lite-v1:0", "eu-central-1", service.url, PRICE, GUARD)


def test_the_guardrail_is_named_with_its_version_as_botocore_s_service_model_wants_it(guarded, service):
    assert list(guarded.write(TASK)) == WORDED
    assert service.asked[0].json["guardrailConfig"] == {
        "guardrailIdentifier": "gr-lending", "guardrailVersion": "3", "trace": "disabled",
        "streamProcessingMode": "sync",
    }  # fmt: skip


def test_of_a_text_that_the_guardrail_kept_back_nothing_is_told_but_what_it_took(guarded, service):
    service.blocks = KEPT_BACK
    told = []
    with pytest.raises(UnavailableError) as caught:
        told.extend(guarded.write(TASK))
    assert (caught.value.code, told) == (BLOCKED, WORDED[-1:])


def test_a_text_that_breaks_off_before_it_passed_the_guardrail_is_not_told(guarded, service):
    service.blocks = CONVERSED[:3]
    assert code_of(guarded) == FAULT


class Nothing:
    def spent(self, day):
        return 0


def careful(model, clock, failures=1):
    return CarefulModel(model, Limits(30, 3, failures, 60), Nothing(), clock, PRICE)


def test_what_is_kept_back_is_counted_asked_once_and_no_failure_of_the_model(guarded, service, clock):
    service.blocks, told = KEPT_BACK, []
    looked_after = careful(guarded, clock)
    with pytest.raises(UnavailableError) as caught:
        told.extend(looked_after.write(TASK))
    assert (caught.value.code, told, len(service.asked)) == (BLOCKED, WORDED[-1:], 1)
    service.blocks = CONVERSED
    assert list(looked_after.write(TASK)) == WORDED


def test_throttling_is_tried_again_after_a_pause_and_not_for_ever(model, service, clock):
    said = json.dumps({"__type": "ThrottlingException", "message": "slow down"}).encode()
    throttled, good = Answer(429, "application/json", (said,)), Answer(200, service.kind, CONVERSED)
    service.reply = lambda _: throttled if len(service.asked) < 3 else good
    assert list(careful(model, clock).write(TASK)) == WORDED
    assert len(service.asked) == 3
    service.reply = lambda _: throttled
    assert code_of(careful(model, clock)) == FAULT
    assert len(service.asked) == 6


def test_a_guardrail_without_a_version_stops_the_start():
    with pytest.raises(InputError, match="CANDOR_LLM_GUARDRAIL_VERSION"):
        load_settings(profile="test", llm_guardrail="gr-lending")


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
