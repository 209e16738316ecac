"""Who may stand beside the champion: gates, four eyes, bounded shares, and an end that leaves nothing behind."""

import json
from dataclasses import replace

import pytest

from lending.domain.errors import InputError, NotFoundError, RefusedError, UnavailableError
from serving.adapters.package_champion import PackageChampion
from tests.training.releases import SUPPLIED, an_ask, an_office
from training.adapters.mlflow_beside import standing
from training.gates import limits
from training.release import promote, rollback
from training.route import clear, route, set_challenger, set_shadow
from training.servable.manifest import verify
from training.servable.routing import read_routing

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own, on this Python


@pytest.fixture(scope="module")
def three(registry, two, trained):
    return [*two, registry.register(replace(trained.result), trained.folder, "tom")]


@pytest.fixture
def office(registry, three):
    """The first version decides, nothing stands beside it."""
    place = an_office(registry)
    promote(place, an_ask(three[0], reason="start"))
    place.audit.clear()
    return place


def folder(home):
    return home / "models" / "small"


def aliases(registry):
    return {row["version"]: row["aliases"] for row in registry.list("small")}


def test_a_challenger_decides_for_its_share_and_the_record_says_who_let_it(office, three, home):
    done = set_challenger(office, an_ask("2"), "0.10")
    kept = read_routing(folder(home))
    assert (kept.against, kept.challenger.version, kept.challenger.share) == (three[0], three[1], "0.1")
    assert kept.challenger.manifest_sha256 == verify(folder(home) / "2")[1]
    assert (kept.challenger.approver, kept.challenger.requested_by, kept.challenger.reason) == ("ann", "tom", "why")
    assert done["champion"] == three[0]
    assert done["challenger"]["version"] == three[1]
    assert done["split"] == kept.split
    assert all(gate["passed"] for gate in done["gates"])
    assert aliases(office.registry) == {three[0]: "champion", three[1]: "challenger", three[2]: ""}
    assert office.audit.acts == [("ann", "model.challenger.begun"), ("ann", "model.challenger.done")]
    assert office.audit[1][3]["split"] == kept.split


def test_a_growing_share_moves_nobody_back_as_the_salt_stays(office, home):
    set_challenger(office, an_ask("2"), "0.1")
    first = read_routing(folder(home))
    set_challenger(office, an_ask("2"), "0.3")
    grown = read_routing(folder(home))
    assert grown.salt == first.salt
    assert grown.split != first.split


def test_a_shadow_is_one_persons_act_and_changes_no_split(office, three, home):
    set_challenger(office, an_ask("2"), "0.2")
    split = read_routing(folder(home)).split
    done = set_shadow(office, an_ask("3", approver="tom", requested_by=""))
    assert (done["shadow"]["version"], done["challenger"]["version"]) == (three[2], three[1])
    assert done["split"] == split
    assert aliases(office.registry)[three[2]] == "shadow"
    assert office.audit.acts[2:] == [("tom", "model.shadow.begun"), ("tom", "model.shadow.done")]


@pytest.mark.parametrize("share", ["0", "-0.1", "0.51", "1", "NaN", "Infinity", "half", ""])
def test_a_share_outside_policy_is_refused_before_anything_is_done(office, share, home):
    with pytest.raises(InputError, match="share"):
        set_challenger(office, an_ask("2"), share)
    assert office.audit == []
    assert read_routing(folder(home)) is None


@pytest.mark.parametrize("approver", ["tom", "TOM "])
def test_one_person_alone_sets_no_challenger_for_the_portfolio(office, approver, home):
    with pytest.raises(RefusedError, match="cannot approve it alone"):
        set_challenger(office, an_ask("2", approver=approver), "0.1")
    assert read_routing(folder(home)) is None
    assert office.audit.acts[-1] == (approver, "model.challenger.refused")


