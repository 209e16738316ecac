"""The customer's start page: what waits for them, which loans are open, and what the bank knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import Input, Output, dcc, html, no_update
from dash.development.base_component import Component

from console.callbacks import callback, reported
from console.components.aria import aria
from console.components.own_news import applications_list, known_facts, messages_list, offers_list
from console.components.panel import empty, failed
from console.components.products import Voice, product_cards
from console.components.progress import training_panel
from console.tried import variant_at, wording
from console.visit import Visit
from console.words import Say
from lending.domain.roles import Permission

PATH = "/"
NAME = "Your loans"
PERMISSION = Permission.QUOTE_OWN
_TICK_MS = 2000


def layout(visit: Visit) -> Component:
    """The whole page at once, so that nothing jumps: each part that fails does so alone."""
    name = visit.account.display_name.split(" ")[0]
    training = _safe("training", lambda: list(show_training(visit, 0)))
    panel, ready = training if isinstance(training, list) else (training, False)
    loans = _safe("products", lambda: _products(visit))
    head = [html.H1(visit.say("home.hello", name=name), tabIndex="-1"), html.P(_lead(visit), className="lead")]
    return _page(visit.say, head, panel, ready, _own(visit), loans, _known(visit), _tried_look(visit))


def blank() -> Component:
    """The page without anybody's data, against which the browser checks callbacks."""
    say = Say()
    return _page(say, [html.H1(say("shell.nav.loans"), tabIndex="-1")], None, True, [], html.Div(), html.Div())


def _lead(visit: Visit) -> str:
    """What the page is for, in the wording that is tried out with this customer."""
    return _safe("lead", lambda: wording(visit, "tried.home_lead"), visit.say("home.promise"))


def _tried_look(visit: Visit) -> str:
    """Order and layout that are tried out with this customer, as names that the style sheet knows."""
    places = ("tried.home_order", "tried.home_loans")
    seen = [_safe(place, lambda place=place: variant_at(visit, place) or "", "") for place in places]
    return " ".join(f"is-{variant.replace('_', '-')}" for variant in seen if variant)


def _page(
    say: Say, head: list[Component], training: Any, ready: bool, own: Any, loans: Component, known: Component,
    look: str = "",
) -> Component:  # fmt: skip
    return html.Div(
        [
            html.Header(head, className="page-head"),
            html.Div(training, id="training", role="status"),
            dcc.Interval(id="training-tick", interval=_TICK_MS, disabled=ready),
            html.Div(
                [
                    html.Div(own, id="own-news", className="home-own"),
                    _section("loans", say("home.loans"), [html.P(say("home.harmless"), className="hint"), loans]),
                    known,
                ],
                className=f"home {look}".strip(),
            ),
        ],
        className="home-page",
    )  # fmt: skip


def _section(name: str, title: str, content: list[Any], look: str = "") -> Component:
    return html.Section(
        [html.H2(title, id=f"home-{name}"), *content], className=f"home-{name} {look}".strip(),
        **aria(labelledby=f"home-{name}"),
    )  # fmt: skip


def _products(visit: Visit) -> Component:
    ask, who = visit.ask.home, visit.customer_id
    products = ask.products(who)
    if not products:
        return empty(visit.say("home.no_loans.title"), visit.say("home.no_loans.text"))
    voice = Voice(visit.formats, visit.say, ask.codes())
    return product_cards(products, ask.fit(who, products), voice, ask.refused(who))


def _own(visit: Visit) -> list[Component]:
    """Applications and offers where there are any, else how to begin; then the messages."""
    running = [part for part in (_applications(visit), _offers(visit)) if part is not None]
    begin = empty(visit.say("home.begin.title"), visit.say("home.begin.text"))
    return [part for part in (*(running or [begin]), _messages(visit)) if part is not None]


def _applications(visit: Visit) -> Component | None:
    def drawn() -> Component | None:
        found = visit.ask.home.applications(visit.customer_id)
        return applications_list(found, visit) if found else None

    return _card(visit, "applications", drawn)


def _offers(visit: Visit) -> Component | None:
    def drawn() -> Component | None:
        found = visit.ask.home.offers(visit.customer_id)
        return offers_list(found, visit.ask.home.today(), visit) if found else None

    return _card(visit, "offers", drawn)


def _messages(visit: Visit) -> Component | None:
    def drawn() -> Component:
        found = visit.ask.home.messages(visit.customer_id, visit.say.language)
        if not found:
            return html.P(visit.say("home.no_messages"), className="quiet")
        more = dcc.Link(visit.say("home.all_messages"), href="/messages", className="more")
        return html.Div([messages_list(found, visit.formats, visit.say), more])

    return _card(visit, "messages", drawn)


def _known(visit: Visit) -> Component:
    def drawn() -> Component:
        say, person = visit.say, visit.ask.home.profile(visit.customer_id)
        more = dcc.Link(say("home.known.more"), href="/account", className="more")
        return html.Div([known_facts(person, visit.formats, say), more])

    return _card(visit, "known", drawn) or html.Div()


def _card(visit: Visit, name: str, drawn: Callable[[], Component | None]) -> Component | None:
    """A part with its heading; None where it has nothing to show."""
    content = _safe(name, drawn)
    return None if content is None else _section(name, visit.say(f"home.{name}_title"), [content], "card")


def _safe(name: str, drawn: Callable[[], Any], instead: Any = None) -> Any:
    """What is drawn; where that fails, what stands instead, or the failed state of this part alone."""
    try:
        return drawn()
    except Exception as error:
        reference = reported(error, f"home.{name}")
        return failed(reference) if instead is None else instead


@callback(
    Output("own-news", "children"), Input("news-stamp", "data"), permission=PERMISSION, prevent_initial_call=True,
    on_failure=lambda _reference: no_update,
)  # fmt: skip
def show_news(visit: Visit, _stamp: Any) -> Any:
    """Offers, applications and messages again when something changed."""
    return _own(visit)


@callback(
    Output("training", "children"), Output("training-tick", "disabled"), Input("training-tick", "n_intervals"),
    permission=PERMISSION, prevent_initial_call=True, on_failure=lambda _reference: (no_update, False),
)  # fmt: skip
def show_training(visit: Visit, _ticks: int | None) -> tuple[Any, bool]:
    """Progress of the first training; asking stops once a model decides."""
    training = visit.ask.training()
    return training_panel(training, visit.formats, visit.say), training.state == "ready"


CALLBACKS = (show_news, show_training)
