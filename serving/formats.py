"""Numbers, money, time, percent: figures as the market writes them, words as the reader. Percent signs only here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_symbol
from babel.units import format_unit

_MARKETS = {"us": ("en_US", "USD"), "in": ("en_IN", "INR")}
_LOCALES = {"es": "es_US"}
"""Locale of another language than English: one that writes the decimal point as the markets do."""

_UNKNOWN = {"en": "not known", "es": "no se conoce"}

Number = Decimal | str | int


@dataclass(frozen=True, slots=True)
class Formats:
    """One market's way of writing values. Text that is no number comes back as it was.

    Attributes:
        locale: of words and dates, which is the reader's.
        currency: of the market.
        of_numbers: locale of money and numbers where that is another one; empty where it is the same.
    """

    locale: str
    currency: str
    of_numbers: str = ""

    @property
    def numbers(self) -> str:
        """The locale of money and numbers: the market's, so that a rupee is written ₹ in every language."""
        return self.of_numbers or self.locale

    @property
    def symbol(self) -> str:
        """The currency sign, for the inside of an input."""
        return get_currency_symbol(self.currency, locale=self.numbers)

    def money(self, value: Number) -> str:
        """An amount with cents: `$412.35`."""
        return format_currency(Decimal(value), self.currency, locale=self.numbers)

    def round_money(self, value: Number) -> str:
        """An amount, its cents left out when there are none: `$20,000`."""
        amount = Decimal(value)
        if amount != amount.to_integral_value():
            return self.money(amount)
        whole = Locale.parse(self.numbers).currency_formats["standard"].pattern.split(".")[0]
        return format_currency(amount, self.currency, whole, locale=self.numbers, currency_digits=False)

    def amount(self, value: Number) -> str:
        """An amount with cents and without a sign, for the columns of a table: `1,234.50`."""
        whole = Locale.parse(self.numbers).decimal_formats[None].pattern.rsplit(".", 1)[0]
        return format_decimal(Decimal(value), format=f"{whole}.00", locale=self.numbers)

    def percent(self, rate: Number, places: int = 2) -> str:
        """A fraction as percent: 0.105 is `10.5%`; at most `places` decimals."""
        pattern = "#,##0." + "0" + "#" * (places - 1) + "%" if places else "#,##0%"
        return format_percent(Decimal(rate), format=pattern, locale=self.locale)

    def share(self, rate: Number) -> str:
        """A fraction as percent with the decimals it needs: 0.8 is `80%`, 0.0835 is `8.35%`."""
        return format_percent(Decimal(rate), format="#,##0.####%", locale=self.locale)

    def rate(self, rate: Number) -> str:
        """A yearly rate as a contract states it, always with two decimals: 0.085 is `8.50%`."""
        return format_percent(Decimal(rate), format="#,##0.00%", locale=self.locale)

    def number(self, value: Number) -> str:
        """A number with the locale's grouping."""
        return format_decimal(Decimal(value), locale=self.numbers)

    def months(self, count: int) -> str:
        """A time in years and months: 30 is `2 years 6 months`; under two years only months, but 12 is `1 year`."""
        years, rest = divmod(int(count), 12)
        if years == 0 or (years == 1 and rest):
            return format_unit(int(count), "duration-month", "long", locale=self.locale)
        text = format_unit(years, "duration-year", "long", locale=self.locale)
        return f"{text} {format_unit(rest, 'duration-month', 'long', locale=self.locale)}" if rest else text

    def days(self, count: int) -> str:
        """A time in days: `60 days`."""
        return format_unit(int(count), "duration-day", "long", locale=self.locale)

    def day(self, value: date | str) -> str:
        """A date, from a date or its ISO text."""
        moment = date.fromisoformat(value[:10]) if isinstance(value, str) else value
        return format_date(moment, "long", locale=self.locale)

    def month(self, value: date) -> str:
        """The month of a date with its year: `May 2031`."""
        return format_skeleton("yMMMM", value, locale=self.locale)

    def quantity(self, value: object, unit: str) -> str:
        """A value found by a rule, in the unit the rule names."""
        if value is None or value == "":
            return _UNKNOWN[self.locale[:2]]
        if isinstance(value, bool) or unit in ("", "text", "code"):
            return _words(str(value))
        try:
            return self._quantity(Decimal(str(value)), unit)
        except InvalidOperation:
            return _words(str(value))

    def _quantity(self, number: Decimal, unit: str) -> str:
        if unit == "fraction":
            return self.percent(number, 1)
        if unit == "currency":
            return self.round_money(number)
        if unit == "months":
            return self.months(int(number))
        if unit in ("days", "years"):
            return format_unit(number, f"duration-{unit[:-1]}", "long", locale=self.locale)
        return self.number(number)


def formats(market: str, language: str = "en") -> Formats:
    """The formats of a market (`us`, `in`) for readers of a language (`en`, `es`)."""
    locale, currency = _MARKETS[market]
    return Formats(_LOCALES.get(language, locale), currency, locale)


def _words(code: str) -> str:
    return code.replace("_", " ")
