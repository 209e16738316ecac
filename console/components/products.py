"""Loan types as cards: what fits best first, then the open ones, then the closed ones with the way in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dash import dcc, html
from dash.development.base_component import Component

from console.components.outcome_links import request_address
from console.visit import say_here
from console.words import Say
from serving.formats import Formats

if TYPE_CHECKING:
    from console.queries_home import Refused
    from serving.best_fit import Fit

_DIRECTIONS = {"at_least", "at_most", "none_of"}


@dataclass(frozen=True, slots=True)
class Voice:
    """How the cards speak: figures, words, and texts of the policy by their code (of `HomeQueries.codes`)."""

    formats: Formats
    say: Say
    codes: Mapping[str, str]

    def own(self, text: str) -> Component:
        """A text of the policy, which is English, in the reader's language where we have it, else marked as English."""
        code = self.codes.get(text)
        key = f"outcome_codes.{code}" if code else f"product_codes.{re.sub(r'[^a-z]+', '_', text.lower())}"
        if self.say.language == "en":
            return html.Span(_capital(text))
        return html.Span(self.say(key)) if self.say.has(key) else html.Span(_capital(text), lang="en")


def product_cards(
    products: Sequence[Mapping[str, Any]], fit: Fit | None, voice: Voice, refused: Mapping[str, Refused] | None = None
) -> Component:
    """All loan types.

    Args:
        products: of `Catalogue.products`.
        fit: the one to mark, if one stands out.
        voice: how they speak.
        refused: of `HomeQueries.refused`; what was declined is no fit, unless its usual loan would be approved today.
    """
    declined = refused or {}
    best = fit if fit and (fit.quote or fit.product not in declined) else None
    name = best.product if best else None
    ordered = sorted(products, key=lambda product: (product["product"] != name, not product["open"]))
    cards = [
        _card(one, best if one["product"] == name else None, declined.get(one["product"]), voice) for one in ordered
    ]
    return html.Ul([html.Li(card) for card in cards], className="product-grid")


def limits_sentence(limits: Mapping[str, Any], formats: Formats) -> str:
    """What can be borrowed and for how long."""
    return say_here()(
        "products.limits",
        least=formats.round_money(limits["amount_min"]), most=formats.round_money(limits["amount_max"]),
        shortest=formats.months(limits["term_months_min"]), longest=formats.months(limits["term_months_max"]),
    )  # fmt: skip


def product_name(product: Mapping[str, Any] | str, say: Say) -> str:
    """What a loan type is called in the reader's language, from the type or its code; a new one keeps its own name."""
    code, own = (product, product) if isinstance(product, str) else (product["product"], product["name"])
    return say(f"products.names.{code}") if say.has(f"products.names.{code}") else str(own)


def _card(product: Mapping[str, Any], fit: Fit | None, refused: Refused | None, voice: Voice) -> Component:
    formats, say = voice.formats, voice.say
    state = "best" if fit else "closed" if not product["open"] else "refused" if refused else "open"
    badge = html.Span(say(f"products.badge.{state}"), className=f"badge badge-{state}")
    limits = product["limits"]
    key = "products.from_rate" if product["open"] else "products.rates"
    rates = say(key, least=formats.percent(limits["rate_min"]), most=formats.percent(limits["rate_max"]))
    parts = [
        html.Div([html.H3(product_name(product, say)), badge], className="card-head"),
        html.P(rates, className="rates"),
        html.P(limits_sentence(limits, formats), className="note"),
        *(_refused_part(product, refused, voice) if refused and state == "refused" else
          _open_part(product, fit, voice) if product["open"] else _closed_part(product, voice)),
    ]  # fmt: skip
    return html.Article(parts, className=f"card product is-{state}")


def _open_part(product: Mapping[str, Any], fit: Fit | None, voice: Voice) -> list[Component]:
    why = [html.P(fit_words(fit, voice.formats, voice.say), className="fit")] if fit else []
    benefits = html.Ul([html.Li(voice.own(text)) for text in product["benefits"]], className="benefits")
    look = f"btn btn-{'primary' if fit else 'secondary'}"
    return [*why, benefits, _way_to_quote(product, "quote", look, voice.say)]


def fit_words(fit: Fit, formats: Formats, say: Say) -> str:
    """Why this type fits, with the figures it was looked at with."""
    if fit.quote is None:
        return say(f"products.fit.{fit.why}")
    return say(
        f"products.fit.{fit.why}",
        amount=formats.round_money(fit.quote["amount"]), term=formats.months(int(fit.quote["term_months"])),
        instalment=formats.money(fit.quote["instalment"]), apr=formats.rate(fit.quote["apr"]),
    )  # fmt: skip


def _refused_part(product: Mapping[str, Any], refused: Refused, voice: Voice) -> list[Component]:
    """What was asked for last and could not be had; the way back to it, where reasons and ways on stand."""
    formats, say, asked = voice.formats, voice.say, refused.request
    amount, term = formats.round_money(asked["amount"]), formats.months(int(asked["term_months"]))
    text = say("products.refused", day=formats.day(refused.day), amount=amount, term=term)
    return [html.P(text, className="fit"), _way_to_quote(product, "helps", "btn btn-secondary", say, asked)]


def _closed_part(product: Mapping[str, Any], voice: Voice) -> list[Component]:
    say = voice.say
    ways = [html.Li(voice.own(text)) for text in product.get("ways_in") or []]
    reasons = [_closing_reason(finding, voice) for finding in product["findings"]]
    parts: list[Component] = [html.H4(say("products.why")), html.Ul(reasons, className="closing")]
    if ways:
        parts += [html.H4(say("products.ways")), html.Ul(ways, className="ways")]
    return [*parts, _way_to_quote(product, "ask", "btn btn-secondary", say)]


def _closing_reason(finding: Mapping[str, Any], voice: Voice) -> Component:
    """The rule in words, the value found and the limit."""
    formats, say, unit = voice.formats, voice.say, finding.get("unit") or ""
    operator = str(finding.get("operator") or "")
    limit = formats.quantity(finding.get("limit"), unit)
    needed = say(f"products.{operator}", limit=limit) if operator in _DIRECTIONS else limit
    found = say("products.found", found=formats.quantity(finding.get("value"), unit), needed=needed)
    return html.Li([voice.own(finding["text"]), html.Span(found, className="found")])


def _way_to_quote(
    product: Mapping[str, Any], act: str, look: str, say: Say, asked: Mapping[str, Any] | None = None
) -> Component:
    """A closed loan type can be asked for too: the bank then decides, or a person looks; `asked` is filled in."""
    words = say(f"products.act.{act}")
    named = say("products.act.named", act=words, product=product_name(product, say))
    address = request_address(asked) if asked else f"/loans/{product['product']}"
    return html.Div(dcc.Link(words, href=address, className=look, title=named), className="card-foot")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