def test_a_challenger_passes_every_gate_of_a_promotion_and_a_shadow_those_of_its_features(office, home, monkeypatch):
    monkeypatch.setattr("training.route.limits", lambda day: {**limits(day), "auc_min": 0.99})
    with pytest.raises(RefusedError, match="auc"):
        set_challenger(office, an_ask("2"), "0.1")
    assert read_routing(folder(home)) is None
    assert set_shadow(office, an_ask("2"))["shadow"]["version"].endswith("/2")
    poor = replace(office, supplied=SUPPLIED - {"home_ownership"})
    with pytest.raises(RefusedError, match="home_ownership"):
        set_shadow(poor, an_ask("3"))


@pytest.mark.parametrize(("act", "version"), [("challenger", "1"), ("shadow", "1"), ("shadow", "2")])
def test_one_version_has_one_part(office, act, version):
    set_challenger(office, an_ask("2"), "0.1")
    with pytest.raises(RefusedError, match="already"):
        set_challenger(office, an_ask(version), "0.1") if act == "challenger" else set_shadow(office, an_ask(version))


def test_a_shadow_that_becomes_challenger_is_the_shadow_no_longer(office, three):
    set_shadow(office, an_ask("2"))
    done = set_challenger(office, an_ask("2"), "0.1")
    assert (done["challenger"]["version"], done["shadow"]) == (three[1], None)
    assert aliases(office.registry)[three[1]] == "challenger"


def test_what_is_not_there_cannot_stand_beside(office, registry):
    with pytest.raises(NotFoundError, match="version"):
        set_challenger(office, an_ask("77"), "0.1")
    with pytest.raises(RefusedError, match="no champion"):
        set_shadow(office, an_ask("1", data="nobody"))
    with pytest.raises(RefusedError, match="no challenger"):
        clear(office, "small", "challenger", "eve", "enough")


def test_the_end_of_a_split_is_one_persons_act_and_leaves_the_shadow(office, three):
    set_challenger(office, an_ask("2"), "0.1")
    set_shadow(office, an_ask("3"))
    done = clear(office, "small", "challenger", "eve", "complaints")
    assert (done["ended"], done["challenger"], done["shadow"]["version"]) == (three[1], None, three[2])
    assert clear(office, "small", "shadow", "eve", "seen enough")["shadow"] is None
    assert office.audit.acts[-2:] == [("eve", "model.shadow.end.begun"), ("eve", "model.shadow.end.done")]
    assert "shadow" not in "".join(aliases(office.registry).values())


def test_a_promotion_and_a_rollback_end_what_stood_beside(office, registry, home, three):
    for act in (lambda: promote(office, an_ask("3")), lambda: rollback(office, "small", "eve", "complaints")):
        set_challenger(office, an_ask("2"), "0.1")
        act()
        assert read_routing(folder(home)) is None
        assert route(registry, "small")["challenger"] is None
    assert registry.champion("small") == three[0]


def test_what_a_kill_left_behind_counts_for_nobody_and_is_cleared_by_whoever_comes_next(office, registry, home):
    set_challenger(office, an_ask("2"), "0.1")
    left = (folder(home) / "routing.json").read_text()
    promote(office, an_ask("3"))
    (folder(home) / "routing.json").write_text(left)  # as if the promotion was killed before it cleared the split
    assert registry.routing("small") is None
    assert standing(folder(home), registry.champion("small")) is None
    rollback(office, "small", "eve", "complaints")
    assert read_routing(folder(home)) is None


def test_a_new_version_takes_no_alias_from_a_challenger_that_decides(office, registry, trained, three):
    set_challenger(office, an_ask("2"), "0.1")
    newest = registry.register(replace(trained.result), trained.folder, "tom")
    assert aliases(registry)[newest] == ""
    assert aliases(registry)[three[1]] == "challenger"


