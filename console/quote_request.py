"""What the what-if page sends, in the shape that the strict parser reads; and its errors as words on what to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.words import Say
from lending.domain.errors import InputError

NOBODY = "-"
"""Stands for nobody in a select, where an empty value would leave it without a shown choice."""


def request_data(asked: object) -> dict[str, Any]:
    """A request of the page. Typed text is tidied (spaces, grouping), never guessed.

    Args:
        asked: `{product, amount, term_months, collateral?, co_applicant?}` and what only the page needs.
    """
    sent: Mapping[str, Any] = asked if isinstance(asked, Mapping) else {}
    data = {"product": sent.get("product"), "amount": tidy(sent.get("amount")), "term_months": whole(sent.get("term"))}
    more = {"collateral": sent.get("collateral"), "co_applicant": _partner(sent.get("co_applicant"))}
    return {**data, **{name: value for name, value in more.items() if value}}


def tidy(entered: Any) -> Any:
    """Text without spaces, currency signs and grouping commas; other types are left for the parser to refuse."""
    if not isinstance(entered, str):
        return entered
    return entered.strip().removeprefix("$").removeprefix("₹").replace(",", "").replace("\u00a0", "").strip()


def whole(entered: Any) -> Any:
    """Digits as a whole number; anything else is left for the parser to refuse."""
    text = tidy(entered)
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 6 else text


def problem_words(error: InputError, say: Say) -> str:
    """What to change, from the parser's error."""
    listed: list[Mapping[str, str]] = getattr(error, "errors", None) or [error.as_dict()]
    return " ".join(dict.fromkeys(say(_ADVICE.get(item.get("field", ""), "quote.check")) for item in listed))


def _partner(entered: Any) -> Any:
    return None if entered == NOBODY else tidy(entered)


_ADVICE = {
    "amount": "quote.amount.wrong",
    "term_months": "quote.term.wrong",
    "collateral.value": "quote.value.wrong",
    "collateral.weight_g": "quote.gold.wrong",
    "collateral.purity_k": "quote.purity_wrong",
    "co_applicant": "quote.partner.wrong",
}
"""Field to the key of the words that help with it."""
