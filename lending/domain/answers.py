"""What an application asks, and whether an answer will do. Which questions there are is data (kb/applications.yaml).

Nothing is guessed from how a name or an address usually looks: an answer is refused only where it cannot be used.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from lending.domain.days import day_from
from lending.domain.errors import InputError
from lending.domain.money import money

Kind = Literal["text", "email", "phone", "money", "number", "date", "choice", "yes", "account"]
MOST_TYPED = 500
"""Characters of any answer that are kept, right or wrong."""
YES, NO = "yes", "no"
_PHONE_DIGITS = range(7, 16)
_NUMBER, _IBAN = re.compile(r"[0-9]{4,34}"), re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
"""Of an account, without spaces and dashes; letters stand only where ISO 13616 has them, 15 to 34 characters in all."""
_MOST_EMAIL, _MOST_TEXT = 254, 120
_SHOWN_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Field:
    """One question.

    Attributes:
        name: unique among all questions; its texts stand under it in the catalogue.
        least, most: bounds as written in the file: money, whole numbers, days, or characters of a text.
        options: of a choice.
        when: a fact or another answer to the words of which it must be one; all must hold, else it is not asked.
        known: the figure of the bank's record that answers it beforehand.
        kept: True where the answer of the customer's last application answers it beforehand.
    """

    name: str
    kind: Kind
    required: bool = True
    least: str = ""
    most: str = ""
    options: tuple[str, ...] = ()
    when: Mapping[str, tuple[str, ...]] | None = None
    known: str = ""
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """Questions that stand on one page."""

    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an answer will not do: a code with its text in the catalogue, and the bounds to say in it."""

    code: str
    least: str = ""
    most: str = ""

    @property
    def bounds(self) -> dict[str, str]:
        """The bounds that there are, as the form states them: decimals, ISO dates, whole numbers."""
        return {name: said for name, said in (("least", self.least), ("most", self.most)) if said}


def asked(step: Step, facts: Mapping[str, str], answers: Mapping[str, str]) -> list[Field]:
    """The questions of a step that are asked of somebody, in order.

    Args:
        step: its questions.
        facts: what is known of the loan and the person, such as `product` and `employment_status`.
        answers: what was answered so far; a question may depend on one.
    """
    said = {**answers, **facts}
    return [f for f in step.fields if all(said.get(name) in words for name, words in (f.when or {}).items())]


def problem(field: Field, answer: str) -> Problem | None:
    """What is wrong with an answer; None when it will do, or is empty and need not be there.

    >>> problem(Field("phone", "phone"), "555 010")
    Problem(code='phone', least='', most='')
    """
    said = clean(answer)
    if not said:
        return Problem("missing") if field.required else None
    return _CHECKS[field.kind](field, said)


def clean(answer: str) -> str:
    """The answer as it is kept: one line, composed characters, no invisible ones, nothing around it."""
    line = " ".join(answer.split())
    printable = "".join(c for c in line if c.isprintable())
    return " ".join(unicodedata.normalize("NFC", printable).split())


def shown(field: Field, answer: str) -> str:
    """The answer as a page may show it: of an account the last four digits only.

    >>> shown(Field("payout_account", "account"), "0012 3456 7890")
    '•••• 7890'
    """
    digits = _digits(answer)
    if field.kind != "account" or len(digits) <= _SHOWN_DIGITS:
        return answer if field.kind != "account" else ""
    return f"•••• {digits[-_SHOWN_DIGITS:]}"


def _text(field: Field, said: str) -> Problem | None:
    most = int(field.most or _MOST_TEXT)
    return Problem("too_long", most=str(most)) if len(said) > most else None


def _choice(field: Field, said: str) -> Problem | None:
    return None if said in field.options else Problem("choice")


def _yes(field: Field, said: str) -> Problem | None:
    if said == YES:
        return None
    return Problem("not_agreed" if field.required else "choice") if field.required or said != NO else None


def _email(_: Field, said: str) -> Problem | None:
    name, _at, host = said.rpartition("@")
    labels = host.split(".")
    fits = name and "@" not in name and " " not in said and len(labels) > 1 and all(labels)
    return None if fits and len(said) <= _MOST_EMAIL else Problem("email")


def _phone(_: Field, said: str) -> Problem | None:
    strange = set(said) - set("0123456789 +-().")
    return None if not strange and len(_digits(said)) in _PHONE_DIGITS else Problem("phone")


def _account(_: Field, said: str) -> Problem | None:
    bare = said.replace(" ", "").replace("-", "")
    fits = _NUMBER.fullmatch(bare) or _IBAN.fullmatch(bare.upper())
    return None if fits else Problem("account")


def _money(field: Field, said: str) -> Problem | None:
    try:
        value = money(said.replace(",", "").replace(" ", ""))
    except InputError:
        return _bounded(field, "money")
    return _within(field, "money", value, Decimal)


def _number(field: Field, said: str) -> Problem | None:
    if not (said.isascii() and said.isdigit()) or len(said) > len(field.most or "0" * 12):
        return _bounded(field, "number")
    return _within(field, "number", int(said), int)


def _date(field: Field, said: str) -> Problem | None:
    try:
        value = day_from(said)
    except ValueError:
        return _bounded(field, "date")
    return _within(field, "date", value, day_from)


def _within(field: Field, code: str, value: object, read: Callable[[str], object]) -> Problem | None:
    low = field.least and value < read(field.least)  # type: ignore[operator]
    high = field.most and value > read(field.most)  # type: ignore[operator]
    return _bounded(field, code) if low or high else None


def _bounded(field: Field, code: str) -> Problem:
    return Problem(code, field.least, field.most)


def _digits(said: str) -> str:
    return "".join(c for c in said if c.isascii() and c.isalnum())


_CHECKS: Mapping[str, Callable[[Field, str], Problem | None]] = {
    "text": _text, "choice": _choice, "yes": _yes, "email": _email, "phone": _phone, "account": _account,
    "money": _money, "number": _number, "date": _date,
}  # fmt: skip
