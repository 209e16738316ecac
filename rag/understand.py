"""What a message wants: its questions, each with an intent and the figures that it speaks of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from rag.examples import Examples
from rag.figured import bare_term, filled, shared, with_figures
from rag.heard import Heard, hear
from rag.ports import Embedder, Wish
from rag.spelling import in_one_line, spelled_out
from rag.talk import Talk

GATES = ("crisis", "injection", "others", "staff_only", "screened", "act", "advice", "sums", "spanish", "off_topic")
"""Intents that are answered with a sentence and nothing else."""
ABOUT_A_LOAN = ("quote", "compare", "how_much", "early", "schedule", "eligible", "rates")
SMALL = ("hello", "thanks", "bye", "bot", "agree", "deny", "unclear", "language")
_ALONE = ("crisis", "injection", "act", "others", "screened", "sums", "spanish", "agree", "deny", "bye")
_TROUBLE = ("crisis", "hardship")
"""Whoever is in trouble is helped, and is not told of loans in the same breath."""
_SPLIT = re.compile(
    r"(?<=[?!])\s+|(?<=[a-z)]\.)\s+(?=\w)|\s*;\s+|,?\s+(?:and also|also|plus)\s+|"
    r",?\s+and\s+(?=(?:what|how|which|can|could|do|does|is|are|will|would|when|why|where|should|may|am|tell me|"
    r"i (?:want|need))\b)|,\s+(?=(?:what|how|which|can|could|why|when|where|should)\b)",
    re.IGNORECASE,
)  # fmt: skip
_ASKS = re.compile(
    r"\?|^(?:what|how|which|can|could|do|does|is|are|will|would|when|why|where|should|may|tell|show|give|list|explain)\b",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"^\W*(?:and|what about|how about|or|also|then|ok(?:ay)? and|but|now|instead|same|with|for|over|in|at)\b", re.I
)
_WHAT_NOW = re.compile(
    r"\b(?:what (?:can|could|should|must|shall) (?:i|we) do|what|next steps?)(?: now| then| next)?\W*$", re.I
)
_WORDS_OF_A_FOLLOW_UP = 9
_MONEY_FIELDS = ("amount", "value", "weight_g", "purity_k", "rate", "down", "limit")


@dataclass(frozen=True, slots=True)
class Memory:
    """What a conversation is about so far; kept with the assistant's last turn.

    Attributes:
        waiting: what the assistant asked for: `product`, `amount`, `value`, `gold`, `terms` or empty.
        asked: the intent that waits, or the last one about a loan.
        down: what the customer pays of the price themselves; `amount` is the rest.
        rate: a yearly rate that the customer supposed of this loan; None where the bank's own is meant.
        decision_id: the recorded decision that is spoken of.
        suggested: what was last suggested to ask.
        terms: those that were compared.
        limit: the most that the customer would pay a month.
    """

    product: str | None = None
    amount: Decimal | None = None
    term_months: int | None = None
    value: Decimal | None = None
    weight_g: Decimal | None = None
    purity_k: Decimal | None = None
    rate: Decimal | None = None
    down: Decimal | None = None
    joint: bool = False
    asked: str = ""
    waiting: str = ""
    decision_id: str | None = None
    suggested: str = ""
    terms: tuple[int, ...] = ()
    limit: Decimal | None = None

    @property
    def wish(self) -> Wish | None:
        """The loan that is spoken of; None while no product was named."""
        if self.product is None:
            return None
        return Wish(
            self.product, self.amount, self.term_months, self.value, self.weight_g, self.purity_k, self.joint
        )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        held = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: str(v) if isinstance(v, Decimal) else v for name, v in held.items()}


def memory_of(kept: Mapping[str, Any]) -> Memory:
    """What `Memory.as_dict` gave."""
    known = {f.name: kept.get(f.name) for f in fields(Memory) if f.name in kept}
    money = {n: None if known.get(n) is None else Decimal(str(known[n])) for n in _MONEY_FIELDS if n in known}
    return Memory(**{**known, **money, "terms": tuple(known.get("terms") or ())})


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a message.

    Attributes:
        intent: a key of the intents of kb/assistant.yaml, or `policy`: the documents are searched.
        text: its own words.
        heard: its figures.
    """

    intent: str
    text: str
    heard: Heard


