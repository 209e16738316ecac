"""Champion and challenger share the applicants: sticky, in proportion, the same model on every path, on record."""

import json
import math
from dataclasses import asdict, dataclass, replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.domain.errors import CandorError
from rag.ports import Wish
from serving.adapters.package_champion import PackageChampion
from serving.assistant import Desk, Tools
from serving.decide import LoanAsk
from serving.routing import CHALLENGER, CHAMPION, STAND_IN, Standing, part_of
from tests.bank import open_bank
from tests.conftest import sized
from tests.serving.standins import LinearModel
from training.servable.routing import Beside, Routing, routing_from

FIRST, SECOND = "candor-pd-test/1", "candor-pd-test/2"


@dataclass
class Stricter(LinearModel):
    """Finds everybody riskier than the champion does."""

    version: str = SECOND
    sha256: str = "2" * 64

    def predict(self, columns):
        return np.round(1 / (1 + np.exp(np.clip(1.0 - self.contributions(columns).sum(axis=1), -50, 50))), 6)


def a_routing(share="0.5", version=SECOND, salt=SECOND):
    return Routing(FIRST, Beside(version, "2", "2" * 64, "ann", "tom", "why", "2026-01-01", share), None, salt)


@pytest.fixture
def bank(tmp_path):
    place = open_bank(tmp_path)
    split(place, a_routing(), Stricter())
    return place


def split(place, routing, challenger):
    place.champion.routing, place.champion.challenger = routing, challenger


def an_ask(amount="6000"):
    return LoanAsk("car", Decimal(amount), 36)


def of_each_part(place, routing):
    """Two customers whom the split parts, and who can be quoted."""
    parts = {}
    for customer in place.customers.ids():
        parts.setdefault(part_of(customer, routing), customer)
    return parts[CHAMPION], parts[CHALLENGER]


@given(st.text(min_size=1), st.sampled_from(["0.01", "0.1", "0.5"]), st.text())
def test_an_applicant_always_meets_the_same_model(customer, share, salt):
    routing = a_routing(share, salt=salt)
    assert part_of(customer, routing) == part_of(customer, routing_from(json.loads(json.dumps(asdict(routing)))))


@given(st.text(min_size=1), st.decimals("0.01", "0.49", places=2), st.decimals("0.01", "0.49", places=2))
def test_a_growing_share_takes_nobody_from_the_challenger(customer, one, other):
    small, large = (a_routing(str(share)) for share in sorted((one, other)))
    if part_of(customer, small) == CHALLENGER:
        assert part_of(customer, large) == CHALLENGER


@pytest.mark.parametrize("share", ["0.02", "0.1", "0.5"])
def test_the_challenger_gets_its_share(share):
    people, p = sized(20_000, 200_000), float(share)
    got = sum(part_of(f"C{i:06}", a_routing(share)) == CHALLENGER for i in range(people))
    assert abs(got - p * people) < 4.5 * math.sqrt(people * p * (1 - p))


def test_another_challenger_divides_people_otherwise():
    people = [f"C{i}" for i in range(2000)]
    one, other = ([part_of(c, a_routing(version=f"{v}", salt=v)) for c in people] for v in (SECOND, "candor-pd-test/3"))
    same = sum(a == b for a, b in zip(one, other, strict=True))
    assert 850 < same < 1150


def test_without_a_challenger_nothing_is_said_of_routing(bank):
    split(bank, None, None)
    made = bank.quotes.make(bank.customers.ids()[0], an_ask())
    assert "routing" not in json.loads(made.core)
    assert Standing(None).decider("C1").model is None


def test_a_decision_holds_which_model_decided_in_which_part(bank):
    for customer, part, version in zip(
        of_each_part(bank, a_routing()), (CHAMPION, CHALLENGER), (FIRST, SECOND), strict=True
    ):
        core = json.loads(bank.quotes.make(customer, an_ask()).core)
        assert core["assessment"]["model_version"] == version
        assert core["routing"] == {
            "part": part, "split": a_routing().split, "challenger": SECOND, "share": "0.5"
        }  # fmt: skip


def test_the_part_hangs_on_the_main_applicant_alone(bank):
    champion_side, challenger_side = of_each_part(bank, a_routing())
    linked = [
        (one, other)
        for one in bank.customers.ids()
        for other, _ in bank.customers.co_applicants(one)
        if part_of(one, a_routing()) != part_of(other, a_routing())
    ]
    one, other = linked[0]
    alone = json.loads(bank.quotes.make(one, an_ask()).core)
    both = json.loads(bank.quotes.make(one, replace(an_ask(), co_applicant=other)).core)
    assert both["routing"] == alone["routing"]
    assert champion_side != challenger_side


def test_the_surface_equals_the_decision_on_both_sides_of_a_split(bank):
    for customer in of_each_part(bank, a_routing()):
        surface = json.loads(bank.surfaces.surface(customer, an_ask()))
        assert surface["model_version"] == bank.champion.for_customer(customer).model.version
        for cents in (150_000, 600_000, 2_000_000):
            for term in (12, 36):
                made = bank.quotes.make(customer, LoanAsk("car", Decimal(cents) / 100, term))
                cell = _cell(surface, cents, term)
                assert cell["outcome"] == made.decision.outcome.value or cell["counts"] != "alone"
                if made.decision.terms is not None and cell["rate"] is not None:
                    assert Decimal(cell["rate"]) == made.decision.terms.annual_rate


