"""Reads what a customer says to the assistant: `{conversation_id?, message, about?}`, no more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from serving.fields import Fields

CONVERSATION_ID = re.compile(r"t_[a-z2-7]{26}")
_ABOUT = r"[do]_[a-z2-7]{26}"
_SAYS_SOMETHING = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class ChatAsk:
    """A message as it arrives; `about` is the id of a decision or an offer that is spoken of."""

    message: str
    conversation_id: str | None = None
    about: str | None = None


def chat_ask(data: Mapping[str, object], most_characters: int) -> ChatAsk:
    """The message of a body.

    Raises:
        InvalidBody: a field is missing, wrong or unknown; `errors` lists them all.
    """
    fields = Fields(data, ("message", "conversation_id", "about"))
    message = fields.text("message", f"text of 1 to {most_characters} characters", most_characters)
    if message and not _SAYS_SOMETHING.search(message):
        fields.wrong("message", "no word", f"text of 1 to {most_characters} characters", "Ask something.")
    conversation = fields.text(
        "conversation_id", "the id of a conversation of yours", 28, CONVERSATION_ID.pattern, optional=True
    )
    about = fields.text("about", "the id of a decision or an offer of yours", 28, _ABOUT, optional=True)
    fields.check()
    return ChatAsk(message, conversation or None, about or None)
