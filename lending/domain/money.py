"""Money and rates: exact decimals with the places at which they are rounded."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import NewType

from lending.domain.errors import InputError

Money = NewType("Money", Decimal)
"""An amount in the market's currency, already rounded to the minor unit (two places)."""

Rate = NewType("Rate", Decimal)
"""A yearly rate as a fraction: 0.105 is 10.5 %."""

CENT = Decimal("0.01")
ZERO = Money(Decimal("0.00"))
_MAX_DIGITS = 15
_TOO_LARGE = Decimal(10) ** (_MAX_DIGITS - 2)


def to_cents(value: Decimal) -> Money:
    """Round half-even to the minor unit.

    >>> to_cents(Decimal("2.345")), to_cents(Decimal("2.355"))
    (Decimal('2.34'), Decimal('2.36'))
    """
    return Money(value.quantize(CENT, ROUND_HALF_EVEN))


def money(text: str | int | Decimal, field: str = "amount") -> Money:
    """Read an amount: finite, at most two places and 15 digits, cents included; never rounds what it was given.

    Raises:
        InputError: it is no such number.

    >>> money("1250.5")
    Decimal('1250.50')
    """
    value = finite(text, field)
    if abs(value.adjusted()) >= _MAX_DIGITS or abs(value) >= _TOO_LARGE:
        raise InputError(
            f"{field} is {text}; at most {_MAX_DIGITS} digits are allowed, cents included",
            field=field, found=str(text)[:40], expected=f"at most {_MAX_DIGITS} digits, cents included",
            do="Enter a smaller number.",
        )  # fmt: skip
    cents = value.quantize(CENT)
    if cents != value:
        raise InputError(
            f"{field} is {text}; at most two decimal places are allowed",
            field=field, found=str(text)[:40], expected="at most two decimal places", do="Round it to cents.",
        )  # fmt: skip
    return Money(cents)


def rate(text: str | int | Decimal, field: str = "annual_rate") -> Rate:
    """Read a rate given as a fraction, from 0 up to 10 (1000 %)."""
    value = finite(text, field)
    if not 0 <= value <= 10:
        raise InputError(
            f"{field} is {text}; a yearly rate is a fraction from 0 to 10 (0.105 means 10.5 %)",
            field=field, found=str(text)[:40], expected="a fraction from 0 to 10", do="Write 0.105 for 10.5 %.",
        )  # fmt: skip
    return Rate(value)


def finite(text: str | int | Decimal, field: str) -> Decimal:
    """A finite decimal number from its text.

    Raises:
        InputError: not a number, or infinite, or far outside any use.
    """
    try:
        value = Decimal(text)
    except (InvalidOperation, ValueError, TypeError):
        value = Decimal("NaN")
    if not value.is_finite() or abs(value.adjusted()) > 40:
        raise InputError(
            f"{field} is {str(text)[:40]}; expected a finite number",
            field=field, found=str(text)[:40], expected="a finite number", do="Use digits and one decimal point.",
        )  # fmt: skip
    return value


def round_up_to_tick(value: Decimal, tick: Decimal) -> Rate:
    """The smallest multiple of `tick` that is not below `value`."""
    return Rate((value / tick).to_integral_value(ROUND_CEILING) * tick)


def money_text(value: Decimal) -> str:
    """Two places, as money travels in JSON."""
    return f"{value:.2f}"


def plain(value: Decimal) -> str:
    """A decimal without exponent and without idle zeros: one text for one number.

    >>> plain(Decimal("0.1050")), plain(Decimal("1E+3")), plain(Decimal("-0.0"))
    ('0.105', '1000', '0')
    """
    text = str(value)
    if "E" in text:
        text = f"{value:f}"
    elif text[-1] != "0":
        return text
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
