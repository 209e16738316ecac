"""The customer's start page: what waits for them, what is open, what fits, and what the bank knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from dash.development.base_component import Component

from console.components.own_news import offers_list, time_left
from console.components.products import fit_words
from console.pages.portal import home
from console.queries import Queries
from console.visit import Visit
from console.words import Say
from lending.domain.money import money
from lending.domain.roles import Role
from lending.ports import Account
from serving.assembly import Platform
from serving.best_fit import Fit
from serving.decide import LoanAsk
from serving.formats import formats
from tests.bank import open_bank
from tests.console.shown import parts_of, text_of

CUSTOMERS = {"good": "C00001", "refused": "C00002", "student": "C00003", "thin": "C00004", "review": "C00010"}
VisitAs = Callable[..., Visit]


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return open_bank(Path(tmp_path_factory.mktemp("bank")))


@pytest.fixture
def own_bank(tmp_path: Path) -> Platform:
    """One of this test's own, for it records something."""
    return open_bank(tmp_path)


@pytest.fixture
def visit_as(bank: Platform) -> VisitAs:
    def visit(name: str, language: str = "en", platform: Any = bank) -> Visit:
        account = Account(name, Role.CUSTOMER, CUSTOMERS[name], f"{name.title()} (demo persona)")
        return Visit(account, Queries(platform), formats("us", language), Say(language))

    return visit


def card(page: Component, product: str) -> Any:
    """The card whose button leads to a loan type."""
    cards = [part for part in parts_of(page) if "product is-" in (getattr(part, "className", None) or "")]
    return next(
        one for one in cards if f"/loans/{product}" in [urlsplit(getattr(p, "href", "")).path for p in parts_of(one)]
    )


def declined(bank: Platform, amount: str, channel: str = "portal") -> None:
    """What `refused` asks for a car and cannot have."""
    ask = LoanAsk("car", money(amount), 48)
    assert bank.advice.quote("C00002", ask, channel=channel, actor="refused")["outcome"] == "decline"


def test_somebody_new_reads_how_to_begin(visit_as: VisitAs) -> None:
    shown = text_of(home.layout(visit_as("good")))
    assert "Hello, Good" in shown
    assert "Start here" in shown
    assert "Your applications" not in shown


def test_every_loan_type_is_listed_and_an_open_one_says_its_lowest_rate(visit_as: VisitAs, bank: Platform) -> None:
    page = home.layout(visit_as("good"))
    for product in bank.catalogue.products("C00001"):
        assert "From" in text_of(card(page, str(product["product"])))


def test_a_closed_loan_type_names_the_value_found_the_limit_and_the_way_in(visit_as: VisitAs) -> None:
    shown = text_of(card(home.layout(visit_as("refused")), "home"))
    assert "Not open now" in shown
    assert "Found: 676. Needed: at least 700." in shown
    assert "Ways in" in shown


def test_a_loan_type_that_was_just_refused_is_not_open_and_leads_to_what_helps(
    own_bank: Platform, visit_as: VisitAs
) -> None:
    declined(own_bank, "20000")
    page = card(home.layout(visit_as("refused", platform=own_bank)), "car")
    assert "Not at present" in text_of(page)
    assert "we could not approve $20,000 over 4 years" in text_of(page)
    assert "Open to you" not in text_of(page)
    assert "/loans/car?amount=20000&term=48" in [getattr(part, "href", None) for part in parts_of(page)]
    assert "Por ahora no" in text_of(home.layout(visit_as("refused", "es", platform=own_bank)))


def test_a_refusal_that_its_customer_never_saw_says_nothing_on_their_page(
    own_bank: Platform, visit_as: VisitAs
) -> None:
    declined(own_bank, "20000", channel="batch")
    assert "Open to you" in text_of(card(home.layout(visit_as("refused", platform=own_bank)), "car"))


def test_the_best_fit_stands_first_and_says_why_with_the_figures_it_was_looked_at(visit_as: VisitAs) -> None:
    page = home.layout(visit_as("good"))
    links = [part.href for part in parts_of(page) if "/loans/" in (getattr(part, "href", None) or "")]
    assert links[0] == "/loans/car"
    assert "For $10,000 over 4 years you would pay about $" in text_of(card(page, "car"))


