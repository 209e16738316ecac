"""Models beside the champion score the record: once, at the policy of its day, without a trace in any answer."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from lending.score_ports import ScoreRow
from serving.decide import LoanAsk
from tests.bank import open_bank
from tests.serving.standins import Champion, LinearModel
from tests.serving.test_routing import FIRST, SECOND, Stricter, a_routing
from training.servable.routing import Beside, Routing

THIRD = "candor-pd-test/3"
SHADOW = Beside(THIRD, "3", "3" * 64, "ann", "", "why", "2026-01-01")


class Models(Champion):
    """A champion, a challenger and a shadow by their versions."""

    def __init__(self, routing):
        super().__init__(LinearModel(), routing, Stricter() if routing.challenger else None)
        self.third = Stricter(version=THIRD, sha256="3" * 64)

    def by_version(self, version):
        return {FIRST: self.model, SECOND: self.challenger, THIRD: self.third}.get(version)


@pytest.fixture
def bank(tmp_path):
    place = open_bank(tmp_path)
    place.__dict__["champion"] = Models(Routing(FIRST, None, SHADOW))
    return place


def ask(bank, count, amount="6000"):
    people = list(bank.customers.ids())[:count]
    said = bank.quotes.quote_many(
        [(one, LoanAsk("car", Decimal(amount), 36), None) for one in people], channel="api", actor="t"
    )
    return [one for one in said if isinstance(one, dict)]


def test_the_shadow_says_of_each_decision_what_it_would_have_decided(bank):
    made = ask(bank, 30)
    assert bank.shadows.work(30, 1000) == {"champion": len(made), "shadow": len(made)}
    pairs = bank.records.scores.pairs(FIRST, THIRD, date(2020, 1, 1))
    assert len(pairs) == len(made)
    assert all(pair.decided_by == FIRST for pair in pairs)
    alone = {}
    for quote in made:
        core = json.loads(bank.decisions.get(quote["decision_id"]).core)
        bank.champion.model = bank.champion.third
        said = bank.quotes.make(core["applicant_ref"], LoanAsk("car", Decimal(6000), 36)).shown()
        alone[quote["decision_id"]] = (quote["outcome"], said["outcome"], float(said["pd"]))
    assert sorted(alone.values()) == sorted((p.first_outcome, p.other_outcome, p.other_pd) for p in pairs)


def test_scoring_adds_nothing_to_the_record_and_everything_still_replays(bank):
    made = ask(bank, 10)
    before = [bank.decisions.get(one["decision_id"]) for one in made]
    bank.shadows.work(30, 1000)
    assert [bank.decisions.get(one["decision_id"]) for one in made] == before
    assert bank.replay.run().clean


def test_each_decision_is_scored_once_however_often_the_work_is_repeated(bank):
    made = ask(bank, 12)
    assert bank.shadows.work(30, 5)["shadow"] == 5
    assert bank.shadows.work(30, 1000)["shadow"] == len(made) - 5
    assert bank.shadows.work(30, 1000) == {"champion": 0, "shadow": 0}


def test_a_decision_that_was_erased_stands_empty_and_is_asked_for_no_more(bank):
    made = ask(bank, 5)
    customer = json.loads(bank.decisions.get(made[0]["decision_id"]).core)["applicant_ref"]
    bank.records.envelopes.erase(customer)
    bank.shadows.work(30, 1000)
    assert len(bank.records.scores.pairs(FIRST, THIRD, date(2020, 1, 1))) == len(made) - 1
    assert bank.shadows.work(30, 1000)["shadow"] == 0


def test_without_anybody_beside_the_champion_nothing_is_scored(bank):
    ask(bank, 3)
    bank.champion.routing = None
    assert bank.shadows.work(30, 1000) == {}
    assert bank.shadows.compared(30) is None


def test_a_shadow_that_is_not_the_package_that_was_set_says_nothing(bank):
    ask(bank, 3)
    bank.champion.third = replace(bank.champion.third, sha256="9" * 64)
    assert bank.shadows.work(30, 1000) == {}


def test_in_a_split_every_decision_is_scored_by_both_sides(bank):
    bank.champion.routing, bank.champion.challenger = replace(a_routing(), shadow=SHADOW), Stricter()
    made = ask(bank, 40)
    done = bank.shadows.work(30, 1000)
    assert done == dict.fromkeys(("champion", "challenger", "shadow"), len(made))
    found = bank.shadows.compared(30)
    assert {one["version"]: one["applicants"] for one in found["beside"]} == {SECOND: len(made), THIRD: len(made)}
    arms = found["split"]["arms"]
    assert sum(arm["applicants"] for arm in arms) == len(made)
    assert {arm["version"] for arm in arms} == {FIRST, SECOND}
    decided = [json.loads(bank.decisions.get(one["decision_id"]).core) for one in made]
    own = [core for core in decided if core["routing"]["part"] == "challenger"]
    (challenger,) = [arm for arm in arms if arm["part"] == "challenger"]
    assert challenger["applicants"] == len(own)
    assert round(challenger["approved"]["value"] * len(own)) == sum(core["outcome"] == "approve" for core in own)


def test_an_applicant_who_tries_many_amounts_counts_once(bank):
    customer = bank.customers.ids()[0]
    for amount in range(6000, 6010):
        bank.quotes.quote(customer, LoanAsk("car", Decimal(amount), 36), channel="portal", actor="t")
    bank.shadows.work(30, 1000)
    assert len(bank.records.scores.pairs(FIRST, THIRD, date(2020, 1, 1))) == 1


def test_a_score_is_kept_once_and_holds_nothing_about_a_person(bank):
    row = ScoreRow("d_x", THIRD, "shadow", False, "", "car", "approve", "0.010000", date(2026, 1, 2))
    now = datetime.now(UTC)
    assert bank.records.scores.keep([row, row], now) == 1
    assert bank.records.scores.keep([replace(row, pd="0.9")], now) == 0
    assert bank.records.scores.unscored(THIRD, now - timedelta(days=1), 10) == []
