"""Offers as cards: the figures, what speaks for and against each, and what one can do with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.aria import aria, data
from console.components.figures import key_figures
from console.components.outcome_links import post_button, request_link
from console.components.outcome_words import named, told
from console.visit import Visit

Offer = Mapping[str, Any]


def offers_section(result: Mapping[str, Any], visit: Visit) -> Component | None:
    """The bank's offers and the customer's own choice; None where there is nothing to offer."""
    offers, product = choices(result), str(result["decision"]["product"])
    if not offers:
        return None
    say, title = visit.say, "title" if result["decision"]["outcome"] == "approve" else "counter_title"
    saved = visit.ask.outcome.saved_ids(visit.customer_id)
    fewer = result.get("why_fewer_offers")
    return html.Section(
        [
            html.H3(say(f"outcome.offers.{title}"), id="offers-title"),
            *([html.P(_range(offers, visit), className="finding")] if len(offers) > 1 else []),
            html.Ul(
                [html.Li(offer_card(offer, visit, product=product, saved=offer["offer_id"] in saved))
                 for offer in offers],
                className="offer-grid",
            ),
            *([html.P(told(visit, "offers", fewer), className="note")] if fewer else []),
        ],
        className="offers",
        **aria(labelledby="offers-title"),
    )  # fmt: skip


def choices(result: Mapping[str, Any]) -> list[Offer]:
    """All offers of a result: the recommended one, the customer's own, then the others; none twice."""
    own = [result["own"]] if result.get("own") else []
    first = [o for o in result["recommended"] if o["recommended"]]
    return list({o["offer_id"]: o for o in (*first, *own, *result["recommended"])}.values())


def offer_card(
    offer: Offer, visit: Visit, *, product: str, saved: bool = False, actions: bool = True, choose: bool = True
) -> Component:
    """One offer.

    Args:
        offer: as `platform.advice.customize` answers it.
        visit: whose it is.
        product: the loan type that it is of.
        saved: the customer has put it aside.
        actions: with the buttons to choose, save and apply.
        choose: with the button that takes the page to its amount and term; not needed where one applies already.
    """
    mark = " is-recommended" if offer["recommended"] else ""
    return html.Article(
        [
            *_head(offer, visit),
            key_figures(_main_figures(offer, visit)),
            *_points(offer, visit),
            _more(offer, visit),
            *([_actions(offer, visit, product, saved=saved, choose=choose)] if actions else []),
        ],
        className=f"card offer{mark}",
    )


def goal_name(offer: Offer, visit: Visit) -> str:
    """What an offer is best at, in words."""
    return named(visit.say, "goal", str(offer["goal"]))


def instalment_label(offer: Offer, visit: Visit) -> str:
    """What the instalment is called: a bullet loan has one payment only."""
    single = offer["repayment"]["kind"] == "bullet"
    return visit.say("outcome.offers.one_payment" if single else "outcome.offers.instalment")


def fee_lines(offer: Offer, visit: Visit) -> list[str]:
    """Each fee as a sentence; one sentence where there are none."""
    say = visit.say
    return [
        say(f"outcome.fee.{fee['when']}", name=named(say, "fee", str(fee["code"])),
            amount=visit.formats.money(fee["amount"]))
        for fee in offer["fees"]
    ] or [say("outcome.offers.no_fees")]  # fmt: skip


def _head(offer: Offer, visit: Visit) -> list[Component]:
    say, best = visit.say, offer["recommended"]
    badges = [say("outcome.offers.recommended")] if best else []
    badges += [say("outcome.offers.own")] if "own" in offer["goals"] and offer["goal"] != "own" else []
    why = [html.P(say(f"outcome.why_best.{offer['goal']}"), className="why-best")] if best else []
    marks = [html.Span(text, className="badge") for text in badges]
    return [html.Div([html.H4(goal_name(offer, visit)), *marks], className="offer-head"), *why]


def _main_figures(offer: Offer, visit: Visit) -> list[tuple[str, str, str]]:
    say, write = visit.say, visit.formats
    wait = int(offer["repayment"]["moratorium_months"])
    note = say("outcome.offers.per", time=write.months(offer["term_months"]))
    return [
        (instalment_label(offer, visit), write.money(offer["instalment"]),
         say("outcome.offers.after", month=wait + 1) if wait else note),
        (say("outcome.offers.cost"), write.money(offer["total_cost"]), say("outcome.offers.cost_note")),
        (say("outcome.offers.apr"), write.rate(offer["apr"]), say("outcome.offers.apr_short")),
    ]  # fmt: skip


