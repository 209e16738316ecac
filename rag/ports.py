"""What answering from documents needs from the world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.chunk import Passage

Vectors = NDArray[np.float32]


class Writing(Protocol):
    """One market's way of writing values; implemented by `serving.formats.Formats`."""

    def round_money(self, value: Decimal) -> str: ...

    def share(self, rate: Decimal) -> str: ...

    def percent(self, rate: Decimal, places: int) -> str: ...

    def rate(self, rate: Decimal) -> str: ...

    def number(self, value: Decimal) -> str: ...

    def day(self, value: date) -> str: ...

    def quantity(self, value: object, unit: str) -> str: ...


class DocumentSource(Protocol):
    """Where documents come from: the folder kb/ or what was published to the object store."""

    def texts(self) -> Mapping[str, str]:
        """Path below kb/ to the text of every document, in order of the paths."""
        ...

    def approvals(self) -> Mapping[str, str]:
        """SHA-256 of a document's file to who approved it, for those that a second person approved."""
        ...


class Embedder(Protocol):
    """Texts to vectors of length one."""

    @property
    def name(self) -> str:
        """Model and hash; vectors of different names are never compared."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (n, d), float32, each row of length one."""
        ...


@dataclass(frozen=True, slots=True)
class Where:
    """Which passages may be found at all; looked at before anything is ranked.

    Attributes:
        audiences: `customer` alone for customers; staff read both.
        day: the passage's document must hold on it.
        product: passages of this product and those of no product; None for all.
    """

    market: str
    day: date
    audiences: tuple[str, ...] = ("customer",)
    product: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found; `score` is between 0 and 1 and only compares hits of one search."""

    passage: Passage
    score: float
    parts: Mapping[str, float] = field(default_factory=dict[str, float])
    """What the keyword and the vector side gave."""


class SearchIndex(Protocol):
    """Versions of an index of passages; one of them answers."""

    @property
    def current(self) -> str | None:
        """The version that answers, such as `kb-v0003`; None before the first one."""
        ...

    def versions(self) -> Sequence[str]:
        """Those that are kept, oldest first."""
        ...

    def build(self, passages: Sequence[Passage], vectors: Vectors, embedder: str) -> str:
        """Write a new version beside the one that answers; answers its name."""
        ...

    def embedder(self, version: str | None = None) -> str | None:
        """Name of the model whose vectors a version holds, or the one that answers; None where that is not known.

        May be as old as half a minute. Raises UnavailableError: the index cannot be reached.
        """
        ...

    def vectors(self, texts: Sequence[str], embedder: str) -> Mapping[str, NDArray[np.float32]]:
        """Vectors of texts that a kept version embedded with the same model."""
        ...

    def switch(self, version: str) -> None:
        """Let a version answer from now on, in one step. Raises NotFoundError."""
        ...

    def drop(self, version: str) -> None:
        """Remove a version that does not answer."""
        ...

    def passages(self, version: str | None = None) -> Sequence[Passage]:
        """Every passage of a version; None means the one that answers."""
        ...

    def search(
        self, query: str, vector: NDArray[np.float32] | None, where: Where, count: int, version: str | None = None
    ) -> Sequence[Hit]:
        """The best passages, best first. Without a vector only words are compared.

        Raises:
            UnavailableError: no version answers yet, or the index cannot be reached.
        """
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """What a language model is asked to write.

    Attributes:
        system: the prompt and the passages: what stays the same from call to call, so that it can be cached.
        user: what changes; always last.
        grammar: GBNF that the text must follow. A model that knows no grammars ignores it; the checks come after it.
        most_tokens: the text is cut there.
        seconds: of the clock; what takes longer is given up.
    """

    system: str
    user: str
    grammar: str | None = None
    most_tokens: int = 400
    seconds: float = 20.0
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call took; `cost` is in US dollars, zero for a model of one's own."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Piece:
    """The next part of a text; the last one carries what the call took."""

    text: str
    usage: Usage | None = None


class LanguageModel(Protocol):
    """Words texts. It decides nothing, states no figure of its own, and may be absent at any time."""

    @property
    def name(self) -> str:
        """Model and, where it is known, the hash of its weights; recorded on every text."""
        ...

    def write(self, task: Task) -> Iterator[Piece]:
        """The text, piece by piece as it comes. Closing the iterator stops the model.

        Raises:
            UnavailableError: there is no model, it does not answer, or the time is over; nothing else is raised.
        """
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """A loan that a customer speaks of; None where nothing was said. Money is in the market's currency.

    Attributes:
        value: of what secures it; `weight_g` and `purity_k` for gold. `joint`: with the co-applicant on record.
    """

    product: str
    amount: Decimal | None = None
    term_months: int | None = None
    value: Decimal | None = None
    weight_g: Decimal | None = None
    purity_k: Decimal | None = None
    joint: bool = False
    refinances: tuple[str, ...] = ()


class Toolbox(Protocol):
    """What the assistant may look up for the one customer it is bound to. It reads; nothing in it writes a record."""

    def quote(self, wish: Wish) -> Mapping[str, Any]:
        """What the bank would answer to a wish with an amount now: a quote result, not recorded. Raises CandorError."""
        ...

    def what_if(self, wish: Wish, instalment: Decimal | None = None) -> Mapping[str, Any] | None:
        """The largest loan with at most this to pay a month, as a quote result; None where none is approved."""
        ...

    def terms(self, wish: Wish) -> Sequence[Mapping[str, Any]]:
        """Terms over which a wish's amount would be approved, shortest first: `{term_months, instalment}` each."""
        ...

    def schedule(
        self, amount: Decimal, annual_rate: Decimal, term_months: int, repayment: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """A loan by its figures: `{amount, annual_rate, term_months, instalment, total_interest, rows}`.

        Its payments are level unless `repayment`, as a quote result holds it, says other.
        """
        ...

    def early(
        self, loan: Mapping[str, Any], month: int, extra: Decimal | None = None, *, monthly: bool = False
    ) -> Mapping[str, Any]:
        """What paying `extra` after a month changes, the instalment kept; without it what repays all of the loan."""
        ...

    def eligibility(self, product: str | None = None) -> Sequence[Mapping[str, Any]]:
        """Loan types, open to the customer or closed with the rules and the ways in."""
        ...

    def decisions(self) -> Sequence[Mapping[str, Any]]:
        """The customer's latest recorded decisions as they were shown, newest first, with `recorded_on`, `request`."""
        ...

    def facts(self) -> Mapping[str, Any]:
        """What the bank's record says about the customer, as far as it is theirs to read."""
        ...

    def loans(self) -> Sequence[Mapping[str, str]]:
        """Loans that the customer has at the bank: `{loan_id, instalment, payoff}`."""
        ...

    def search(self, question: str, product: str | None = None) -> Sequence[Hit]:
        """Passages for customers that answer a question. Raises UnavailableError."""
        ...

    def document(self, doc_id: str) -> Sequence[Passage]:
        """The passages of one text for customers that holds today, in order. Raises UnavailableError."""
        ...

    def checklist(self, product: str) -> Sequence[Passage]:
        """Which papers a loan needs. Raises UnavailableError."""
        ...

    def own_documents(self, question: str) -> Sequence[Hit]:
        """Passages of the customer's own papers that answer a question; found for nobody else."""
        ...
