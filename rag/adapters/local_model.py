"""A language model on this machine: a GGUF file run by llama.cpp."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from rag.adapters.chat import TEMPERATURE, grammar_of, messages, usage
from rag.adapters.llama_engine import Chunk, Engine, engine, too_long
from rag.ports import Piece, Task
from rag.prices import FREE
from rag.unavailable import FAULT, REFUSED, unavailable


class LocalModel:
    """Loaded when first used, once a process; calls wait for each other. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self._engine: Engine = engine(path)

    @property
    def name(self) -> str:
        """The model's name and the start of its hash."""
        return self._engine.name

    def write(self, task: Task) -> Iterator[Piece]:
        """The text, piece by piece. See `LanguageModel.write`."""
        if too_long(len(task.system) + len(task.user)):
            raise unavailable(REFUSED, f"the prompt has {len(task.system) + len(task.user):,} characters: too long")
        try:
            with closing(self._engine.stream(_body(task), task.seconds)) as chunks:
                yield from filter(None, map(_piece, chunks))
        except TypeError as error:
            raise unavailable(FAULT, f"the language model could not read the request: {error}") from None


def _body(task: Task) -> dict[str, object]:
    return {
        "messages": messages(task), "max_tokens": task.most_tokens, "temperature": TEMPERATURE, "seed": task.seed,
        "cache_prompt": True, "stream_options": {"include_usage": True}, **grammar_of(task),
    }  # fmt: skip


def _piece(chunk: Chunk) -> Piece | None:
    if counted := chunk.get("usage"):
        return Piece("", usage(FREE, counted["prompt_tokens"], counted["completion_tokens"]))
    text = "".join(choice["delta"].get("content") or "" for choice in chunk.get("choices", ()))
    return Piece(text) if text else None
