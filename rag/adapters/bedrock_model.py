"""A language model on Amazon Bedrock, by the streamed Converse API; credentials come as everywhere in boto3."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from lending.domain.errors import UnavailableError
from rag.adapters.chat import TEMPERATURE, plain, usage
from rag.ports import Piece, Task
from rag.prices import FREE, Price
from rag.unavailable import BLOCKED, FAULT, MISSING, REFUSED, TIME, unavailable

READ_SECONDS = 30.0
"""Between two pieces, at the very most; the task's own limit is shorter and looked at with every event."""
CODES = {
    "AccessDeniedException": MISSING, "ResourceNotFoundException": MISSING, "UnrecognizedClientException": MISSING,
    "InvalidSignatureException": MISSING, "ExpiredTokenException": MISSING, "ValidationException": REFUSED,
    "ModelTimeoutException": TIME,
}  # fmt: skip
"""What Bedrock says to what it means for us; everything else may pass with another try."""


STOPPED = "guardrail_intervened"
"""Why a text ended that the guardrail kept back; what it holds instead are the guardrail's words, not the model's."""


@dataclass(frozen=True, slots=True)
class Guardrail:
    """Bedrock's own checks, by id or ARN and version."""

    identifier: str
    version: str


class BedrockModel:
    """A model by its id or inference profile. Safe to share between threads.

    With a guardrail nothing is told before Bedrock has said that it did not intervene.
    """

    def __init__(
        self, model: str, region: str, endpoint: str | None = None, price: Price = FREE,
        guardrail: Guardrail | None = None,
    ) -> None:  # fmt: skip
        self._model, self._region, self._endpoint, self._price = model, region, endpoint, price
        self._guardrail = guardrail

    @property
    def name(self) -> str:
        """The model's id."""
        return self._model

    def write(self, task: Task) -> Iterator[Piece]:
        """The text, piece by piece. Bedrock knows no grammars. See `LanguageModel.write`."""
        from botocore.exceptions import ClientError

        until = time.monotonic() + task.seconds
        try:
            with closing(self._client.converse_stream(**self._request(task))["stream"]) as events:
                timely = self._timely(events, until, task)
                yield from self._checked(timely) if self._guardrail else chain.from_iterable(map(self._pieces, timely))
        except ClientError as error:
            raise _refusal(self.name, error.response.get("Error", {}).get("Code", "")) from None
        except UnavailableError:
            raise
        except Exception as error:  # boto3 lets errors of several libraries through while it streams
            raise _broken(self.name, type(error).__name__) from None

    @cached_property
    def _client(self) -> Any:
        from boto3.session import Session
        from botocore.config import Config

        config = Config(connect_timeout=5, read_timeout=READ_SECONDS, retries={"total_max_attempts": 1})
        return Session().client("bedrock-runtime", region_name=self._region, endpoint_url=self._endpoint, config=config)

    def _timely(self, events: Iterable[Mapping[str, Any]], until: float, task: Task) -> Iterator[Mapping[str, Any]]:
        for event in events:
            if time.monotonic() > until:
                raise unavailable(TIME, f"{self.name} was not done within {task.seconds:g} s")
            yield event

    def _checked(self, events: Iterable[Mapping[str, Any]]) -> Iterator[Piece]:
        """The whole text once it has passed; of one that was kept back only what it took, then the error."""
        held, stopped = list[Piece](), ""
        for event in events:
            stopped = event.get("messageStop", {}).get("stopReason", stopped)
            held += self._pieces(event)
        if not stopped:
            raise unavailable(FAULT, f"{self.name} on Bedrock broke off before its guardrail had passed the text")
        yield from (piece for piece in held if stopped != STOPPED or piece.usage)
        if stopped == STOPPED:
            raise unavailable(BLOCKED, f"the guardrail of {self.name} kept the text back")

    def _request(self, task: Task) -> dict[str, Any]:
        system = plain(task.system)
        return {
            "modelId": self._model,
            **({"system": [{"text": system}]} if system else {}),
            "messages": [{"role": "user", "content": [{"text": plain(task.user)}]}],
            "inferenceConfig": {"maxTokens": task.most_tokens, "temperature": TEMPERATURE},
            **({"guardrailConfig": self._guarded(self._guardrail)} if self._guardrail else {}),
        }

    def _guarded(self, guardrail: Guardrail) -> dict[str, str]:
        return {
            "guardrailIdentifier": guardrail.identifier, "guardrailVersion": guardrail.version, "trace": "disabled",
            "streamProcessingMode": "sync",
        }  # fmt: skip

    def _pieces(self, event: Mapping[str, Any]) -> Iterator[Piece]:
        if text := event.get("contentBlockDelta", {}).get("delta", {}).get("text"):
            yield Piece(text)
        if counted := event.get("metadata", {}).get("usage"):
            yield Piece("", usage(self._price, counted["inputTokens"], counted["outputTokens"]))


def _refusal(name: str, said: str) -> Exception:
    # An exception inside the stream has its first letter small.
    code = CODES.get(said[:1].upper() + said[1:], FAULT)
    do = {"do": "Check the credentials, the region and CANDOR_LLM_MODEL."} if code == MISSING else {}
    return unavailable(code, f"{name} on Bedrock answers {said or 'an error'}", **do)


def _broken(name: str, said: str) -> Exception:
    if "Credential" in said or "Token" in said:
        return unavailable(MISSING, f"{name} on Bedrock: no AWS credentials ({said})", "Set them as for any AWS tool.")
    if "ParamValidation" in said:
        return unavailable(REFUSED, f"{name} on Bedrock cannot be asked so")
    return unavailable(FAULT, f"{name} on Bedrock cannot be reached: {said}")
