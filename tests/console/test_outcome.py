"""What a customer sees of a decision: the whole of it, in words, and nothing that is not theirs to see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from console.components.outcome import outcome_panel, outcome_sentence
from console.components.outcome_compare import ORDERS, columns_of, difference, ordered
from console.components.outcome_offers import choices, offer_card
from console.components.outcome_why import rate_process, why_panel
from console.queries import Queries
from console.visit import Visit
from console.words import Say
from lending.domain.roles import Role
from lending.ports import Account
from serving.assembly import Platform
from serving.formats import formats
from serving.parse import loan_ask
from tests.bank import open_bank
from tests.console.shown import parts_of, text_of

CAR = {"product": "car", "amount": "20000", "term_months": 60}
HOME = {"product": "home", "amount": "300000", "term_months": 240, "collateral": {"kind": "property", "value": "4e5"}}
Result = Mapping[str, Any]


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    place = open_bank(Path(tmp_path_factory.mktemp("bank")))
    yield place
    place.records.database.engine.dispose()


@pytest.fixture
def visit_of(bank: Platform) -> Callable[..., Visit]:
    def visit(customer: str, language: str = "en") -> Visit:
        account = Account("somebody", Role.CUSTOMER, customer, "Somebody")
        return Visit(account, Queries(bank), formats("us", language), Say(language))

    return visit


def asked(bank: Platform, customer: str, **ask: Any) -> Result:
    return bank.advice.customize(customer, loan_ask(ask), channel="portal", actor="somebody")


def test_an_approval_shows_three_choices_beside_the_own_one_and_which_is_recommended(
    bank: Platform, visit_of: Callable[..., Visit]
) -> None:
    visit, result = visit_of("C00001"), asked(bank, "C00001", **CAR)
    text = text_of(outcome_panel(result, visit))
    assert outcome_sentence(result, visit) in text
    for name in ("Best balance", "Lowest monthly payment", "Lowest cost in all", "As you asked"):
        assert name in text
    assert text.count("We recommend this") == 2  # on its card and in the comparison
    assert "These offers cost between $1,380.66 and $6,234.57 in all" in text


def test_every_figure_of_a_card_is_the_offers_own(bank: Platform, visit_of: Callable[..., Visit]) -> None:
    visit = visit_of("C00001")
    for offer in choices(asked(bank, "C00001", **CAR)):
        text = text_of(offer_card(offer, visit, product="car"))
        for name in ("instalment", "total_cost", "total_interest"):
            assert visit.formats.money(offer[name]) in text
        assert all(point["text"] in text for point in (*offer["pros"], *offer["cons"]))


def test_an_offer_can_be_chosen_saved_applied_for_and_read_as_a_sheet(
    bank: Platform, visit_of: Callable[..., Visit]
) -> None:
    result = asked(bank, "C00001", **CAR)
    offer = next(o for o in result["recommended"] if o["recommended"])
    card = offer_card(offer, visit_of("C00001"), product="car")
    assert actions_of(card) == {"/portal/apply", f"/portal/offers/{offer['offer_id']}/save"}
    assert hidden_of(card)["offer_id"] == offer["offer_id"]
    sheet = f"/portal/offers/{offer['offer_id']}/disclosure"
    assert {f"/loans/car?amount=20000&term={offer['term_months']}", sheet, f"{sheet}.pdf"} <= links_of(card)


def test_the_own_choice_is_not_offered_to_be_chosen(bank: Platform, visit_of: Callable[..., Visit]) -> None:
    own = asked(bank, "C00001", **CAR)["own"]
    assert "Choose this" not in text_of(offer_card(own, visit_of("C00001"), product="car"))


def test_a_difference_is_a_sentence_with_both_figures(bank: Platform, visit_of: Callable[..., Visit]) -> None:
    result = asked(bank, "C00001", **CAR)
    best = next(o for o in result["recommended"] if o["recommended"])
    said = difference(best, result["own"], visit_of("C00001"))
    assert said == "This one costs $2,180.73 less in all and $332.27 more a month."


@pytest.mark.parametrize(
    ("cost", "month", "said"),
    [("-1", "-2", "$1 less in all and $2 less a month"), ("1", "2", "$1 more in all and $2 more a month"),
     ("1", "-2", "$1 more in all and $2 less a month"), ("0", "0", "the same in all and a month"),
     ("-1", "0", "$1 less in all, at the same"), ("0", "2", "the same in all and $2 more a month"),
     ("1", "0", "$1 more in all, at the same"), ("0", "-2", "the same in all and $2 less a month")],
)  # fmt: skip
def test_every_kind_of_difference_has_its_sentence(
    cost: str, month: str, said: str, visit_of: Callable[..., Visit]
) -> None:
    base = {"amount": "10", "total_cost": "5", "instalment": "5"}
    other = {"amount": "10", "total_cost": str(5 + int(cost)), "instalment": str(5 + int(month))}
    assert said in difference(other, base, visit_of("C00001"))


def test_loans_of_different_amounts_are_not_set_against_one_another(visit_of: Callable[..., Visit]) -> None:
    base = {"amount": "10", "total_cost": "5", "instalment": "5"}
    assert "do not compare" in difference({**base, "amount": "11"}, base, visit_of("C00001"))


@pytest.mark.parametrize("order", sorted(ORDERS))
def test_an_order_puts_the_least_of_its_figure_first(bank: Platform, order: str) -> None:
    columns = ordered(columns_of(asked(bank, "C00001", **CAR), ()), order)
    figures = [float(column.offer[ORDERS[order]]) for column in columns]
    assert figures == sorted(figures)


def test_a_refusal_says_why_what_would_help_and_what_could_be_had_instead(
    bank: Platform, visit_of: Callable[..., Visit]
) -> None:
    result = asked(bank, "C00006", **HOME)
    panel = outcome_panel(result, visit_of("C00006"))
    text = text_of(panel)
    assert 1 <= len(result["decision"]["reasons"]) <= 4
    assert all(reason["text"] in text for reason in result["decision"]["reasons"])
    partner = dict(bank.records.customers.co_applicants("C00006"))["C00007"]
    assert f"Ask together with {partner}" in text
    assert "No amount of this loan can be approved now." in text
    alternative = "/loans/home?amount=300000&term=240&co_applicant=C00007&value=400000.00"
    assert {alternative, notice_of(result), f"{notice_of(result)}.pdf"} <= links_of(panel)
    assert "/portal/reviews" in actions_of(panel)
    assert hidden_of(panel)["decision_id"] == result["decision"]["decision_id"]


def test_steps_that_take_time_or_luck_stand_apart_and_promise_nothing(
    bank: Platform, visit_of: Callable[..., Visit]
) -> None:
    result = asked(bank, "C00002", **{**CAR, "term_months": 48})
    assert result["recourse"]
    assert all(plan["then_ask_again"] for plan in result["recourse"])
    text = text_of(outcome_panel(result, visit_of("C00002")))
    assert "no promise" in text
    assert "A way to yes" not in text
    assert "Bring your credit score from 676 to 690" in text


@pytest.mark.parametrize(
    ("robust", "later", "said"),
    [(True, False, "almost all said yes"), (False, False, "less sure"), (None, False, ""), (True, True, "by then")],
)
def test_how_far_a_plan_can_be_trusted_is_said_in_words(
    bank: Platform, visit_of: Callable[..., Visit], robust: bool | None, later: bool, said: str
) -> None:
    result = dict(asked(bank, "C00006", **HOME))
    result["recourse"] = [{**result["recourse"][0], "robust": robust, "then_ask_again": later}]
    text = text_of(outcome_panel(result, visit_of("C00006")))
    every = ("almost all said yes", "less sure", "by then")
    assert [one for one in every if one in text] == ([said] if said else [])


def test_a_wish_that_is_too_large_is_answered_with_what_can_be_had(
    bank: Platform, visit_of: Callable[..., Visit]
) -> None:
    result = asked(bank, "C00001", **{**CAR, "amount": "90000"})
    text = text_of(outcome_panel(result, visit_of("C00001")))
    assert "We cannot offer this amount now" in text
    assert "What we can offer you" in text
    assert result["why_fewer_offers"]["text"] in text


def test_where_there_is_no_plan_it_says_why_and_what_one_can_do(bank: Platform, visit_of: Callable[..., Visit]) -> None:
    result = asked(bank, "C00003", product="car", amount="10000", term_months=48)
    text = text_of(outcome_panel(result, visit_of("C00003")))
    assert not result["recourse"]
    assert result["why_no_plan"]["text"] in text
    assert "Education loan" in text  # the alternative
    assert all(way["text"] in text for way in result["decision"]["ways_in"])


def test_a_referred_request_can_be_sent_to_a_person_and_gives_no_rule_away(
    bank: Platform, visit_of: Callable[..., Visit]
) -> None:
    result = asked(bank, "C00010", **CAR)
    panel = outcome_panel(result, visit_of("C00010"))
    text = text_of(panel).lower()
    assert "we need a person to look" in text
    assert hidden_of(panel)["decision_id"] == result["decision"]["decision_id"]
    assert "/portal/apply" in actions_of(panel)
    assert not re.search(r"flag|fraud|sanction|screen", text)
    assert "these terms stand" not in text
    assert "not passed" not in text
    assert "counts against it" not in text


def test_what_counted_most_against_comes_first_and_is_said_not_only_drawn(
    bank: Platform, visit_of: Callable[..., Visit]
) -> None:
    panel = outcome_panel(asked(bank, "C00001", **{**CAR, "amount": "90000"}), visit_of("C00001"))
    (gauges,) = [part for part in parts_of(panel) if getattr(part, "className", "") == "gauges"]
    first, *rest = gauges.children
    assert "Debt payments" in text_of(first)
    assert "counts against it" in text_of(first)
    assert "36.5%; at most 35.0% is allowed." in text_of(first)
    assert all("counts against it" not in text_of(one) for one in rest)


@pytest.mark.parametrize(
    ("customer", "ask"),
    [("C00001", CAR), ("C00001", {**CAR, "amount": "90000"}), ("C00002", CAR), ("C00003", CAR), ("C00004", CAR),
     ("C00006", HOME), ("C00010", CAR)],
)  # fmt: skip
def test_in_spanish_nothing_that_has_a_code_stays_english(
    bank: Platform, visit_of: Callable[..., Visit], customer: str, ask: dict[str, Any]
) -> None:
    panel = outcome_panel(asked(bank, customer, **ask), visit_of(customer, "es"))
    assert not [part for part in parts_of(panel) if getattr(part, "lang", None) == "en"]
    english = {text for text in texts_of(panel) if re.search(r"\b(the|your|this|with|amount)\b", text, re.IGNORECASE)}
    assert not english


def test_a_text_without_a_translation_is_shown_and_marked_as_english(
    bank: Platform, visit_of: Callable[..., Visit]
) -> None:
    result = dict(asked(bank, "C00004", **CAR))
    strange = {"code": "a_new_code", "text": "Something new.", "rank": 1, "field": "", "person": "applicant"}
    result["decision"] = {**result["decision"], "reasons": [strange]}
    panel = outcome_panel(result, visit_of("C00004", "es"))
    assert [text_of(p) for p in parts_of(panel) if getattr(p, "lang", None) == "en"] == ["Something new."]


def test_a_bullet_loan_is_paid_once_and_its_card_says_so(bank: Platform, visit_of: Callable[..., Visit]) -> None:
    offer = dict(asked(bank, "C00001", **CAR)["own"])
    offer["repayment"] = {"kind": "bullet", "moratorium_months": 0, "interest": "compound"}
    text = text_of(offer_card(offer, visit_of("C00001"), product="car"))
    assert "One payment at the end" in text
    assert "Monthly payment" not in text


def test_payments_that_begin_later_are_said_to(bank: Platform, visit_of: Callable[..., Visit]) -> None:
    ask = {"product": "education", "amount": "10000", "term_months": 72, "co_applicant": "C00008"}
    text = text_of(outcome_panel(asked(bank, "C00003", **ask), visit_of("C00003")))
    assert "from month 25" in text
    assert "You pay nothing for the first 2 years" in text
    assert "We confirm your admission" in text


def test_the_rooms_for_words_carry_every_text_that_their_scripts_need(visit_of: Callable[..., Visit]) -> None:
    visit = visit_of("C00001", "es")
    why = cast("Any", why_panel("d_" + "a" * 26, "approve", visit))
    rate = cast("Any", rate_process("a_" + "a" * 26, visit))
    names = set(re.findall(r"words\.(\w+)", "".join(read_script(name) for name in ("why", "feedback"))))
    carried = set(eval_json(why, "why") | eval_json(why, "feedback") | eval_json(rate, "feedback"))
    assert names - carried == set()


def read_script(name: str) -> str:
    return (Path(__file__).parents[2] / "console" / "assets" / f"{name}.js").read_text("utf-8")


def eval_json(part: Any, name: str) -> dict[str, Any]:
    import json

    return json.loads(getattr(part, f"data-{name}-words"))


def texts_of(component: Any) -> list[str]:
    return [part for part in parts_of(component) if isinstance(part, str)]


def links_of(component: Any) -> set[str]:
    return {part.href for part in parts_of(component) if getattr(part, "href", None)}


def actions_of(component: Any) -> set[str]:
    return {part.action for part in parts_of(component) if getattr(part, "action", None)}


def hidden_of(component: Any) -> dict[str, str]:
    found = [part for part in parts_of(component) if getattr(part, "type", None) == "hidden"]
    return {part.name: part.value for part in found}


def notice_of(result: Result) -> str:
    return f"/portal/decisions/{result['decision']['decision_id']}/notice"
