"""Models behind an address: the shapes that services really send, and everything that can go wrong on the way."""

import json
import struct
import threading
import time
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from zlib import crc32

import pytest
from pydantic import SecretStr

from lending.domain.errors import UnavailableError
from rag.adapters.bedrock_model import BedrockModel
from rag.adapters.openai_model import OpenAIModel
from rag.ports import Piece, Task, Usage
from rag.prices import Price
from rag.unavailable import FAULT, MISSING, REFUSED, TIME

TASK = Task(
    "You word claims.", "A shorter term costs less.<|im_end|>", 'root ::= "x"', most_tokens=20, seconds=5, seed=3
)
PRICE = Price(Decimal("0.25"), Decimal("1.25"))
WORDED = [Piece("It costs "), Piece("less."), Piece("", Usage(12, 4, Decimal("0.000008")))]


class Service:
    """An HTTP server on the loopback address that answers what it is told and remembers what it was asked."""

    def __init__(self):
        self.status, self.kind, self.blocks, self.pause, self.asked = 200, "text/event-stream", [], 0.0, []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.asked.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(service.status)
                self.send_header("Content-Type", service.kind)
                self.end_headers()
                try:
                    for block in service.blocks:
                        self.wfile.write(block)
                        self.wfile.flush()
                        time.sleep(service.pause)
                except OSError:  # the reader left
                    return

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def service():
    running = Service()
    yield running
    running.stop()


def code_of(model, task=TASK):
    with pytest.raises(UnavailableError) as caught:
        list(model.write(task))
    return caught.value.code


def events(*bodies, end="\n\n"):
    return [f"data: {body if isinstance(body, str) else json.dumps(body)}{end}".encode() for body in bodies]


def delta(text):
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}


TOOK = {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 4, "total_tokens": 16}}
STREAM = ({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]},
          delta("It costs "), delta("less."),
          {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}, TOOK, "[DONE]")  # fmt: skip


class TestOpenAI:
    """Chat completions as they stream."""

    @pytest.fixture
    def model(self, service):
        service.blocks = events(*STREAM)
        return OpenAIModel(f"{service.url}/v1/", "my-model", SecretStr("sk-secret"), PRICE)

    def test_the_text_and_what_it_took(self, model):
        assert list(model.write(TASK)) == WORDED

    @pytest.mark.parametrize("size", [1, 7, 4096])
    def test_it_may_come_in_blocks_of_any_size_and_with_any_line_end(self, model, service, size):
        whole = b": keep-alive\r\n\r\nevent: message\r\n" + b"".join(events(*STREAM, end="\r\n\r\n"))
        service.blocks = [whole[at : at + size] for at in range(0, len(whole), size)]
        assert list(model.write(TASK)) == WORDED

    def test_what_is_asked(self, model, service):
        list(model.write(TASK))
        ((path, headers, body),) = service.asked
        assert path == "/v1/chat/completions"
        assert headers["Authorization"] == "Bearer sk-secret"
        assert body.pop("temperature") < 1
        assert body == {
            "model": "my-model", "max_tokens": 20, "seed": 3, "stream": True, "stream_options": {"include_usage": True},
            "messages": [{"role": "system", "content": "You word claims."},
                         {"role": "user", "content": "A shorter term costs less.‹|im_end|›"}],
        }  # fmt: skip

    def test_only_a_llama_server_is_sent_the_grammar_and_only_a_key_that_there_is(self, model, service):
        list(OpenAIModel(service.url, "m", None, PRICE, grammar=True).write(TASK))
        ((_, headers, body),) = service.asked
        assert body["grammar"] == TASK.grammar
        assert "Authorization" not in headers

    @pytest.mark.parametrize(
        ("status", "code"),
        [(400, REFUSED), (401, MISSING), (403, MISSING), (404, MISSING), (408, FAULT), (422, REFUSED), (429, FAULT),
         (500, FAULT), (503, FAULT), (302, REFUSED)],
    )  # fmt: skip
    def test_each_status_has_its_meaning(self, model, service, status, code):
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
    def test_what_is_no_chat_completion_is_a_fault(self, model, service, blocks):
        service.blocks = blocks
        assert code_of(model) == FAULT

    def test_text_that_is_no_text_is_a_fault(self, model, service):
        service.blocks = events({"choices": [{"delta": {"content": {"a": 1}}}]})
        assert code_of(model) == FAULT

    @pytest.mark.parametrize("blocks", [[], [b"<html>It works!</html> data: {"], events("[DONE]")])
    def test_an_answer_without_words_is_empty(self, model, service, blocks):
        service.blocks = blocks
        assert list(model.write(TASK)) == []

    @pytest.mark.parametrize("blocks", [[b"d"] * 500, [b": still here\n"] * 500, events(*[delta("x")] * 500)])
    def test_a_slow_drip_ends_in_time(self, model, service, blocks):
        service.blocks, service.pause = blocks, 0.02
        start = time.monotonic()
        assert code_of(model, Task("", "", seconds=0.3)) == TIME
        assert time.monotonic() - start < 2

    def test_silence_ends_in_time(self, model, service):
        service.blocks, service.pause = [b"data: "], 3
        assert code_of(model, Task("", "", seconds=0.2)) == TIME

    @pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "nonsense", "http://", "ftp://x/y", "http://[::1"])
    def test_an_address_where_nobody_answers_is_a_fault(self, url):
        assert code_of(OpenAIModel(url, "m")) == FAULT

    def test_the_key_is_in_no_error(self, model, service):
        service.status = 401
        with pytest.raises(UnavailableError) as caught:
            list(model.write(TASK))
        assert "sk-secret" not in str(caught.value.as_dict()) + str(caught.value)


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


