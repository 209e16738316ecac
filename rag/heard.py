"""What a message says in figures: amounts, months, a payment it can bear, what secures the loan, who signs too."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rag.numbers import Mention, mentions
from rag.per_month import is_limit, is_monthly, names_a_payment
from rag.spelling import spelled_out

_I = re.IGNORECASE
_INCOME = re.compile(r"\b(?:earn|earning|salary|income|make|paid|get paid|wage|take home|bring home)[\w' ]{0,18}$", _I)
_OWED = re.compile(r"\b(?:owe|owing|debts?|card|outstanding|balance|existing (?:emi|loan)|paying)[\w' ]{0,14}$", _I)
_WORTH = re.compile(
    r"\b(?:worth|valued?(?: at| of)?|value is|price[d]?(?: is| of| at)?|costs?|costing|market value|"
    r"buy (?:an? |the |our |my )?(?:house|home|flat|apartment|property|condo|place) (?:for|at|of))[\w ]{0,8}$",
    _I,
)
_THING = re.compile(r"\b(?:house|home|flat|apartment|property|car|vehicle|condo|plot|it)\b", _I)
_DOWN_AFTER = re.compile(
    r"\s*(?:[a-z$₹]+\s+)?(?:down|deposit|upfront|as (?:a )?(?:down|deposit)|of (?:my|our) own|"
    r"own (?:money|funds|savings)|saved|in savings|savings)\b",
    _I,
)
_DOWN_BEFORE = re.compile(r"\b(?:down payment|deposit|put down|pay down|upfront)[\w ]{0,8}$", _I)
_EXTRA = re.compile(
    r"\b(?:extra|prepay|pre-pay|lump sum|additional|overpay|pay (?:off|back|in)|put in|pay)[\w ]{0,12}$", _I
)
_PAID_OFF = re.compile(r"\b(?:pay(?:ing)? (?:off|down)|prepay(?:ing)?)\s*$", _I)
_NOT_MONEY = re.compile(
    r"^(?:points?|score|months?|years?|days?|people|persons?|documents?|loans?|times|kids|children|grams?|karats?|"
    r"o'?clock|am|pm|pages?|questions?|offers?|options?)$"
)
_PAYMENTS = re.compile(r"^(?:payments?|instal?lments?|emis?)$")
_SCORE = re.compile(r"\b(?:score|cibil|fico|credit rating)[\w ]{0,10}$", _I)
_LATER = re.compile(
    r"\b(?:after|in|from|within|once|at the end of|at month|month|year|during)\s+(?:the\s+)?(?:first\s+)?$", _I
)
_PAST = re.compile(
    r"\b(?:worked|working|employed|job|been|since|past|last|experience|for the last|old|ago|history)[\w ]{0,14}$", _I
)
_PAST_AFTER = re.compile(
    r"\s*(?:ago|old|experience|of (?:experience|work|employment)|at (?:my|the) (?:job|company))", _I
)
_TERM_WORD = re.compile(r"\b(?:over|for|in|term(?: of)?|tenure(?: of)?|within|and|or|vs\.?|versus|to|than|at)\s*$", _I)
_KIN = r"my (?:wife|husband|partner|spouse|mother|father|mom|dad|parents?|brother|sister|fianc\w+)"
_JOINT = re.compile(
    rf"\b(?:co-?\s?applicant|co-?\s?sign\w*|co-?\s?borrower|joint(?:ly)?|(?:together )?with {_KIN}|together with my|"
    rf"{_KIN} and (?:i|me)|(?:i|me) and {_KIN}|both of us|the two of us)\b",
    _I,
)
_LONGEST_TERM = 480
_LEAST_MONTHLY = 20


@dataclass(frozen=True, slots=True)
class Heard:
    """The figures of a message, each as what its words say it is. Money is in the market's currency.

    Attributes:
        text: the message with telephone spellings written out.
        products: loan types that it names.
        amounts: of loans that it speaks of.
        terms: months to repay.
        monthly: a payment a month that it names.
        month: after how many months something happens.
        extra: paid once besides the monthly payments; `extra_monthly` with each of them.
        rate: a yearly rate that it supposes, a fraction.
        value: of what secures the loan; `down` (or its share) is what the customer pays of it.
        plain: small bare numbers, which only a question before can explain.
    """

    text: str
    products: tuple[str, ...] = ()
    amounts: tuple[Decimal, ...] = ()
    terms: tuple[int, ...] = ()
    monthly: Decimal | None = None
    month: int | None = None
    extra: Decimal | None = None
    extra_monthly: Decimal | None = None
    rate: Decimal | None = None
    value: Decimal | None = None
    down: Decimal | None = None
    down_share: Decimal | None = None
    weight_g: Decimal | None = None
    purity_k: Decimal | None = None
    joint: bool = False
    plain: tuple[Decimal, ...] = ()

    @property
    def has_figures(self) -> bool:
        """Whether it says anything that a calculation could take."""
        return any(getattr(self, name) for name in self.__slots__ if name not in ("text", "joint"))


def hear(message: str, products: Mapping[str, Sequence[str]], least_amount: Decimal) -> Heard:
    """Read a message.

    Args:
        message: as typed.
        products: product to the words that people use for it.
        least_amount: a bare number from this on is money.
    """
    text = spelled_out(message)
    sorted_out: dict[str, list[Decimal]] = {}
    for mention in mentions(text):
        name = _what(mention, text, least_amount)
        if name and mention.value is not None:
            sorted_out.setdefault(name, []).append(mention.value)

    def first(name: str) -> Decimal | None:
        return next(iter(sorted_out.get(name, ())), None)

    month, terms = first("month"), sorted_out.get("term", ())
    named_alone = {
        name: first(name) for name in ("monthly", "extra", "extra_monthly", "rate", "value", "down", "down_share")
    }
    return Heard(
        text, named(text, products), tuple(sorted_out.get("amount", ())),
        tuple(int(v) for v in terms if 0 < v <= _LONGEST_TERM), month=None if month is None else int(month),
        weight_g=first("grams"), purity_k=first("karat"), joint=bool(_JOINT.search(text)),
        plain=tuple(sorted_out.get("plain", ())), **named_alone,
    )  # fmt: skip


def named(text: str, products: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Products that a text names, in its order; a word one slip of the finger away counts."""
    places: list[tuple[int, int, str]] = []
    for product, words in products.items():
        phrases = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
        found = re.search(rf"(?<!\w)(?:{phrases})(?!\w)", text, re.IGNORECASE)
        if found:
            places.append((found.start(), found.end(), product))
    if not places:
        return tuple(dict.fromkeys(_nearly(text, products)))
    whole = [(start, end, product) for start, end, product in places if not _inside(start, end, places)]
    return tuple(product for _, _, product in sorted(whole))


