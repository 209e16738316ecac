"""What the figures of a question mean once it is known what is asked: an answer, a time, a calculation."""

from __future__ import annotations

import re
from dataclasses import replace

from rag.heard import Heard

_YEARS_UP_TO, _LONGEST_TERM = 10, 480
_LIMITED = ("how_much", "compare", "eligible", "rates", "products", "how_long")
_NOT_MORE = re.compile(r"\b(?:pay|repay|make|afford)(?: \w+)? (?:more|over|above|higher)\b", re.IGNORECASE)


def filled(heard: Heard, waiting: str) -> Heard | None:
    """The figures with a bare number read as what was asked for; None when the message does not answer it."""
    number = heard.plain[0] if heard.plain else heard.amounts[0] if heard.amounts else None
    if waiting in ("product", "product_amount") and heard.products:
        return heard
    if waiting in ("amount", "product_amount") and number is not None:
        return replace(heard, amounts=(number,))
    if waiting == "value" and (number is not None or heard.value is not None):
        return replace(heard, value=heard.value or number, amounts=())
    if waiting == "gold" and (heard.weight_g or heard.purity_k or heard.plain):
        return _gold(heard)
    if waiting == "terms" and heard.terms:
        return heard
    if waiting == "early" and (heard.extra or heard.month or number is not None or heard.terms):
        month = heard.month or (heard.terms[0] if heard.terms else None)
        return replace(heard, extra=heard.extra or number, month=month, amounts=(), terms=())
    return None


def _gold(heard: Heard) -> Heard:
    bare = list(heard.plain)
    weight = heard.weight_g or (bare.pop(0) if bare else None)
    return replace(heard, weight_g=weight, purity_k=heard.purity_k or (bare.pop(0) if bare else None), amounts=())


def shared(own: Heard, whole: Heard) -> Heard:
    """A question without a figure of its own speaks of those of the message."""
    names = ("products", "amounts", "terms", "monthly", "value", "weight_g", "purity_k", "rate")
    return replace(own, **{n: getattr(own, n) or getattr(whole, n) for n in names}, joint=own.joint or whole.joint)


def bare_term(heard: Heard) -> Heard:
    """A bare number after a quote is another time: up to ten in years, above in months."""
    if heard.terms or heard.amounts or len(heard.plain) != 1 or not 0 < heard.plain[0] <= _LONGEST_TERM:
        return heard
    number = int(heard.plain[0])
    return replace(heard, terms=(number * 12 if number <= _YEARS_UP_TO else number,))


def with_figures(intent: str, heard: Heard) -> str:
    """The same words with figures may want a calculation instead of a rule."""
    if _is_limited(intent, heard):
        return "quote"
    if intent in ("quote", "eligible", "products") and len(set(heard.terms)) > 1:
        return "compare"
    if intent in ("eligible", "rates") and heard.amounts:
        return "quote"
    if intent in ("quote", "policy") and heard.weight_g and heard.purity_k and not heard.amounts:
        return "how_much" if re.search(r"how much|worth|maximum|\bmax\b", heard.text, re.IGNORECASE) else "quote"
    if intent == "quote" and heard.monthly is not None and not heard.amounts:
        return "how_much"
    return intent


def _is_limited(intent: str, heard: Heard) -> bool:
    """One amount with the limit of its monthly payment: which time keeps within it is asked, however it is put."""
    if heard.monthly is None or len(heard.amounts) != 1 or len(set(heard.terms)) > 1:
        return False
    return intent in _LIMITED or (intent == "hardship" and bool(_NOT_MORE.search(heard.text)))
