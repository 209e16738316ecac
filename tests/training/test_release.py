"""Who may let a model decide: gates asked again, four eyes, overrides that end, and no promotion off the record."""

import json
import shutil
from dataclasses import replace
from datetime import date

import pytest

from lending.domain.errors import InputError, NotFoundError, RefusedError, UnavailableError
from tests.training.releases import SUPPLIED, KeptPackage, an_ask, an_office, resealed
from training.override import ended_override
from training.ports import Gate
from training.release import Ask, promote, promote_first, rollback
from training.servable.manifest import seal

TODAY = date(2026, 11, 2)
ASIDE = {"gate": "auc", "owner": "bob", "until": "2026-12-01"}
pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own, on this Python


@pytest.fixture
def copied(trained, tmp_path):
    return shutil.copytree(trained.folder, tmp_path / "copied")


@pytest.fixture
def weak(copied):
    """A package whose card says that one gate failed."""

    def fail(card):
        auc = next(gate for gate in card["gates"] if gate["name"] == "auc")
        auc |= {"passed": False, "found": 0.54}

    resealed(copied, "card.json", fail)
    gates = json.loads((copied / "card.json").read_text())["gates"]
    return KeptPackage(copied, [Gate(**row) for row in gates])


@pytest.mark.parametrize(("approver", "requested_by"), [("tom", "tom"), ("Tom ", "eve"), ("ann", "ANN"), ("tom", "")])
def test_one_person_alone_promotes_nothing_for_the_portfolio_and_the_refusal_is_on_record(
    registry, two, approver, requested_by
):
    office, before = an_office(registry), registry.champion("small")
    with pytest.raises(RefusedError, match="cannot approve it alone"):
        promote(office, an_ask("2", approver=approver, requested_by=requested_by))
    assert registry.champion("small") == before
    assert office.audit.acts == [(approver, "model.promote.begun"), (approver, "model.promote.refused")]
    assert office.audit[1][3]["code"] == "four_eyes"


@pytest.mark.parametrize("place", [{"portfolio": "other"}, {"profile": "demo"}])
def test_one_person_may_promote_where_nobody_is_served_and_in_a_demo(registry, two, place):
    assert promote(an_office(registry, **place), an_ask("1", approver="tom"))["promoted"]


def test_the_first_start_promotes_by_itself_only_where_policy_lets_it_and_only_once(registry, trained):
    first = registry.register(replace(trained.result, data="alone"), trained.folder, "root")
    production = an_office(registry, portfolio="alone", profile="production")
    with pytest.raises(RefusedError, match="people promote the first model too"):
        promote_first(production, "alone", first)
    demo = an_office(registry, portfolio="alone", profile="demo")
    assert promote_first(demo, "alone", first) == {"data": "alone", "champion": first, "promoted": True}
    assert promote_first(demo, "alone", first)["promoted"] is False
    assert "no person approved this" in registry.list("alone")[0]["reason"]
    assert demo.audit.acts == [("first start", "model.promote.begun"), ("first start", "model.promote.done")]


def test_a_model_that_records_cannot_feed_is_not_promoted_and_the_fields_are_named(registry, two):
    office = an_office(registry, supplied=SUPPLIED - {"home_ownership"})
    aside = {"gate": "servable", "owner": "ann", "until": "2099-01-01"}
    for override in (None, aside):
        with pytest.raises(RefusedError, match="home_ownership"):
            promote(office, an_ask(two[1], override=override))


def test_an_unknown_version_is_not_found(registry, two):
    for version in ("77", "candor-pd-other/1", "latest", "../1"):
        with pytest.raises(NotFoundError, match="version"):
            promote(an_office(registry), an_ask(version))


def test_an_override_lets_a_kept_run_decide_until_its_last_day(registry, trained, weak, home):
    result = replace(trained.result, data="weak", gates=weak.gates, run_id=None)
    assert registry.register(result, weak.folder, "tom") == ""
    office, aside = an_office(registry, portfolio="weak"), {"gate": "auc", "owner": "bob", "until": "2026-12-01"}
    ask = Ask("weak", result.run_id, "ann", "the only one we have")
    with pytest.raises(NotFoundError):
        promote(office, ask, TODAY)
    with pytest.raises(RefusedError, match="auc"):
        promote(office, replace(ask, override={**aside, "gate": "leak"}), TODAY)
    assert registry.list("weak") == []
    done = promote(office, replace(ask, override=aside), TODAY)
    assert done["champion"] == registry.champion("weak") == "candor-pd-weak/1"
    (row,) = registry.list("weak")
    assert row["gates_failed"] == ["auc"]
    assert {key: row["override"][key] for key in aside} == aside
    pointer = json.loads((home / "models" / "weak" / "champion.json").read_text())
    assert pointer["override"] == aside
    assert office.audit[-1][3]["override_owner"] == "bob"
    assert ended_override(home / "models" / "weak", date(2026, 12, 1)) is None
    assert ended_override(home / "models" / "weak", date(2026, 12, 2)) == {"version": "candor-pd-weak/1", **aside}
    with pytest.raises(RefusedError, match="auc"):
        promote(office, replace(ask, version="1"), date(2026, 12, 2))