def _points(offer: Offer, visit: Visit) -> list[Component]:
    rows = [("pros", offer["pros"]), ("cons", offer["cons"])]
    return [part for name, points in rows if points for part in _point_list(name, points, visit)]


def _point_list(name: str, points: Sequence[Mapping[str, Any]], visit: Visit) -> list[Component]:
    items = [html.Li(told(visit, "offers", point)) for point in points]
    return [html.P(visit.say(f"outcome.offers.{name}"), className="points-title"), html.Ul(items, className=name)]


def _more(offer: Offer, visit: Visit) -> Component:
    say, write = visit.say, visit.formats
    pairs = [
        (say("outcome.offers.amount"), write.round_money(offer["amount"]), ""),
        (say("outcome.offers.time"), write.months(offer["term_months"]), ""),
        (say("outcome.offers.rate"), write.rate(offer["annual_rate"]), say("outcome.offers.rate_note")),
        (say("outcome.offers.interest"), write.money(offer["total_interest"]), ""),
        (say("outcome.offers.ends"), write.day(visit.ask.outcome.last_day(offer["term_months"])),
         say("outcome.offers.ends_note")),
    ]  # fmt: skip
    method = say(f"outcome.offers.apr_note.{offer['apr_method']}")
    until = say("outcome.offers.until", day=write.day(offer["valid_until"]))
    fees = html.Ul([html.Li(line) for line in fee_lines(offer, visit)], className="fees")
    return html.Details(
        [
            html.Summary(say("outcome.offers.more")),
            key_figures(pairs),
            fees,
            html.P(method),
            html.P(until),
            _papers(offer, visit),
        ],
        className="offer-more",
    )


def _papers(offer: Offer, visit: Visit) -> Component:
    address, goal = f"/portal/offers/{offer['offer_id']}/disclosure", goal_name(offer, visit)
    links = [("sheet", address), ("sheet_pdf", f"{address}.pdf")]
    return html.P(
        [
            html.A(visit.say(f"outcome.offers.{key}"), href=href, target="_blank", rel="noopener", className="download",
                   **aria(label=visit.say(f"outcome.offers.{key}_name", goal=goal)))
            for key, href in links
        ],
        className="papers",
    )  # fmt: skip


def _actions(offer: Offer, visit: Visit, product: str, *, saved: bool, choose: bool) -> Component:
    say, goal = visit.say, goal_name(offer, visit)
    look = "btn-primary" if offer["recommended"] or "own" in offer["goals"] else "btn-secondary"
    apply = post_button(
        "/portal/apply", {"offer_id": offer["offer_id"]}, say("outcome.offers.apply"), look,
        say("outcome.offers.apply_name", goal=goal),
    )  # fmt: skip
    take = [_choose(offer, visit, product, goal)] if choose and "own" not in offer["goals"] else []
    return html.Div([apply, *take, _save(offer, visit, goal, saved=saved)], className="acts")


def _choose(offer: Offer, visit: Visit, product: str, goal: str) -> Component:
    ask = {"product": product, "amount": offer["amount"], "term_months": offer["term_months"]}
    name = visit.say("outcome.offers.choose_name", goal=goal)
    return request_link(ask, visit.say("outcome.offers.choose"), name)


def _save(offer: Offer, visit: Visit, goal: str, *, saved: bool) -> Component:
    say = visit.say
    if saved:
        return html.Span(say("outcome.offers.saved"), className="saved-mark")
    button = html.Button(say("outcome.offers.save"), type="submit", className="btn btn-quiet",
                         **aria(label=say("outcome.offers.save_name", goal=goal)))  # fmt: skip
    return html.Form(
        button, action=f"/portal/offers/{offer['offer_id']}/save", method="POST",
        **data(save_offer="", saved=say("outcome.offers.saved"), said=say("outcome.offers.saved_said"),
               trouble=say("outcome.offers.not_saved")),
    )  # fmt: skip


def _range(offers: Sequence[Offer], visit: Visit) -> str:
    costs = sorted(Decimal(offer["total_cost"]) for offer in offers)
    months = sorted(Decimal(offer["instalment"]) for offer in offers)
    write = visit.formats.round_money
    return visit.say(
        "outcome.offers.range", least=write(costs[0]), most=write(costs[-1]), low=write(months[0]),
        high=write(months[-1]),
    )  # fmt: skip
