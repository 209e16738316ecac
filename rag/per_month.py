"""Whether a number of a message is a payment a month: what stands before it, and what after."""

from __future__ import annotations

import re

_I = re.IGNORECASE
_PAYMENT = r"(?:emi|instal?lment|payment|repayment)s?"
_CURRENCY = r"(?:dollars?|bucks?|rupees?|usd|inr|rs\.?|[$₹])"
_HEDGE = r"(?:max(?:imum)?|tops|only|or less|at (?:the )?most|more|extra)"
_AT_MOST = (
    r"(?:(?:no|not|never|nothing|cannot|\w+n't)(?: be| go| get| pay)? (?:(?:more|higher|greater|bigger|larger) than|"
    r"over|above|beyond|exceed\w*)|(?:less|lower|smaller) than|under|below|within|up ?to|at (?:the )?most|max\w*|<=?|"
    r"(?:capped|limited) (?:at|to))"
)
_TOLD = r"(?:of|is|are|at|to|around|about|roughly|only|just|should|must|ha(?:s|ve) to|can|may|be|stay|limit|cap|:|=)"
_HOW = rf"(?:\s*(?:{_AT_MOST}|{_TOLD})(?!\w))"
_OTHER_PAYMENT = r"(?<!down )(?<!down-)(?<!first )(?<!last )(?<!late )(?<!missed )(?<!final )(?<!balloon )"
_BEFORE = re.compile(
    rf"(?:{_OTHER_PAYMENT}\b{_PAYMENT}(?: budget)?{_HOW}+|\b(?:monthly|emi) (?:budget|amount|limit){_HOW}*|"
    rf"[,;:]\s*monthly{_HOW}*|\bmonthly{_HOW}+|\bbudget{_HOW}*|\bcan (?:only )?(?:pay|afford){_HOW}*)\s*$",
    _I,
)
_NAMED_BEFORE = re.compile(rf"\b(?:emi|monthly {_PAYMENT})\s*$", _I)
_PAID_BEFORE = re.compile(
    rf"(?:\bpay(?:ing)? {_AT_MOST}|(?:n't|\bnot|\bcannot|\bwithout)(?: want to)? (?:pay|afford)(?:ing)? more than)\s*$",
    _I,
)
_ASKED = re.compile(
    rf"\b(?:what|how (?:much|high|big)|calculate|work out|tell me|show me|know)\b[\w' ]*\b{_PAYMENT} (?:of|at)\s*$", _I
)
_NOT_THE_LIMIT = rf"(?!\s+(?:{_PAYMENT}|budget)\b)(?!\s*[,;:]?\s*{_HOW}+\s*[$₹]?\d)"
_AFTER = re.compile(
    rf"\s*(?:{_CURRENCY}\s*)?(?:{_HEDGE}\s+)?"
    rf"(?:(?:/|an?\b|per\b|each\b|every\b)?\s*(?:months?|mth|mo|pm|p\.m\.)(?!\w)|(?:a )?monthly\b{_NOT_THE_LIMIT})",
    _I,
)
_NAMES_THE_NEXT = re.compile(rf"\s*(?:{_CURRENCY}\s*)?(?:(?:as )?(?:an? )?)?(?:monthly {_PAYMENT}|emi)\b", _I)
_FIGURE_AFTER = re.compile(r"^(?:\W*\b[a-z']+\b){1,7}\W*[$₹]?\d", _I)
_FIGURE_BEFORE = re.compile(r"\d{3}|\d ?k\b|\blakh\b", _I)
_AT_LEAST = re.compile(r"(?:\bat least|\bminimum(?: of)?|\b(?:more|higher|greater) than|\babove|\bover)\s*$", _I)
_NEGATED = re.compile(r"\b(?:no|not|never|nothing|cannot|without|\w+n't)\b[\w' ]{0,30}$", _I)
_SPENT_BEFORE = re.compile(
    r"\b(?:rent|bills?|expenses?|spend|spending|groceries|alimony|child support|pension|stipend|benefits?|net|gross|"
    r"i get|receive|save|already pay(?:ing)?|currently pay(?:ing)?)"
    r"(?: (?:of|is|are|about|around|only|me|a|out))*\s*$",
    _I,
)
_SPENT_AFTER = re.compile(
    r"\W*(?:\w+ )?(?:a|per|each|every|/)?\s*(?:months?|monthly|mo)?\s*(?:(?:in|for|on|as|of|to) )?(?:my |our |the )?"
    r"(?:\w+ )?(?:rent|bills|expenses|salary|income|alimony|child support|pension|groceries|other loans?|another loan|"
    r"existing loans?)\b",
    _I,
)
_WINDOW = 60


def is_monthly(text: str, start: int, end: int, *, small: bool) -> bool:
    """Whether the words around a number make it a payment a month.

    Args:
        text: all of the message.
        start: where the number stands.
        end: just after it.
        small: it is too small for an amount to borrow, so that `emi 300` names a payment.
    """
    before, after = text[max(0, start - _WINDOW) : start], text[end : end + _WINDOW]
    if names_the_next(text, start, end, small=small):
        return False
    if _AFTER.match(after):
        return True
    if names_a_payment(text, start) or _NAMES_THE_NEXT.match(after):
        return True
    beside = small or bool(_FIGURE_BEFORE.search(text[:start]))
    return bool((beside and _NAMED_BEFORE.search(before)) or (small and _PAID_BEFORE.search(before)))


def names_the_next(text: str, start: int, end: int, *, small: bool) -> bool:
    """Whether `monthly payment` after a number belongs to another figure or asks for it: `20,000, monthly payment 300`.

    A small number before it is the payment itself, and so is one after an amount: `a 20,000 car, 600 monthly payment`.
    """
    found = _NAMES_THE_NEXT.match(text, end)
    if found is None:
        return False
    return bool(_FIGURE_AFTER.match(text[found.end() : found.end() + _WINDOW])) or not (
        small or _FIGURE_BEFORE.search(text[:start])
    )


def is_limit(text: str, start: int, end: int) -> bool:
    """Whether a payment a month is one that a new loan may take: no rent, no pension, and not the least of it."""
    before, after = text[max(0, start - _WINDOW) : start], text[end : end + _WINDOW]
    if _SPENT_BEFORE.search(before) or _SPENT_AFTER.match(after):
        return False
    return bool(_NEGATED.search(before)) or not _AT_LEAST.search(before)


def names_a_payment(text: str, start: int) -> bool:
    """Whether a payment is named before a number, as in `an instalment of at most`."""
    before = text[max(0, start - _WINDOW) : start]
    return bool(_BEFORE.search(before)) and not _ASKED.search(before)