class Understanding:
    """Reads messages by patterns first, then by the nearest example; without the embedding model by patterns alone."""

    def __init__(self, talk: Talk, embedder: Embedder, to_documents: Sequence[str] = ()) -> None:
        """Nothing is read or embedded yet.

        Args:
            talk: intents with patterns and examples.
            embedder: to tell what a message is near to.
            to_documents: questions that the documents answer.
        """
        told = [(name, text) for name, texts in talk.examples.items() for text in texts]
        told += [("policy", text) for text in to_documents]
        self._talk = talk
        self.examples = Examples(told, embedder, float(talk.settings["patience"]))

    def questions(self, message: str, memory: Memory) -> list[Question]:
        """The questions of a message, at most as many as the settings allow; at least one."""
        whole = self._hear(spelled_out(message))
        if (alone := self._by_pattern(in_one_line(message))) in _ALONE:
            return [Question(alone, whole.text, whole)]
        if reply := self._reply_to_what_was_asked(whole, alone, memory):
            return [reply]
        pieces = self._pieces(whole.text)
        found = [self._question(piece, whole, memory, only=len(pieces) == 1) for piece in pieces]
        found = [question for question in found if question.intent in _TROUBLE][:1] or found
        return _told_once(found)[: self._talk.count("questions_a_message")]

    def _pieces(self, text: str) -> list[str]:
        """The questions of a text; a sentence that asks nothing belongs to the question after it."""
        pieces: list[str] = []
        held = ""
        for piece in filter(None, (one.strip(" ,") for one in _SPLIT.split(text) if one)):
            if _ASKS.search(piece) or self._by_pattern(piece):
                pieces.append(f"{held} {piece}".strip())
                held = ""
            else:
                held = f"{held} {piece}".strip()
        if held and pieces:
            pieces[-1] = f"{pieces[-1]} {held}"
        return pieces or [text]

    def _hear(self, text: str) -> Heard:
        return hear(text, self._talk.products, self._talk.settings["amount_from"])

    def _question(self, piece: str, whole: Heard, memory: Memory, *, only: bool) -> Question:
        heard = whole if only else shared(self._hear(piece), whole)
        intent = self._by_pattern(piece)
        if not intent and _is_follow_up(piece, heard, memory):
            intent, heard = _goes_on(heard, memory), _of_the_same_amount(bare_term(heard), memory)
        if intent == "improve" and memory.asked == "hardship" and _WHAT_NOW.search(piece):
            intent = "late"
        intent = intent or self._by_figures(heard) or self._nearest(piece)
        return Question(with_figures("policy" if intent == "meaning" else intent, heard), piece, heard)

    def _by_pattern(self, text: str) -> str:
        return next((name for name, pattern in self._talk.patterns.items() if pattern.search(text)), "")

    def _by_figures(self, heard: Heard) -> str:
        """A message that names an amount, or only a loan, wants to know what it costs."""
        if len(heard.terms) > 1 or len(heard.amounts) > 1:
            return "compare"
        if heard.monthly is not None and not heard.amounts:
            return "how_much"
        bare = heard.products and len(heard.text.split()) <= 3
        return "quote" if heard.amounts or bare or (heard.terms and len(heard.text.split()) <= 6) else ""

    def _nearest(self, text: str) -> str:
        """The intent of the example that means nearest the same; `policy` where none is near."""
        name, score = self.examples.nearest(text)
        least = self._talk.settings["near_small_talk" if name in (*SMALL, *GATES) else "near"]
        return name if score >= float(least) else "policy"

    def _reply_to_what_was_asked(self, heard: Heard, intent: str, memory: Memory) -> Question | None:
        """A short answer to what the assistant asked back for."""
        if not memory.waiting or (intent and intent not in ("quote", "compare", "products")):
            return None
        answer = filled(heard, memory.waiting)
        short = len(heard.text.split()) <= _WORDS_OF_A_FOLLOW_UP
        return Question(memory.asked, heard.text, answer) if answer is not None and short else None


def _is_follow_up(piece: str, heard: Heard, memory: Memory) -> bool:
    """A short message with figures alone goes on with the loan that was spoken of."""
    short = len(piece.split()) <= _WORDS_OF_A_FOLLOW_UP
    pays = heard.down is not None or heard.down_share is not None
    return bool(memory.asked in ABOUT_A_LOAN and short and (heard.has_figures or heard.joint) and (
        pays or _AGAIN.match(piece) or len(piece.split()) <= 4
    ))  # fmt: skip


def _goes_on(heard: Heard, memory: Memory) -> str:
    """What a follow-up asks: an amount after the most that a payment carries is a loan within that payment."""
    carried = memory.asked == "how_much" and memory.limit is not None and heard.amounts
    return "quote" if carried else memory.asked


def _of_the_same_amount(heard: Heard, memory: Memory) -> Heard:
    """A payment that is named after a quote is the limit of that loan, not the measure of another one."""
    if memory.asked != "quote" or memory.amount is None or heard.monthly is None or heard.amounts:
        return heard
    return replace(heard, amounts=(memory.amount,))


def _told_once(found: Sequence[Question]) -> list[Question]:
    """Questions that say something; small talk goes beside a real question, and no intent is answered twice."""
    real = [q for q in found if q.intent not in SMALL] or list(found[:1])
    kept: dict[str, Question] = {}
    for question in real:
        kept.setdefault(question.text if question.intent == "policy" else question.intent, question)
    worked_out = {"compare", "how_much", "early", "schedule"} & {q.intent for q in real}
    return [q for q in kept.values() if q.intent != "quote" or not worked_out or len(real) == 1 or q.heard.amounts]