class TestBedrock:
    """Converse, streamed, in the bytes that AWS sends."""

    @pytest.fixture
    def model(self, service, monkeypatch):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        service.kind, service.blocks = "application/vnd.amazon.eventstream", list(CONVERSED)
        return BedrockModel("eu.amazon.nova-lite-v1:0", "eu-central-1", service.url, PRICE)

    def test_the_text_and_what_it_took(self, model):
        assert list(model.write(TASK)) == WORDED
        assert model.name == "eu.amazon.nova-lite-v1:0"

    def test_what_is_asked(self, model, service):
        list(model.write(TASK))
        ((path, headers, body),) = service.asked
        assert path == "/model/eu.amazon.nova-lite-v1%3A0/converse-stream"
        assert "/eu-central-1/bedrock/aws4_request" in headers["Authorization"]
        assert body["system"] == [{"text": "You word claims."}]
        assert body["messages"] == [{"role": "user", "content": [{"text": "A shorter term costs less.‹|im_end|›"}]}]
        assert body["inferenceConfig"]["maxTokens"] == 20

    @pytest.mark.parametrize(
        ("kind", "code"),
        [("throttlingException", FAULT), ("modelStreamErrorException", FAULT), ("internalServerException", FAULT),
         ("serviceUnavailableException", FAULT), ("validationException", REFUSED)],
    )  # fmt: skip
    def test_an_exception_in_the_stream_has_its_meaning(self, model, service, kind, code):
        service.blocks = [*CONVERSED[:2], exception(kind)]
        assert code_of(model) == code

    @pytest.mark.parametrize(
        ("status", "kind", "code"),
        [(403, "AccessDeniedException", MISSING), (404, "ResourceNotFoundException", MISSING),
         (429, "ThrottlingException", FAULT), (400, "ValidationException", REFUSED), (503, "ServiceUnavailable", FAULT),
         (408, "ModelTimeoutException", TIME), (500, "", FAULT)],
    )  # fmt: skip
    def test_a_refusal_has_its_meaning_and_is_not_asked_twice(self, model, service, status, kind, code):
        service.status, service.kind = status, "application/json"
        service.blocks = [json.dumps({"__type": kind, "message": "no"}).encode()]
        assert code_of(model) == code
        assert len(service.asked) == 1

    @pytest.mark.parametrize(
        "blocks",
        [[b"<html>proxy</html>" * 9], [CONVERSED[1][:-1] + b"\x00"], [bytes(64)]],
        ids=["html", "crc", "zeros"],
    )
    def test_bytes_that_are_no_event_stream_are_a_fault(self, model, service, blocks):
        service.blocks = blocks
        assert code_of(model) == FAULT

    def test_a_slow_drip_ends_in_time(self, model, service):
        service.blocks, service.pause = CONVERSED[1:2] * 200, 0.02
        assert code_of(model, Task("", "", seconds=0.3)) == TIME

    def test_nobody_there_is_a_fault_and_no_credentials_are_missing(self, monkeypatch, tmp_path):
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
    def test_an_odd_id_is_one_error(self, model, service, model_id):
        service.status = 404
        assert code_of(BedrockModel(model_id, "eu-central-1", service.url)) in (FAULT, MISSING, REFUSED)
