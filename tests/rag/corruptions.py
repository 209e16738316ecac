"""Twelve ways in which a number in a good text can be wrong."""

import random
import re
from decimal import Decimal

from rag.number_patterns import PER
from rag.numbers import mentions
from rag.roles import said_of


def _shown(text, mention):
    return text[mention.start : mention.end]


def _replaced(text, mention, words):
    return text[: mention.start] + words + text[mention.end :]


def _digits(words, change):
    """The first number in some words, changed; None where that changes nothing."""
    found = re.search(r"\d[\d,]*(?:\.\d+)?", words)
    new = change(found[0]) if found else None
    return None if not found or new is None or new == found[0] else words[: found.start()] + new + words[found.end() :]


def ten_times(words, draw):
    return _digits(words, lambda d: f"{Decimal(d.replace(',', '')) * draw.choice([10, 100]):,f}")


def a_tenth(words, draw):
    return _digits(words, lambda d: f"{Decimal(d.replace(',', '')) / 10:,f}")


def digits_swapped(words, draw):
    def swap(digits):
        places = [i for i in range(len(digits) - 1) if digits[i : i + 2].isdigit() and digits[i] != digits[i + 1]]
        if not places:
            return None
        at = draw.choice(places)
        return digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]

    return _digits(words, swap)


def one_digit_changed(words, draw):
    def change(digits):
        at = draw.choice([i for i, c in enumerate(digits) if c.isdigit()])
        return digits[:at] + draw.choice([c for c in "123456789" if c != digits[at]]) + digits[at + 1 :]

    return _digits(words, change)


def percent_for_points(words, draw):
    return words.replace("%", " percentage points") if "%" in words else None


def months_for_years(words, draw):
    if re.search(r"\d+ years? \d+ months?", words):
        return re.sub(r"(\d+) years? (\d+) months?", r"\1 months \2 days", words)
    swapped = {"months": "years", "month": "years", "years": "months", "year": "months"}
    found = re.search(r"\b(months?|years?)\b", words)
    return words.replace(found[0], swapped[found[0]]) if found else None


def another_currency(words, draw):
    return words.replace("$", draw.choice(["€", "₹", "£"])) if "$" in words else None


def a_cent_or_a_point_more(words, draw):
    def more(digits):
        number = Decimal(digits.replace(",", ""))
        step = Decimal(1).scaleb(number.as_tuple().exponent)
        return f"{number + step * draw.choice([-1, 1]):,f}"

    return _digits(words, more)


def in_words_and_wrong(words, draw):
    if "$" in words:
        return draw.choice(["nine hundred dollars", "thirteen thousand dollars", "two million dollars"])
    if "%" in words:
        return draw.choice(["three percent", "half a percent", "ninety percent"])
    return draw.choice(["eleven days", "ninety-nine months"]) if "month" in words or "year" in words else None


def another_figure_of_the_text(text, mention, draw):
    """A right number at a wrong place: another figure of the same kind."""
    others = [m for m in mentions(text) if m.kind == mention.kind and m.value != mention.value]
    return _shown(text, draw.choice(others)) if others else None


def a_period_added(text, mention, draw):
    """A figure of the whole loan or of a year, told of a month or a week."""
    if mention.kind not in ("money", "fraction") or PER.match(text, mention.end):
        return None
    monthly = "every quarter" if mention.kind == "money" else "a month"
    return f"{_shown(text, mention)} {draw.choice([monthly, 'a week', 'every day'])}"


def a_bound_added(text, mention, draw):
    """A figure told as a bound on it."""
    if mention.kind not in ("money", "fraction", "number") or said_of(text, mention.start, mention.end).side:
        return None
    return f"{draw.choice(['at least', 'more than', 'no less than'])} {_shown(text, mention)}"


BY_PLACE = (another_figure_of_the_text, a_period_added, a_bound_added)
"""Ways that look at the words around a number too."""
CLASSES = (ten_times, a_tenth, digits_swapped, one_digit_changed, percent_for_points, months_for_years,
           another_currency, a_cent_or_a_point_more, in_words_and_wrong, *BY_PLACE)  # fmt: skip


def corrupted(text, kind, seed):
    """A text with one number wrong in one way, and that number; None where the way does not fit any number."""
    draw = random.Random(seed)
    places = mentions(text)
    draw.shuffle(places)
    for mention in places:
        words = _shown(text, mention)
        changed = kind(text, mention, draw) if kind in BY_PLACE else kind(words, draw)
        if changed and changed != words:
            return _replaced(text, mention, changed), f"{words} -> {changed}"
    return None
