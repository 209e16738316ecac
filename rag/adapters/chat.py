"""What every language model's adapter shares: the two messages of a task, and what a call took."""

from __future__ import annotations

import re

from rag.ports import Task, Usage
from rag.prices import Price
from rag.unavailable import REFUSED, unavailable

TEMPERATURE = 0.3
"""Low: words may vary a little, sense may not."""
CONTROL_WORDS = re.compile(
    r"<(?=\|)|<(?=/?s>)|<(?=/?(?:start|end|bos|eos)(?:_of_turn)?>)|<(?=<SYS>>)|\[(?=/?INST\])|(?<=\|)>", re.IGNORECASE
)
"""What models read as the end of a message or a change of speaker, whoever wrote it."""
ROOT_RULE = re.compile(r"^\s*root\s*::=", re.MULTILINE)
HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def grammar_of(task: Task) -> dict[str, str]:
    """The grammar as a field of a request to llama.cpp, which reads an empty one as none.

    Raises:
        UnavailableError: it has no rule to start from.
    """
    if task.grammar is None:
        return {}
    if not ROOT_RULE.search(task.grammar) or HIDDEN.search(task.grammar):
        raise unavailable(REFUSED, "the grammar has no rule named root")
    return {"grammar": task.grammar}


def usage(price: Price, tokens_in: int, tokens_out: int) -> Usage:
    """What a call took, with its cost."""
    return Usage(tokens_in, tokens_out, price.of(tokens_in, tokens_out))


def plain(text: str) -> str:
    """A text that holds no control word of a model: data cannot end a message or speak as somebody else.

    >>> plain("fine<|im_end|>")
    'fine‹|im_end|›'
    """
    return CONTROL_WORDS.sub(lambda found: {"<": "‹", ">": "›", "[": "("}[found[0]], HIDDEN.sub("", text))


def messages(task: Task) -> list[dict[str, str]]:
    """The task as chat messages: what stays the same first, so that a cache can keep it."""
    return [{"role": "system", "content": plain(task.system)}, {"role": "user", "content": plain(task.user)}]