def test_the_yearly_cost_is_written_as_the_offer_writes_it(visit_as: VisitAs) -> None:
    offer = {"decision_id": "d_1", "offer_id": "o_1", "recommended": True, "made_at": "2026-03-02", "product": "car",
             "amount": "20000.00", "term_months": 48, "instalment": "480.00", "apr": "0.077",
             "valid_until": "2026-04-01"}  # fmt: skip
    quote = {"amount": "10000.00", "term_months": 48, "instalment": "240.00", "apr": "0.077"}
    visit = visit_as("good")
    assert "(APR) 7.70%" in text_of(offers_list([offer], date(2026, 3, 2), visit))
    assert "(APR) of 7.70%" in fit_words(Fit("car", "approved", quote), visit.formats, visit.say)


def test_what_fits_is_told_without_recording_anything(visit_as: VisitAs, bank: Platform) -> None:
    before = list(bank.records.decisions.ids())
    home.layout(visit_as("good"))
    assert list(bank.records.decisions.ids()) == before


def test_somebody_without_a_score_who_owns_gold_is_shown_the_gold_loan(visit_as: VisitAs) -> None:
    assert "this loan asks for none" in text_of(card(home.layout(visit_as("thin")), "gold"))


def test_a_flagged_customer_reads_nothing_that_tells_of_the_flag(visit_as: VisitAs) -> None:
    assert "Best fit" not in text_of(home.layout(visit_as("review")))


def test_an_application_shows_where_it_stands_and_what_comes_next(visit_as: VisitAs, bank: Platform) -> None:
    one = {"application_id": "a_1", "reference": "CA-1", "product": "car", "state": "in_review",
           "changed_at": "2026-03-02T10:00:00+00:00"}  # fmt: skip
    platform = with_parts(bank, applications=SimpleNamespace(of=lambda _: [one], open_offers=lambda _: []))
    shown = text_of(home.layout(visit_as("good", platform=platform)))
    assert "A person looks" in shown
    assert "You need to do nothing now" in shown
    assert "Start here" not in shown


def test_an_offer_counts_its_days_down_in_words() -> None:
    today, write = date(2026, 3, 2), formats("us")
    assert time_left(today + timedelta(3), today, write, Say()) == "3 days left, until March 5, 2026"
    assert time_left(today + timedelta(1), today, write, Say()) == "One day left, until March 3, 2026"
    assert time_left(today, today, write, Say()) == "Ends today"


def test_one_part_that_fails_leaves_the_others_standing(visit_as: VisitAs, bank: Platform) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("a secret detail")

    platform = with_parts(bank, messages=SimpleNamespace(inbox=broken))
    shown = text_of(home.layout(visit_as("good", platform=platform)))
    assert "We could not load this part" in shown
    assert "secret" not in shown
    assert "Car loan" in shown


def test_the_page_says_what_the_bank_knows_and_what_it_does_not(visit_as: VisitAs) -> None:
    shown = text_of(home.layout(visit_as("thin")))
    assert "$3,800" in shown
    assert "not known" in shown


def test_the_page_speaks_spanish(visit_as: VisitAs) -> None:
    shown = text_of(home.layout(visit_as("good", "es")))
    assert "Hola, Good" in shown
    assert "Préstamo para automóvil" in shown
    assert "4 años" in shown
    assert "Aprobación rápida" in shown


def test_why_a_loan_is_closed_is_said_in_spanish_too(visit_as: VisitAs) -> None:
    page = card(home.layout(visit_as("refused", "es")), "home")
    assert [part for part in parts_of(page) if getattr(part, "lang", None) == "en"] == []


def with_parts(bank: Platform, **parts: Any) -> Any:
    """The bank with some of its parts replaced."""
    names = ("catalogue", "best_fit", "records", "clock", "applications", "messages", "champion", "flow_runs", "policy")
    return SimpleNamespace(**({name: getattr(bank, name) for name in names} | parts))