def test_nobody_goes_back_to_a_champion_whose_override_has_ended(registry, two):
    aside = {"gate": "auc", "owner": "bob", "until": "2026-12-01"}
    registry.promote("small", two[0], "ann", "pilot", expected=registry.champion("small"), override=aside)
    registry.promote("small", two[1], "ann", "better", expected=two[0])
    with pytest.raises(RefusedError, match="ended on 2026-12-01"):
        rollback(an_office(registry), "small", "eve", "complaints", date(2026, 12, 2))
    assert rollback(an_office(registry), "small", "eve", "complaints", date(2026, 12, 1))["champion"] == two[0]


def test_a_failed_gate_stops_a_promotion_unless_its_override_is_owned(weak):
    office = an_office(weak)
    with pytest.raises(RefusedError, match="auc"):
        promote(office, an_ask("1"), TODAY)
    wrong = {"gate": "leak", "owner": "bob", "until": "2026-12-01"}
    with pytest.raises(RefusedError, match="auc"):
        promote(office, an_ask("1", override=wrong), TODAY)
    assert weak.promoted is None
    promote(office, an_ask("1", override={**wrong, "gate": "auc"}), TODAY)
    assert weak.promoted == "1"


def test_a_gate_that_the_card_is_silent_about_fails(copied):
    resealed(copied, "card.json", lambda card: card["gates"].pop(0))
    with pytest.raises(RefusedError, match="size: the card does not speak of this gate"):
        promote(an_office(KeptPackage(copied, [])), an_ask("1"), TODAY)


def test_a_card_cannot_talk_a_model_through_a_gate_that_is_worked_out_again(copied):
    resealed(copied, "calibration.json", lambda table: table.update(y=[0.1 for _ in table["y"]]))
    with pytest.raises(RefusedError, match="varies: different PDs"):
        promote(an_office(KeptPackage(copied, [])), an_ask("1"), TODAY)


def test_features_made_by_another_contract_are_refused_even_with_an_override(copied):
    manifest = json.loads((copied / "manifest.json").read_text())
    kept = {key: value for key, value in manifest.items() if key not in ("files", "schema")}
    seal(copied, {**kept, "contract_version": "0"})
    aside = {"gate": "features", "owner": "bob", "until": "2026-12-01"}
    for override in (None, aside):
        with pytest.raises(RefusedError, match="features: version of the feature contract"):
            promote(an_office(KeptPackage(copied, [])), an_ask("1", override=override), TODAY)


@pytest.mark.parametrize(
    ("override", "word"),
    [
        ({"gate": "auc", "owner": "", "until": "2026-12-01"}, "owner"),
        ({"gate": "auc", "owner": "bob", "until": "2026-10-31"}, "ended"),
        ({"gate": "auc", "owner": "bob", "until": "soon"}, "soon"),
    ],
)
def test_an_override_that_is_not_whole_is_refused(weak, override, word):
    with pytest.raises(InputError, match=word):
        promote(an_office(weak), an_ask("1", override=override), TODAY)


@pytest.mark.parametrize(("approver", "reason"), [("", "why"), ("ann", "  "), ("ann", "x" * 501)])
def test_nobody_promotes_without_a_name_and_a_reason_that_can_be_kept(weak, approver, reason):
    office = an_office(weak)
    with pytest.raises(InputError, match="needs its"):
        promote(office, an_ask("1", approver=approver, reason=reason))
    with pytest.raises(InputError, match="needs its"):
        rollback(office, "small", approver, reason)
    assert office.audit == []


def test_what_the_trail_cannot_keep_does_not_happen(weak):
    class Full:
        def add(self, actor, act, subject, detail):
            raise UnavailableError("the trail is full")

    with pytest.raises(UnavailableError):
        promote(
            an_office(weak, audit=Full()), an_ask("1", override={"gate": "auc", "owner": "b", "until": "2099-01-01"})
        )
    assert weak.promoted is None
