"""Attacks on the engine: odd requests, records, days and policies get a sound answer or a refusal that helps."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product as all_of
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lending.domain.application import Applicant, Loan, Outcome
from lending.domain.errors import CandorError, InputError
from lending.domain.money import Money
from lending.domain.policy import Policy, rulebook
from lending.domain.surface import read_point
from serving.customize import Advice
from serving.decide import LoanAsk, Quotes
from serving.evaluate import evaluate
from serving.parse import InvalidBody, loan_ask
from serving.replay import Replay
from serving.strict_json import parse_json
from serving.surface import SurfaceMaker, expiry
from tests.builders import AS_OF, an_applicant, the_policy
from tests.conftest import sized
from tests.lending.domain.test_laws_of_strength import RUPEES, Monotone
from tests.lending.grid.anybody import a_person
from tests.lending.test_market_in import india
from tests.serving.standins import Champion, Customers, Decisions, KeptOffers

Found = TypeVar("Found")
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LOANS = (Loan("L1", Decimal("210.50"), Decimal("4300.10")), Loan("L2", Decimal("99.995"), Decimal("1300.555")))


class Linked(Customers):
    """Everybody agreed to sign with everybody."""

    def may_co_apply(self, customer_id: str, co_applicant_id: str) -> bool:
        return True


class OnePolicy:
    """A policy source with one policy."""

    def __init__(self, policy: Policy) -> None:
        self.current = policy

    def by_version(self, version: str) -> Policy:
        return self.current


def a_bank(*people: Applicant, policy: Policy | None = None) -> Advice:
    clock = SimpleNamespace(now=lambda: NOW)
    source = OnePolicy(policy or the_policy())
    quotes = Quotes(Linked(*people), Decisions(), source, Champion(Monotone()), clock)  # type: ignore[arg-type]
    return Advice(quotes, KeptOffers())


def ask(**changes: Any) -> LoanAsk:
    return loan_ask({"product": "car", "amount": "15000", "term_months": 48, **changes})


def quote(bank: Advice, asked: LoanAsk, day: date | None = None) -> dict[str, Any]:
    return bank.quote("C1", asked, channel="api", actor="C1", as_of=day)


def me(**facts: Any) -> Applicant:
    return an_applicant(customer_id="C1", **facts)


def tried(call: Callable[[], Found]) -> Found | CandorError:
    """What a call answers, or its error; any other exception is an attack that worked."""
    try:
        return call()
    except CandorError as error:
        return error


amounts = st.one_of(
    st.integers(1, 10**15 - 1).map(lambda n: f"{n / 100:.2f}" if n < 10**12 else str(n)),
    st.integers(10_000, 20_000_000).map(lambda n: f"{Decimal(n).scaleb(-2)}"),
    st.sampled_from(["0.01", "1e3", "1E+14", "9999999999999.99", "999999999999999", "20000", "1000", "999.99"]),
)
securities = st.one_of(
    st.none(),
    st.builds(
        lambda weight, purity: {"kind": "gold", "weight_g": weight, "purity_k": purity},
        st.sampled_from(["0.001", "60", "400", "1000000"]), st.sampled_from(["0.001", "18", "24"]),
    ),
    st.builds(
        lambda kind, value: {"kind": kind, "value": value},
        st.sampled_from(["property", "vehicle"]), st.sampled_from(["0.01", "20000", "250000", "9999999999999.99"]),
    ),
)  # fmt: skip
asks = st.fixed_dictionaries(
    {"product": st.sampled_from(["car", "home", "gold", "education", "gold_bullet"]), "amount": amounts},
    optional={
        "term_months": st.sampled_from([1, 3, 6, 12, 24, 25, 36, 48, 60, 84, 120, 180, 240, 360, 361, 1199, 1200]),
        "collateral": securities,
        "co_applicant": st.just("C2"),
        "refinances": st.sampled_from([["L1"], ["L2"], ["L1", "L2"]]),
    },
)


def anybody(seed: int, customer_id: str, scale: int) -> Applicant:
    """Somebody of any sort or, half of the time, somebody to whom much is open; with loans at this bank."""
    draw = random.Random(f"{seed} {customer_id}")
    loans = draw.choice(((), LOANS[:1], LOANS))
    person = a_person(draw, customer_id) if draw.random() < 0.5 else an_applicant(customer_id=customer_id)
    money = ("gross_monthly_income", "net_monthly_income", "monthly_obligations", "liquid_assets")
    known = {name: getattr(person, name) for name in money}
    return replace(person, loans=loans, **{n: None if v is None else v * scale for n, v in known.items()})


def places(text: str | None) -> int:
    return 2 if text is None else len(text.partition(".")[2])


def is_sound(answer: dict[str, Any], bank: Advice, asked: LoanAsk, policy: Policy) -> None:
    """The answer lies in the catalogue, in cents, and every offer is what the bank would decide."""
    book = rulebook(policy, answer["product"], AS_OF)
    figures = ("amount", "instalment", "total_interest", "total_cost")
    assert {places(one[name]) for one in (answer, *answer["offers"]) for name in figures} == {2}
    assert (answer["instalment"] is not None) >= (answer["outcome"] == "approve")
    for offer in answer["offers"]:
        wish = replace(asked, amount=Money(Decimal(offer["amount"])), term_months=offer["term_months"])
        application = bank.quotes.application("C1", wish, policy, AS_OF)
        _, decision = evaluate(application, Monotone(), policy, AS_OF)
        assert decision.outcome is Outcome.APPROVE
        assert decision.terms is not None
        assert {name: f"{getattr(decision.terms, name):.2f}" for name in figures} == {n: offer[n] for n in figures}
        assert book["amount_min"] <= decision.terms.amount <= book["amount_max"]
        assert book["term_months_min"] <= decision.terms.term_months <= book["term_months_max"]
        assert book["rate_min"] <= decision.terms.annual_rate <= book["rate_max"]


def is_the_same_on_the_surface(answer: dict[str, Any], bank: Advice, asked: LoanAsk, policy: Policy) -> None:
    """The surface says at the point that was asked what the answer says."""
    application = bank.quotes.application("C1", replace(asked, term_months=answer["term_months"]), policy, AS_OF)
    surface = json.loads(json.dumps(SurfaceMaker(application, Monotone(), policy, AS_OF).body(expiry(policy, NOW))))
    point = read_point(surface, asked.amount, answer["term_months"])
    assert point.outcome == answer["outcome"]
    assert (point.terms and f"{point.terms.instalment:.2f}") == answer["instalment"]


NOTHING_MUCH: list[dict[str, Any]] = [
    {"product": "car", "amount": "15000", "term_months": 48},
    {"product": "education", "amount": "12000", "term_months": 120},
    {"product": "home", "amount": "150000", "term_months": 240, "collateral": {"kind": "property", "value": "250000"}},
    *({"product": product, "amount": "1500", "term_months": 12,
       "collateral": {"kind": "gold", "weight_g": weight, "purity_k": purity}}
      for product in ("gold", "gold_bullet") for weight, purity in (("60", "18"), ("0.001", "0.001"))),
]  # fmt: skip


@pytest.mark.parametrize("market", ["us", "in"])
@settings(max_examples=sized(150, 3000), suppress_health_check=[HealthCheck.too_slow])
@given(body=asks, seed=st.integers(0, 10**6))
@example(
    body={
        "product": "gold_bullet",
        "amount": "10000.00",
        "co_applicant": "C2",
        "collateral": {"kind": "gold", "weight_g": "0.001", "purity_k": "0.001"},
    },
    seed=0,
)  # a security worth nothing is too small at maturity, not unknown
def test_any_request_of_anybody_gets_a_sound_answer_that_replays_or_a_refusal_that_helps(
    market: str, body: dict[str, Any], seed: int
) -> None:
    policy, scale = (the_policy(), 1) if market == "us" else (india(), RUPEES)
    bank = a_bank(anybody(seed, "C1", scale), anybody(seed, "C2", scale), policy=policy)
    asked = tried(lambda: loan_ask(parse_json(json.dumps(body))))
    if isinstance(asked, CandorError):
        assert isinstance(asked, InvalidBody)
        return
    answer = tried(lambda: quote(bank, asked))
    if isinstance(answer, CandorError):
        assert answer.field in ("product", "refinances", "collateral.kind")
        return
    is_sound(answer, bank, asked, policy)
    json.dumps(answer)
    assert Replay(bank.quotes.decisions, bank.quotes.policy, bank.quotes.champion).run().different == ()
    is_the_same_on_the_surface(answer, bank, asked, policy)


@pytest.mark.parametrize("market", ["us", "in"])
@pytest.mark.parametrize("body", NOTHING_MUCH, ids=lambda body: body["product"])
def test_what_is_known_to_be_nothing_is_beyond_every_limit_on_the_surface_as_in_the_decision(
    market: str, body: dict[str, Any]
) -> None:
    policy, scale = (the_policy(), 1) if market == "us" else (india(), RUPEES)
    for gross, net, owed in all_of((None, 0, 3000), (None, 0, 2400), (None, 0, 500)):
        told = {"gross_monthly_income": gross, "net_monthly_income": net, "monthly_obligations": owed}
        bank = a_bank(me(**{n: None if v is None else Decimal(v * scale) for n, v in told.items()}), policy=policy)
        asked = loan_ask({**body, "amount": str(int(body["amount"]) * scale)})
        answer = tried(lambda bank=bank, asked=asked: quote(bank, asked))
        if isinstance(answer, CandorError):
            assert answer.field == "product"
            continue
        is_the_same_on_the_surface(answer, bank, asked, policy)


@pytest.mark.parametrize("amount", ["99999999999999", "999999999999999", "10000000000000"])
def test_what_is_too_large_to_be_read_back_is_not_taken(amount: str) -> None:
    with pytest.raises(InputError, match="amount"):
        ask(amount=amount)


@pytest.mark.parametrize("product", ["car", "education", "gold", "home"])
def test_the_largest_amount_that_is_taken_is_declined_as_too_large(product: str) -> None:
    answer = quote(a_bank(me()), ask(product=product, amount="9999999999999.99", term_months=None))
    assert answer["outcome"] in ("decline", "refer")
    assert "amount_too_large" in [r["code"] for r in answer["reasons"]]


DAYS = [date.min, date(2022, 12, 31), date(2023, 1, 1), date(2500, 1, 1), date.max - timedelta(days=1), date.max]


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_day_far_off_is_decided_by_the_rules_of_that_day_or_refused(day: date) -> None:
    answer = tried(lambda: quote(a_bank(me()), ask(), day))
    if day < date(2023, 1, 1):
        assert isinstance(answer, InputError)
        assert answer.field == "as_of"
    else:
        assert not isinstance(answer, CandorError)
        assert date.fromisoformat(answer["valid_until"]) >= day


def test_one_line_of_a_batch_that_cannot_be_decided_spoils_no_other() -> None:
    lines = [("C1", ask(), None), ("C9", ask(), None), ("C1", ask(product="boat"), None), ("C1", ask(), date.min),
             ("C1", ask(), date.max), ("C1", ask(amount="9999999999999.99", product="education"), None)]  # fmt: skip
    answers = a_bank(me()).quotes.quote_many(lines, channel="batch", actor="cli")
    refused = [isinstance(answer, CandorError) for answer in answers]
    assert refused == [False, True, True, True, False, False]


def test_a_customer_of_whom_nothing_is_known_is_looked_at_by_a_person() -> None:
    unknown = Applicant(customer_id="C1", birth_date=date(1990, 1, 1), employment_status="salaried")
    answer = quote(a_bank(unknown), ask())
    assert answer["outcome"] in ("refer", "decline")
    assert answer["offers"] == []


def test_nobody_signs_twice() -> None:
    with pytest.raises(InputError, match="co_applicant"):
        quote(a_bank(me(gross_monthly_income=Decimal(1800))), ask(co_applicant="C1"))


@pytest.mark.parametrize("loans", [["L1"], ["L2"], ["L1", "L2"]])
def test_the_loans_of_either_who_signs_can_be_paid_off_and_nobody_elses(loans: list[str]) -> None:
    bank = a_bank(me(loans=LOANS[:1]), an_applicant(customer_id="C2", loans=LOANS))
    assert quote(bank, ask(co_applicant="C2", refinances=loans))["outcome"] == "approve"
    if "L2" in loans:
        with pytest.raises(InputError, match="no loan of yours"):
            quote(bank, ask(refinances=loans))


def test_a_refinancing_that_is_too_large_is_offered_smaller_but_never_below_what_it_pays_off() -> None:
    bank = a_bank(me(loans=(Loan("L1", Decimal(250), Decimal(30_000)),), monthly_obligations=Decimal(700)))
    answer = quote(bank, ask(amount="150000", term_months=60, refinances=["L1"]))
    assert answer["outcome"] == "decline"
    assert {Decimal(offer["amount"]) >= 30_000 for offer in answer["offers"]} == {True}


FITTING = {"car": "vehicle", "home": "property", "gold": "gold", "education": "none"}


@pytest.mark.parametrize("product", FITTING)
@pytest.mark.parametrize("kind", ["vehicle", "property"])
def test_a_security_that_does_not_fit_the_loan_is_refused(product: str, kind: str) -> None:
    """No rule would look at its value, but the risk would."""
    asked = ask(product=product, term_months=None, collateral={"kind": kind, "value": "9000000"})
    answer = tried(lambda: quote(a_bank(me()), asked))
    assert isinstance(answer, InputError) is (kind != FITTING[product])