def _inside(start: int, end: int, places: Sequence[tuple[int, int, str]]) -> bool:
    """Whether a longer phrase of another product covers a place: a bullet gold loan is no gold loan."""
    return any(s <= start and end <= e and (s, e) != (start, end) for s, e, _ in places)


def _nearly(text: str, products: Mapping[str, Sequence[str]]) -> list[str]:
    single = {word: product for product, words in products.items() for word in words if " " not in word}
    long = [word for word in single if len(word) >= 5]
    near = [difflib.get_close_matches(w, long, 1, 0.84) for w in re.findall(r"[a-z]{5,}", text.lower())]
    near += [difflib.get_close_matches(w, single, 1, 0.8) for w in re.findall(r"([a-z]{3,}) loans?\b", text.lower())]
    return [single[match[0]] for match in near if match]


def _what(mention: Mention, text: str, least_amount: Decimal) -> str:
    """What a number of a message is: the name of a field of `Heard`, or empty."""
    before, after = text[max(0, mention.start - 40) : mention.start], text[mention.end : mention.end + 30]
    if mention.kind == "fraction":
        return "down_share" if _DOWN_AFTER.match(after) or _DOWN_BEFORE.search(before) else "rate"
    if mention.kind in ("karat", "grams"):
        return mention.kind
    if mention.kind == "months":
        return _length(before, after)
    small = mention.value is not None and mention.value < least_amount
    per_month = is_monthly(text, mention.start, mention.end, small=small)
    if mention.kind == "number" and per_month and (mention.value or 0) < _LEAST_MONTHLY:
        return ""
    if mention.kind == "money" or (
        mention.kind == "number" and (per_month or _is_money(mention, before, least_amount))
    ):
        return _money(mention, before, after, text, per_month=per_month)
    if mention.kind == "number" and _PAYMENTS.match(mention.noun) and _LATER.search(before):
        return "month"
    if mention.kind == "number" and not mention.noun and _LATER.search(before) and "month" in before.lower()[-10:]:
        return "month"
    if mention.kind == "number" and not _SCORE.search(before) and not _NOT_MONEY.match(mention.noun):
        bare_term = _TERM_WORD.search(before) and mention.value is not None and mention.value > 10
        return "term" if bare_term and mention.noun in ("", "or", "and", "vs", "please") else "plain"
    return ""


def _length(before: str, after: str) -> str:
    if _PAST.search(before) or _PAST_AFTER.match(after):
        return ""
    return "month" if _LATER.search(before) and not re.search(r"\bover\s*$", before) else "term"


def _is_money(mention: Mention, before: str, least: Decimal) -> bool:
    counts = bool(_NOT_MONEY.match(mention.noun)) and mention.noun != "loan"  # "a 20000 loan"
    return (
        mention.value is not None and mention.value >= least and not counts
        and not _SCORE.search(before)
    )  # fmt: skip


def _money(mention: Mention, before: str, after: str, text: str, *, per_month: bool) -> str:
    if _INCOME.search(before) or re.match(r"\s*(?:[a-z]+\s+)?(?:salary|income)\b", after):
        return ""
    more = re.search(r"extra|prepay|lump|overpay|early|additional|on top|more (?:each|every|a|per) month", text, _I)
    if more and (_EXTRA.search(before) or re.match(r"\s*(?:[a-z]+\s+)?(?:extra|on top|more)\b", after)):
        return "extra_monthly" if per_month else "extra"
    if _PAID_OFF.search(before):
        return "extra"
    if per_month:
        owed = _OWED.search(before) and not names_a_payment(text, mention.start)
        return "" if owed or not is_limit(text, mention.start, mention.end) else "monthly"
    if _DOWN_AFTER.match(after) or _DOWN_BEFORE.search(before):
        return "down"
    if _WORTH.search(before) and (_THING.search(before) or "worth" in before or "value" in before):
        return "value"
    if _OWED.search(before):
        return ""
    return "amount"
