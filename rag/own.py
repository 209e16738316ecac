"""Search in a customer's own papers: in memory, within one question, never in the index that all share.

Their text is data. Nothing in it is followed, and its figures are told as the paper's own, never as the bank's.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from lending.domain.errors import UnavailableError
from rag.chunk import Passage, passages
from rag.documents import Document
from rag.fusion import setting
from rag.ledger import OWN
from rag.ports import Embedder, Hit
from rag.words import search_words

MOST_CHARACTERS = 200_000
_TAGS = re.compile(r"<!--.*?-->|<[^<>]{0,400}>", re.DOTALL)
_ENTITIES = re.compile(r"&#?\w{1,12};")
_FIRST_DAY = date(1970, 1, 1)


def visible(text: str) -> str:
    """The text that a reader of a paper sees: no markup, comments, zero-width, direction or control characters."""
    plain = _ENTITIES.sub(" ", _TAGS.sub(" ", unicodedata.normalize("NFKC", text[:MOST_CHARACTERS])))
    kept = (c for c in plain if c in "\n\t" or unicodedata.category(c) not in ("Cf", "Cc", "Co", "Cs"))
    lines = ("".join(kept)).splitlines()
    return "\n".join(" ".join(line.split()) for line in lines).strip()


def own_passages(document_id: str, title: str, text: str) -> list[Passage]:
    """The pieces of one paper; their ids say that they are nobody's rule."""
    body = visible(text)
    if not body:
        return []
    name = visible(title) or "Your document"
    paper = Document(
        path="", id=f"{OWN}{document_id}", version=1, title=name, also="", audience="customer", product=None,
        markets=(), valid_from=_FIRST_DAY, valid_to=None, source="the customer's own document",
        sha256=hashlib.sha256(body.encode()).hexdigest(), body="\n\n".join(body.replace("#", "").splitlines()),
    )  # fmt: skip
    return passages(paper)


def search_own(question: str, pieces: Sequence[Passage], embedder: Embedder, count: int = 3) -> list[Hit]:
    """The pieces nearest to a question by words and by meaning, best first; by words alone without the model."""
    if not pieces:
        return []
    wanted = set(_stems(question))
    words = [len(wanted & set(_stems(piece.read))) / max(len(wanted), 1) for piece in pieces]
    near = _nearness(question, pieces, embedder)
    share = setting("vector_weight")
    scored = [
        Hit(piece, round((1 - share) * w + share * max(v, 0.0), 6), {"words": w, "vector": v})
        for piece, w, v in zip(pieces, words, near, strict=True)
        if w > 0 or v >= setting("near")
    ]
    return sorted(scored, key=lambda hit: (-hit.score, hit.passage.id))[:count]


def _nearness(question: str, pieces: Sequence[Passage], embedder: Embedder) -> list[float]:
    try:
        vectors = embedder.embed([question, *(piece.read for piece in pieces)])
    except UnavailableError:
        return [0.0] * len(pieces)
    return [float(v) for v in vectors[1:] @ vectors[0]]


def _stems(text: str) -> list[str]:
    return [word[:5] for word in search_words(text)]
