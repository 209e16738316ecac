"""Embedding models on Amazon Bedrock: Titan Text Embeddings v2 and Cohere Embed v3, by InvokeModel."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lending.breaker import Breaker
from lending.domain.errors import InputError, UnavailableError
from rag.ports import Vectors

TRIES = 3
"""Of one call: botocore waits longer each time, with jitter, when Bedrock throttles."""
AT_ONCE = 4
"""Calls that run beside each other while an index is built."""
_LIKE_ZERO = 1e-6
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Family:
    """How one kind of model is asked.

    Attributes:
        ids: what its ids look like, a region's inference profile before them or not.
        size: of a vector.
        texts: in one call at most.
        letters: of a text at most; the rest is not read.
        asked: the body of a call for some texts.
        told: the vectors in an answer, one for each text.
    """

    ids: re.Pattern[str]
    size: int
    texts: int
    letters: int
    asked: Callable[[Sequence[str]], dict[str, Any]]
    told: Callable[[Body], Sequence[Sequence[float]]]


def _titan(texts: Sequence[str]) -> dict[str, Any]:
    return {"inputText": texts[0], "dimensions": 1024, "normalize": True}


def _cohere(texts: Sequence[str]) -> dict[str, Any]:
    """Questions too are asked as documents: the port compares texts with texts, whichever asks."""
    return {"texts": list(texts), "input_type": "search_document", "truncate": "END"}


FAMILIES = (
    Family(re.compile(r"(\w+\.)?amazon\.titan-embed-text-v2:\d+"), 1024, 1, 40_000, _titan, lambda b: [b["embedding"]]),
    Family(
        re.compile(r"(\w+\.)?cohere\.embed-(english|multilingual)-v3(:\d+)?"), 1024, 96, 2048, _cohere,
        lambda b: b["embeddings"],
    ),
)  # fmt: skip


class BedrockEmbedder:
    """Embeds by a model on Bedrock. Safe to share between threads; nothing is called before the first text.

    Args:
        model: its id or inference profile.
        region: of Bedrock.
        breaker: leaves it alone for a while after several failures in a row.
        seconds: longest wait for an answer; there are `TRIES` of them.
        endpoint: a private address of Bedrock; None for the public one.

    Raises:
        InputError: the model is none of a known family.
    """

    def __init__(
        self, model: str, region: str, breaker: Breaker, seconds: float = 5.0, endpoint: str | None = None
    ) -> None:
        self._model, self._region, self._breaker = model, region, breaker
        self._seconds, self._endpoint = seconds, endpoint
        self._family = family_of(model)

    @property
    def name(self) -> str:
        """Model and size of its vectors."""
        return f"{self._model}:{self._family.size}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of length one; shape (n, size).

        Raises:
            UnavailableError: Bedrock refuses, throttles for too long, does not answer, or answers no such vectors.
        """
        if not texts:
            return np.empty((0, self._family.size), dtype=np.float32)
        if not self._breaker.lets_through():
            raise _away(self._model, "failed several times in a row and is left alone for a moment")
        try:
            vectors = self._all(texts)
        except UnavailableError:
            self._breaker.failed()
            raise
        self._breaker.passed()
        return vectors

    def request(self, texts: Sequence[str]) -> dict[str, Any]:
        """What InvokeModel is given for texts of one call; an empty text is read as a blank."""
        cut = [text[: self._family.letters] or " " for text in texts]
        kind = "application/json"
        return {
            "modelId": self._model, "contentType": kind, "accept": kind,
            "body": json.dumps(self._family.asked(cut)).encode(),
        }  # fmt: skip

    def _all(self, texts: Sequence[str]) -> Vectors:
        most = self._family.texts
        calls = [texts[start : start + most] for start in range(0, len(texts), most)]
        _ = self._client  # made once, before the threads ask
        if len(calls) == 1:
            return self._call(calls[0])
        with ThreadPoolExecutor(min(AT_ONCE, len(calls))) as pool:
            return np.concatenate(list(pool.map(self._call, calls)))

    def _call(self, texts: Sequence[str]) -> Vectors:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            body = json.loads(self._client.invoke_model(**self.request(texts))["body"].read())
            return _checked(self._family.told(body), (len(texts), self._family.size))
        except ClientError as error:
            raise _away(self._model, f"answers {error.response.get('Error', {}).get('Code') or 'an error'}") from None
        except BotoCoreError as error:
            raise _away(self._model, f"cannot be reached: {type(error).__name__}") from None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _away(self._model, f"answers no vectors as asked for ({type(error).__name__})") from None

    @cached_property
    def _client(self) -> Any:
        from boto3.session import Session
        from botocore.config import Config

        tries: Any = {"total_max_attempts": TRIES, "mode": "standard"}
        config = Config(connect_timeout=3, read_timeout=self._seconds, retries=tries, max_pool_connections=AT_ONCE)
        return Session().client("bedrock-runtime", region_name=self._region, endpoint_url=self._endpoint, config=config)


def family_of(model: str) -> Family:
    """How a model is asked. Raises InputError for one that is not known."""
    if found := next((family for family in FAMILIES if family.ids.fullmatch(model)), None):
        return found
    raise InputError(
        f"{model} is no embedding model that Candor can ask", code="embedder", field="CANDOR_EMBED_MODEL", found=model,
        expected="amazon.titan-embed-text-v2:0, cohere.embed-english-v3 or cohere.embed-multilingual-v3",
        do="Set CANDOR_EMBED_MODEL to one of them, or to nothing for the model on this machine.",
    )  # fmt: skip


def _checked(told: Iterable[Sequence[float]], shape: tuple[int, int]) -> Vectors:
    """As float32 of length one. Raises ValueError for another count, size, or what is no direction."""
    vectors = np.array(list(told), dtype=np.float32)
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True) if vectors.shape == shape else np.zeros(1)
    if not np.isfinite(lengths).all() or (lengths < _LIKE_ZERO).any():
        raise ValueError(f"shape {vectors.shape}, expected {shape}")
    return (vectors / lengths).astype(np.float32)


def _away(model: str, said: str) -> UnavailableError:
    return UnavailableError(
        f"{model} on Bedrock {said}", code="embedder", field="CANDOR_EMBED_MODEL", found=said[:100],
        expected="vectors", do="Check credentials, region and access to the model; words alone find meanwhile.",
    )  # fmt: skip
