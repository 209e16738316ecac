"""A language model behind any OpenAI-compatible address, by streamed chat completions."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from rag.adapters.chat import TEMPERATURE, grammar_of, messages, usage
from rag.ports import Piece, Task
from rag.prices import FREE, Price
from rag.unavailable import FAULT, MISSING, REFUSED, TIME, unavailable

CONNECT_SECONDS = 5.0
LONGEST_LINE = 1 << 20
"""Bytes of one event; a longer one is no event."""
TEMPORARY = frozenset({408, 409, 425, 429})
"""HTTP codes below 500 after which another try may do."""
DONE = "[DONE]"


class OpenAIModel:
    """Speaks to `<url>/chat/completions`. Safe to share between threads."""

    def __init__(
        self, url: str, model: str, key: SecretStr | None = None, price: Price = FREE, grammar: bool = False
    ) -> None:
        """Remember where to ask; `grammar` only for a llama.cpp server, others refuse the field."""
        self._url, self._model, self._price, self._grammar = url.rstrip("/"), model, price, grammar
        self._key = key.get_secret_value() if key else ""

    @property
    def name(self) -> str:
        """The model's id and the host that runs it."""
        return f"{self._model}@{_host(self._url)}"

    def write(self, task: Task) -> Iterator[Piece]:
        """The text, piece by piece. See `LanguageModel.write`."""
        try:
            for event in self._events(task, time.monotonic() + task.seconds):
                _refuse_error(event)
                yield from self._pieces(event)
        except httpx.ConnectTimeout:
            raise unavailable(FAULT, f"{self.name} cannot be reached: no connection in time") from None
        except httpx.TimeoutException:
            raise unavailable(TIME, f"{self.name} did not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise unavailable(FAULT, f"{self.name} cannot be reached: {type(error).__name__}") from None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise unavailable(FAULT, f"{self.name} answered what is no chat completion: {error!r:.80}") from None

    def _events(self, task: Task, until: float) -> Iterator[dict[str, Any]]:
        limits = httpx.Timeout(task.seconds, connect=min(CONNECT_SECONDS, task.seconds))
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        address = f"{self._url}/chat/completions"
        with httpx.stream("POST", address, json=self._body(task), headers=headers, timeout=limits) as answer:
            if answer.status_code != httpx.codes.OK:
                raise _refusal(self.name, answer.status_code)
            for line in _lines(answer.iter_bytes(), until):
                if not line.startswith("data:"):
                    continue  # comments keep a connection open; other fields say nothing here
                if (said := line.removeprefix("data:").strip()) == DONE:
                    return
                yield json.loads(said)

    def _body(self, task: Task) -> dict[str, Any]:
        body = {
            "model": self._model, "messages": messages(task), "max_tokens": task.most_tokens, "seed": task.seed,
            "temperature": TEMPERATURE, "stream": True, "stream_options": {"include_usage": True},
        }  # fmt: skip
        return {**body, **grammar_of(task)} if self._grammar else body

    def _pieces(self, event: dict[str, Any]) -> Iterator[Piece]:
        for choice in event.get("choices") or ():
            text = choice["delta"].get("content") or ""
            if not isinstance(text, str):
                raise TypeError(f"text is {type(text).__name__}")
            if text:
                yield Piece(text)
        if counted := event.get("usage"):
            yield Piece("", usage(self._price, counted["prompt_tokens"], counted["completion_tokens"]))


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _lines(blocks: Iterator[bytes], until: float) -> Iterator[str]:
    """Lines of a stream that may come byte by byte; the time is looked at with every block."""
    waiting = b""
    for block in blocks:
        if time.monotonic() > until:
            raise httpx.ReadTimeout("the whole answer took too long")
        *lines, waiting = (waiting + block).split(b"\n")
        if len(waiting) > LONGEST_LINE:
            raise ValueError("a line without end")
        yield from (line.decode("utf-8", "replace").strip() for line in lines)
    yield waiting.decode("utf-8", "replace").strip()


def _refuse_error(event: dict[str, Any]) -> None:
    if error := event.get("error"):
        said = error.get("message", "") if isinstance(error, dict) else error
        code = REFUSED if isinstance(error, dict) and error.get("code") == httpx.codes.BAD_REQUEST else FAULT
        raise unavailable(code, f"the language model refused the request: {str(said)[:200]}")


def _refusal(name: str, status: int) -> Exception:
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND):
        text = f"{name} answers {status}: the key, the address or the model's id is not right"
        return unavailable(MISSING, text, "Correct CANDOR_LLM_KEY, CANDOR_LLM_URL or CANDOR_LLM_MODEL.")
    code = FAULT if status >= httpx.codes.INTERNAL_SERVER_ERROR or status in TEMPORARY else REFUSED
    return unavailable(code, f"{name} answers {status}")
