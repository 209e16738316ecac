"""llama.cpp in this process: one file of weights, loaded once, one call at a time."""

from __future__ import annotations

import atexit
import os
import secrets
import threading
import time
import weakref
from collections.abc import Generator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from lending.domain.errors import UnavailableError
from rag.pump import Pump, Take, TimeIsOverError
from rag.unavailable import FAULT, MISSING, REFUSED, TIME, unavailable
from rag.weights import catalogue, known, sha256_of

CONTEXT = 4096
"""Tokens of prompt and text together."""
LONGEST = 8 * CONTEXT
"""Characters of a prompt that are even counted; a token has about four."""
BATCH = 128
"""Tokens of the prompt read at once; between two batches a call can be stopped."""
NEARLY_READ = 512
"""Tokens of a prompt that are read to their end although nobody waits any more: next time its beginning is known."""
CACHE_MIB = 256
"""Memory for prompts that were read before."""
LEAVING_SECONDS = 5.0
GET_ONE = "Run candor llm fetch, or set CANDOR_LLM_PATH to a GGUF file."
Chunk = dict[str, Any]


class Engine:
    """A file of weights; use `engine` to get the one of this process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.Lock()
        self._running: weakref.WeakSet[Pump[Chunk]] = weakref.WeakSet()
        self._key = secrets.token_urlsafe(24)
        atexit.register(self._leave)

    @cached_property
    def sha256(self) -> str:
        """The hash of the file.

        Raises:
            UnavailableError: there is no file, or it carries a known name or size and is damaged.
        """
        if not self.path.is_file():
            raise unavailable(MISSING, f"there is no language model at {self.path}", GET_ONE)
        found, claims = sha256_of(self.path), known(self.path)
        if claims and claims.sha256 != found:
            raise unavailable(MISSING, f"{self.path.name} is damaged: its hash is not that of {claims.title}", GET_ONE)
        return found

    @property
    def name(self) -> str:
        """What the model is called, and the start of its hash where the file can be loaded."""
        try:
            digest = self.sha256
        except UnavailableError:
            return self.path.stem
        ours = next((w for w in catalogue().values() if w.sha256 == digest), None)
        return f"{Path(ours.file).stem if ours else self.path.stem}:{digest[:12]}"

    @cached_property
    def server(self) -> Any:
        """The loaded weights. Its own HTTP side listens on the loopback address, for those who know the key.

        Raises:
            UnavailableError: no runtime, no file, or not one that the runtime can read.
        """
        assert self.sha256  # noqa: S101 - a damaged file is never loaded
        try:
            import xllamacpp
        except ImportError:
            raise unavailable(MISSING, "the runtime of language models is missing", "Install candor[llm].") from None
        llama: Any = xllamacpp
        try:
            return llama.Server(_parameters(llama.CommonParams(), self.path, self._key))
        except RuntimeError:
            text = f"{self.path.name} cannot be loaded: it is no GGUF file of a language model that this runtime knows"
            raise unavailable(MISSING, text, GET_ONE) from None

    @property
    def door(self) -> tuple[str, str]:
        """Address and key of the loaded server's OpenAI-compatible side; other processes of this machine may use it."""
        return f"{self.server.listening_address}/v1", self._key

    def stream(self, body: Mapping[str, Any], seconds: float) -> Generator[Chunk, None, None]:
        """The chunks of a chat completion, as they come; closing stops the model.

        Waiting for one's turn and for the first load count as well.

        Raises:
            UnavailableError: no model, a request it cannot take, or the time is over.
        """
        until = time.monotonic() + seconds
        pump: Pump[Chunk] = Pump(lambda take: self._complete(dict(body), until, take), "language model")
        self._running.add(pump)
        try:
            for chunk in pump.items(seconds):
                _refuse_errors(chunk)
                yield chunk
        except TimeIsOverError:
            raise unavailable(TIME, f"the language model was not done within {seconds:g} s") from None

    def _complete(self, body: dict[str, Any], until: float, take: Take[Chunk]) -> None:
        if not self._turn.acquire(timeout=max(0.0, until - time.monotonic())):
            raise TimeIsOverError
        try:
            server = self.server
            if time.monotonic() >= until:
                raise TimeIsOverError  # the load took all of it; the next call finds it done
            body.update(stream=True, return_progress=True)
            server.handle_chat_completions(body, lambda chunk: take(chunk) and not _is_nearly_read(chunk))
        finally:
            self._turn.release()

    def _leave(self) -> None:
        """Let nothing of llama.cpp run while the interpreter goes down."""
        for pump in list(self._running):
            pump.stop(LEAVING_SECONDS)
        if self._turn.acquire(timeout=LEAVING_SECONDS):
            self.__dict__.pop("server", None)


@lru_cache(maxsize=2)
def engine(path: Path) -> Engine:
    """The engine of a file, one a process."""
    return Engine(path)


def too_long(characters: int) -> bool:
    """Whether a prompt is so long that it is not even handed over."""
    return characters > LONGEST


def threads() -> int:
    """All cores but one, so that pages go on."""
    return max(1, (os.cpu_count() or 2) - 1)


def _parameters(params: Any, path: Path, key: str) -> Any:
    params.model.path = str(path)
    params.model_alias = {path.stem}
    params.n_ctx, params.n_batch, params.n_ubatch, params.n_parallel = CONTEXT, BATCH, BATCH, 1
    params.cache_ram_mib = CACHE_MIB
    params.fit_params = params.warmup = params.ui = params.endpoint_slots = False
    params.verbosity, params.n_threads_http = 0, 2
    params.hostnames, params.api_keys = ["127.0.0.1"], [key]
    for cpu in (params.cpuparams, params.cpuparams_batch):
        cpu.n_threads, cpu.poll = threads(), 0  # threads that poll starve a busy machine
    return params


def _is_nearly_read(chunk: Chunk) -> bool:
    progress = chunk.get("prompt_progress")
    return bool(progress) and progress["total"] - progress["processed"] <= NEARLY_READ


def _refuse_errors(chunk: Chunk) -> None:
    error = chunk.get("error")
    if error is None:
        return
    said = str(error.get("message", error))[:200] if isinstance(error, dict) else str(error)[:200]
    code = REFUSED if isinstance(error, dict) and error.get("code") == 400 else FAULT
    raise unavailable(code, f"the language model refused the request: {said}")