def test_offers_plans_batch_and_chat_go_by_the_same_model(bank):
    for customer in of_each_part(bank, a_routing()):
        version = bank.champion.for_customer(customer).model.version
        single = bank.quotes.quote(customer, an_ask(), channel="api", actor="t")
        (batched,) = bank.quotes.quote_many([(customer, an_ask(), None)], channel="batch", actor="t")
        advised = bank.advice.quote(customer, an_ask(), channel="portal", actor="t")
        usual = bank.quotes.make(customer, replace(an_ask(), term_months=None))
        assert single == batched
        assert single["decision_id"] == advised["decision_id"]
        assert single["model_version"] == version == usual.model.version


def test_a_batch_of_both_sides_is_what_each_would_be_told_alone(bank):
    people = list(bank.customers.ids())[: sized(40, 300)]
    batched = bank.quotes.quote_many([(one, an_ask(), None) for one in people], channel="batch", actor="t")
    alone = [_told(bank, one) for one in people]
    assert [_plain(one) for one in batched] == alone
    assert {one["model_version"] for one in batched if isinstance(one, dict)} == {FIRST, SECOND}


def test_plans_carry_the_names_under_which_their_decisions_would_be_recorded(bank):
    refused = [
        (customer, quote)
        for customer in list(bank.customers.ids())[:60]
        if part_of(customer, a_routing()) == CHALLENGER
        and (quote := bank.advice.look(customer, an_ask("20000")))["recourse"]
    ]
    plans = [(c, p) for c, q in refused for p in q["recourse"] if set(_changes(p)) == {"co_applicant"}]
    assert plans, "no plan is to sign together"
    customer, plan = plans[0]
    ((partner, _),) = bank.customers.co_applicants(customer)
    made = bank.quotes.make(customer, replace(an_ask("20000"), co_applicant=partner))
    assert made.decision_id == plan["redecided_id"]


def test_decisions_of_both_sides_replay_to_the_byte_after_the_split_has_ended(bank):
    for customer in of_each_part(bank, a_routing()):
        bank.quotes.quote(customer, an_ask(), channel="api", actor="t")
    bank.champion.routing = None
    report = bank.replay.run()
    assert (report.checked, report.equal, report.chain_ok) == (2, 2, True)


def test_a_challenger_that_is_gone_is_said_at_replay(bank):
    _, customer = of_each_part(bank, a_routing())
    bank.quotes.quote(customer, an_ask(), channel="api", actor="t")
    bank.champion.by_version = lambda version: None
    assert bank.replay.run().statuses[0][1] == "model_missing"


def test_a_challenger_that_cannot_be_used_is_stood_in_for_and_the_record_says_so(bank):
    split(bank, a_routing(), None)
    _, customer = of_each_part(bank, a_routing())
    core = json.loads(bank.quotes.make(customer, an_ask()).core)
    assert core["assessment"]["model_version"] == FIRST
    assert core["routing"]["part"] == STAND_IN


def test_a_shadow_changes_no_byte_of_an_answer(bank):
    customers = of_each_part(bank, a_routing())
    before = [_everything(bank, customer) for customer in customers]
    shadow = replace(a_routing().challenger, version="candor-pd-test/3", folder="3", share="")
    bank.champion.routing = replace(a_routing(), shadow=shadow)
    assert [_everything(bank, customer) for customer in customers] == before
    bank.champion.routing = Routing(FIRST, None, shadow)
    assert "routing" not in json.loads(bank.quotes.make(customers[0], an_ask()).core)


def test_the_chat_looks_for_the_largest_amount_with_the_applicants_own_model(bank):
    desk = Desk(bank.advice, None, None, None, None)
    for customer in of_each_part(bank, a_routing()):
        best = Tools(desk, customer).what_if(Wish("car", Decimal(6000), 36))
        if best is not None:
            assert best["model_version"] == bank.champion.for_customer(customer).model.version


def test_one_look_costs_two_glances_at_the_folder_and_no_reading(tmp_path, monkeypatch):
    champion = PackageChampion(tmp_path)
    champion.standing()
    monkeypatch.setattr("serving.adapters.package_champion.read_routing", lambda folder: pytest.fail("read again"))
    assert champion.for_customer("C1").model is None


def _cell(surface, cents, term):
    row = next(i for i, cut in enumerate(surface["amount_cuts"]) if cents <= int(Decimal(cut) * 100))
    column = next(i for i, cut in enumerate(surface["term_cuts"]) if term <= cut)
    return surface["cells"][row][column]


def _everything(bank, customer):
    told = bank.advice.look(customer, an_ask())
    surface = json.loads(bank.surfaces.surface(customer, an_ask()))
    return (
        bank.quotes.make(customer, an_ask()).core,
        told,
        {k: surface[k] for k in surface if k not in ("sig", "expires_at")},
    )


def _plain(answer):
    return answer if isinstance(answer, dict) else str(answer)


def _told(bank, customer):
    try:
        return bank.quotes.make(customer, an_ask()).shown()
    except CandorError as error:
        return str(error)


def _changes(plan):
    return {step["action"]: step["to"] for step in plan["steps"]}