@pytest.mark.parametrize(
    "change", [{"share": "1"}, {"share": "x"}, {"folder": "../other"}, {"folder": ""}, {"unknown": "1"}]
)
def test_a_file_that_does_not_say_what_it_should_is_not_read(office, home, change):
    set_challenger(office, an_ask("2"), "0.1")
    path = folder(home) / "routing.json"
    body = json.loads(path.read_text())
    body["challenger"] |= change
    path.write_text(json.dumps(body))
    with pytest.raises(UnavailableError, match=r"routing\.json cannot be read"):
        read_routing(folder(home))
    assert office.registry.routing("small") is None
    clear_again = pytest.raises(RefusedError, match="no challenger")
    with clear_again:
        clear(office, "small", "challenger", "eve", "it is broken")
    assert read_routing(folder(home)) is None


def test_readers_without_mlflow_find_every_version_in_a_file(office, registry, home):
    kept = json.loads((folder(home) / "versions.json").read_text())
    assert kept["models"] == json.loads(json.dumps(registry.list("small")))


def test_serving_follows_the_split_and_decides_by_the_packages_that_were_sealed(office, home, three, trained):
    champion = PackageChampion(folder(home))
    assert champion.standing().routing is None
    set_challenger(office, an_ask("2"), "0.5")
    parts = {champion.for_customer(f"C{i}").routed.part: champion.for_customer(f"C{i}") for i in range(50)}
    assert {part: one.model.version for part, one in parts.items()} == {"champion": three[0], "challenger": three[1]}
    assert parts["challenger"].model.sha256 == read_routing(folder(home)).challenger.manifest_sha256
    assert parts["challenger"].model.predict(trained.columns).shape == (1500,)
    clear(office, "small", "challenger", "eve", "enough")
    assert champion.for_customer("C1").routed is None


def test_a_split_that_is_set_or_ended_loads_the_champion_no_second_time(office, home):
    champion = PackageChampion(folder(home))
    before = champion.current()
    set_challenger(office, an_ask("2"), "0.5")
    assert champion.current() is before


@pytest.mark.parametrize("harm", ["changed", "gone", "other_hash"])
def test_a_broken_challenger_never_decides_and_that_is_logged(office, home, three, harm, caplog):
    set_challenger(office, an_ask("2"), "0.5")
    path = folder(home) / "2"
    if harm == "changed":
        card = path / "card.json"
        kept = card.read_bytes()
        card.write_bytes(kept + b" ")
    elif harm == "gone":
        path.rename(folder(home) / "away")
    else:
        body = json.loads((folder(home) / "routing.json").read_text())
        body["challenger"]["manifest_sha256"] = "0" * 64
        (folder(home) / "routing.json").write_text(json.dumps(body))
    champion = PackageChampion(folder(home))
    deciders = [champion.for_customer(f"C{i}") for i in range(40)]
    assert {one.model.version for one in deciders} == {three[0]}
    assert {one.routed.part for one in deciders} == {"champion", "stand_in"}
    assert "candor-pd-small/2" in caplog.text
    if harm == "gone":
        (folder(home) / "away").rename(path)


def test_a_routing_that_cannot_be_read_leaves_the_champion_alone(office, home, three, caplog):
    set_challenger(office, an_ask("2"), "0.5")
    (folder(home) / "routing.json").write_text("{")
    champion = PackageChampion(folder(home))
    assert {champion.for_customer(f"C{i}").model.version for i in range(20)} == {three[0]}
    assert "the champion decides for everybody" in caplog.text
    clear_again = pytest.raises(RefusedError)
    with clear_again:
        clear(office, "small", "challenger", "eve", "it is broken")
    assert champion.standing().routing is None


def test_a_routing_of_another_champion_counts_for_nobody(office, home, three):
    set_challenger(office, an_ask("2"), "0.5")
    left = (folder(home) / "routing.json").read_text()
    promote(office, an_ask("3"))
    (folder(home) / "routing.json").write_text(left)
    assert {PackageChampion(folder(home)).for_customer(f"C{i}").model.version for i in range(20)} == {three[2]}
