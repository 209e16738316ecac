"""The public start page: which loan, how much, how long. Works without JavaScript and asks for no name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Flask, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from console.components.products import product_name
from console.visit import chosen_language
from console.words import Say
from serving.formats import Formats, formats

if TYPE_CHECKING:
    from serving.assembly import Platform

_YEARS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30)
_USUAL_MONTHS = 48
_LONGEST_ENTRY = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """What was chosen, as typed, and what is wrong with it: field to words."""

    product: str = ""
    amount: str = ""
    term: str = str(_USUAL_MONTHS)
    problems: Mapping[str, str] | None = None


def add_start(server: Flask, platform: Platform) -> None:
    """Add `/start`."""

    @server.get("/start", endpoint="start")
    def start() -> Response:
        say = Say(chosen_language())
        loans, words = platform.catalogue.on_sale(), formats(platform.settings.market, say.language)
        if "product" not in request.args and "amount" not in request.args:
            return make_response(_page(loans, Entry(), words, say))
        entry = _checked(loans, words, say)
        if entry.problems:
            return make_response(_page(loans, entry, words, say), 422)
        return redirect(f"/loans/{entry.product}?{urlencode({'amount': entry.amount, 'term': entry.term})}", 303)


def _page(loans: Sequence[Mapping[str, Any]], entry: Entry, words: Formats, say: Say) -> str:
    types = [{"product": one["product"], "name": product_name(one, say), "note": _bounds(one, words, say)}
             for one in loans]  # fmt: skip
    terms = [(str(12 * years), words.months(12 * years)) for years in _YEARS]
    return render_template("start.html", types=types, terms=terms, entry=entry, symbol=words.symbol)


def _bounds(loan: Mapping[str, Any], words: Formats, say: Say) -> str:
    limits = loan["limits"]
    return say(
        "start.up_to", amount=words.round_money(limits["amount_max"]), term=words.months(limits["term_months_max"])
    )


def _checked(loans: Sequence[Mapping[str, Any]], words: Formats, say: Say) -> Entry:
    """The choice with its problems; a good amount comes back as plain digits."""
    typed = {name: request.args.get(name, "")[:_LONGEST_ENTRY] for name in ("product", "amount", "term")}
    loan = next((one for one in loans if one["product"] == typed["product"]), None)
    if loan is None:
        return Entry(**typed, problems={"product": say("start.problem.product")})
    amount, problems = _amount(typed["amount"]), {}
    if amount is None or not _fits(amount, loan, "amount"):
        problems["amount"] = say("start.problem.amount", **_span(loan, "amount", words.round_money))
    if not typed["term"].isdecimal() or not _fits(typed["term"], loan, "term_months"):
        span = _span(loan, "term_months", words.months)
        problems["term"] = say("start.problem.term", loan=product_name(loan, say), **span)
    return Entry(**(typed | {"amount": str(amount)} if not problems else typed), problems=problems)


def _fits(value: Decimal | str, loan: Mapping[str, Any], name: str) -> bool:
    return Decimal(loan["limits"][f"{name}_min"]) <= Decimal(value) <= Decimal(loan["limits"][f"{name}_max"])


def _span(loan: Mapping[str, Any], name: str, write: Callable[[Any], str]) -> dict[str, str]:
    return {"least": write(loan["limits"][f"{name}_min"]), "most": write(loan["limits"][f"{name}_max"])}


def _amount(typed: str) -> Decimal | None:
    """An amount above zero with at most two decimals; grouping and currency signs are let go."""
    text = re.sub(r"[\s,$₹]|INR", "", typed)
    try:
        return Decimal(text) if re.fullmatch(r"\d{1,12}(\.\d{1,2})?", text, re.ASCII) else None
    except InvalidOperation:
        return None
