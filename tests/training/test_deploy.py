"""A version behind an endpoint: a few calls first, then all, or back when it does worse than the policy allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from lending.domain.errors import InputError, RefusedError, UnavailableError
from lending.settings import ROOT
from tests.training.books import quiet
from tests.training.releases import ApprovedPackage, an_ask, an_office
from training.adapters.local_endpoint import LocalEndpoints
from training.canary import Counted, judge, next_move
from training.deploy import Deploy, deploy, rules_for, stop_unless_approved
from training.endpoint_ports import Seen, Wanted
from training.gates import dated
from training.servable import load
from training.servable.endpoint_config import Variant, read_endpoint, variant_name
from training.smoke import smoke_test

RULES = rules_for("local", dated(ROOT / "kb" / "endpoint.yaml", date(2026, 11, 1)))


def counted(calls, errors=0, slow=0):
    """So many calls, some of them errors, some slower than 250 ms and the others quicker than 5."""
    return Counted(calls, errors, {"5000": calls - slow, "250000": calls - slow, "1000000": calls, "+Inf": calls})


class TestARule:
    def test_one_error_among_few_calls_does_not_ring_and_one_in_five_does(self):
        assert not any(alarm.rings for alarm in judge("e", "v", counted(60, 1), RULES))
        (rings,) = [alarm.measure for alarm in judge("e", "v", counted(10, 2), RULES) if alarm.rings]
        assert rings == "errors"

    def test_slow_answers_ring_once_enough_calls_were_timed(self):
        assert not any(alarm.rings for alarm in judge("e", "v", counted(20, slow=20), RULES))
        (rings,) = [alarm for alarm in judge("e", "v", counted(60, slow=5), RULES) if alarm.rings]
        assert rings.measure == "latency"
        assert rings.found > 150

    @pytest.mark.parametrize(
        ("calls", "seconds", "act"),
        [(60, 5, "wait"), (10, 25, "wait"), (60, 25, "finish"), (10, 300, "back"), (0, 300, "back")],
    )
    def test_a_canary_goes_on_after_enough_calls_and_enough_time_and_never_by_silence(self, calls, seconds, act):
        found = counted(calls)
        assert next_move(judge("e", "v", found, RULES), found, seconds, RULES).act == act

    def test_only_what_came_after_the_beginning_counts(self):
        assert counted(60, 3).since(counted(50, 3)) == counted(10, 0)
        assert counted(5, 1).since(counted(50, 3)) == counted(5, 1)  # the process started anew

    def test_the_time_of_99_of_100_lies_within_its_bucket(self):
        assert Counted(100, 0, {"1000": 98, "2000": 100, "+Inf": 100}).p99_ms == pytest.approx(1.5)
        assert Counted().p99_ms is None


class Process:
    """The endpoint's process as the file tells it, at once; `errors` of each call to the new version fail."""

    def __init__(self, var, models, clock):
        self.var, self.models, self.clock = var, models, clock
        self.tally, self.fails, self.down = {}, False, False

    def invoke(self, endpoint, body, variant):
        self.metrics(endpoint)
        config = read_endpoint(self.var, endpoint)
        chosen = variant or max(config.variants, key=lambda one: one.weight).name
        new = chosen == variant_name("candor-pd-small/2")
        calls, errors = self.tally.get(chosen, (0, 0))
        self.tally[chosen] = (calls + 1, errors + (new and self.fails))
        if new and self.fails:
            raise UnavailableError("500")
        return self.models[chosen](body)

    def metrics(self, endpoint):
        if self.down:
            raise UnavailableError("nobody answers")
        config = read_endpoint(self.var, endpoint)
        names = [one.name for one in config.variants] if config else ["AllTraffic"]
        return {name: counted(*self.tally.get(name, (0, 0))) for name in names}


class Clock:
    def __init__(self):
        self.time = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def now(self):
        return self.time

    def wait(self, seconds):
        self.time += timedelta(seconds=max(seconds, 1))


@pytest.fixture
def place(trained, tmp_path):
    """Two versions in a home folder, the first of which decides."""
    import shutil

    from serving.container import Scorer
    from training.servable.manifest import stamp

    clock = Clock()
    process = Process(tmp_path, {}, clock)
    for number in (1, 2):
        folder = tmp_path / "models" / "small" / str(number)
        shutil.copytree(trained.folder, folder)
        stamp(folder, f"candor-pd-small/{number}")
        model = load(folder)

        def answer(body, model=model):
            import json

            return json.loads(Scorer(model).reply({"content-type": "application/json"}, body).body)

        process.models[variant_name(model.version)] = answer
    first = load(tmp_path / "models" / "small" / "1")
    champion = Variant(variant_name(first.version), first.version, "small/1", first.sha256, 1.0)
    endpoints = LocalEndpoints(tmp_path, clock, process.invoke, process.metrics, lambda: champion)
    folder = tmp_path / "models" / "small" / "2"
    wanted = Wanted(
        "candor", "small", "candor-pd-small/2", folder, load(folder).sha256, "ann", clock.now().isoformat(), 0.1
    )
    return endpoints, process, clock, wanted


def deployed(place, registry=None, ask=None, **changes):
    endpoints, _, clock, wanted = place
    office = an_office(registry or ApprovedPackage(wanted.folder))
    wish = Deploy("candor", ask or an_ask("candor-pd-small/2"), **changes)
    return office, lambda: deploy(office, endpoints, wish, RULES, clock, quiet)


def test_a_healthy_version_gets_a_share_then_all_and_is_compared_with_its_package(place):
    office, go = deployed(place)
    done = go()
    assert (done["phase"], done["version"]) == ("serving", "candor-pd-small/2")
    assert done["smoke"] == {"rows": 8, "gap": pytest.approx(0, abs=1e-6)}
    assert [one.version for one in read_endpoint(place[1].var, "candor").variants] == ["candor-pd-small/2"]
    assert [act for _, act in office.audit.acts] == ["model.deploy.begun", "model.deploy.done"]
    assert office.registry.notes["candor-pd-small/2"]["endpoint"] == "local:candor"


def test_an_alarm_takes_a_version_back_to_exactly_what_was_served(place):
    endpoints, process, _clock, _wanted = place
    process.fails = True
    office, go = deployed(place)
    with pytest.raises(RefusedError, match="was taken back: errors of candor-pd-small-2") as told:
        go()
    assert told.value.found == "candor-pd-small/1"
    assert read_endpoint(process.var, "candor") is None
    assert endpoints.look("candor", RULES).version == "candor-pd-small/1"
    assert office.audit[-1][1] == "model.deploy.refused"


class BothPackages(ApprovedPackage):
    """Each version with a package of its own, the second approved."""

    def package(self, dataset, version):
        return self.folder.parent / version.rpartition("/")[2]


def test_a_version_that_answers_otherwise_than_its_package_gives_way_to_the_one_before(place):
    endpoints, process, _clock, wanted = place
    honest = process.models[variant_name(wanted.version)]

    def other(body):
        return {"predictions": [{**row, "pd": "0.9"} for row in honest(body)["predictions"]]}

    process.models[variant_name(wanted.version)] = other
    office, go = deployed(place, BothPackages(wanted.folder))
    with pytest.raises(RefusedError, match=r"answers pinned rows wrongly: .*; candor-pd-small/1 answers again"):
        go()
    there = endpoints.look("candor", RULES)
    assert (there.phase, there.version) == ("serving", "candor-pd-small/1")
    assert [one.version for one in read_endpoint(process.var, "candor").variants] == ["candor-pd-small/1"]
    assert office.audit[-1][1] == "model.deploy.refused"
    assert not office.registry.notes


def test_where_the_version_before_cannot_be_put_back_that_is_said(place):
    _, process, _clock, wanted = place
    honest = process.models[variant_name(wanted.version)]
    process.models[variant_name(wanted.version)] = lambda body: {"predictions": honest(body)["predictions"][:-1]}
    registry = BothPackages(wanted.folder)
    (process.var / "models" / "small" / "1" / "manifest.json").unlink()
    with pytest.raises(RefusedError, match="candor-pd-small/1 could not be put back: ") as told:
        deployed(place, registry)[1]()
    assert "candor endpoint deploy candor-pd-small/1" in told.value.do


def test_a_deployment_that_was_cut_off_goes_on_where_it_stands(place):
    endpoints, process, clock, wanted = place
    there = endpoints.begin(wanted, RULES)
    assert (there.phase, there.share) == ("canary", 0.1)
    weights = {one.version: one.weight for one in read_endpoint(process.var, "candor").variants}
    assert weights == {"candor-pd-small/1": 0.9, "candor-pd-small/2": 0.1}
    clock.wait(25)
    assert deployed(place)[1]()["version"] == "candor-pd-small/2"


def test_another_version_waits_until_the_one_that_is_watched_has_ended(place):
    endpoints, _process, _clock, wanted = place
    endpoints.begin(wanted, RULES)
    with pytest.raises(RefusedError, match="is being changed to candor-pd-small/2 already"):
        endpoints.begin(replace(wanted, version="candor-pd-small/3"), RULES)
    assert endpoints.roll_back("candor", "a person said so", RULES).version == "candor-pd-small/1"
    with pytest.raises(RefusedError, match="no deployment to candor runs"):
        endpoints.roll_back("candor", "again", RULES)


def test_a_process_that_is_down_stops_a_deployment_before_anything_is_written(place):
    endpoints, process, _clock, wanted = place
    process.down = True
    with pytest.raises(UnavailableError):
        endpoints.begin(wanted, RULES)
    assert not list((process.var).rglob("*.json.tmp"))
    assert read_endpoint(process.var, "candor") is None


def test_a_start_that_was_cut_off_between_its_two_files_is_taken_back(place):
    endpoints, process, _clock, wanted = place
    endpoints.begin(wanted, RULES)
    (process.var / "endpoints" / "candor.json").unlink()
    there = endpoints.look("candor", RULES)
    assert (there.phase, there.version) == ("serving", "candor-pd-small/1")
    assert there.why.startswith("its start was cut off (candor-pd-small/2, taken back at ")


class Stuck:
    """An endpoint that never comes to rest."""

    target = "sagemaker"
    taken_back = ""

    def begin(self, wanted, rules):
        return Seen("candor", "starting", wanted.version, why="machines start")

    def look(self, endpoint, rules):
        return Seen("candor", "starting", "candor-pd-small/2", why="machines start")

    def roll_back(self, endpoint, why, rules):
        self.taken_back = why
        return self.look(endpoint, rules)


def test_waiting_has_an_end_after_which_it_is_taken_back(place):
    endpoints, (_, _, clock, wanted) = Stuck(), place
    with pytest.raises(UnavailableError, match="is not in service after 300 s"):
        deploy(
            an_office(ApprovedPackage(wanted.folder)),
            endpoints,
            Deploy("candor", an_ask(wanted.version)),
            RULES,
            clock,
            quiet,
        )
    assert endpoints.taken_back


@pytest.mark.parametrize(
    ("registry", "words"),
    [
        ({"approver": None}, "nobody approved it"),
        ({"failed": ["auc"]}, "gates failed: auc"),
        ({"back": {"by": "eve"}}, "it was taken back before"),
    ],
)
def test_what_nobody_approved_or_failed_a_gate_is_not_deployed(place, registry, words):
    office, go = deployed(place, ApprovedPackage(place[3].folder, **registry))
    with pytest.raises(RefusedError, match=words):
        go()
    assert read_endpoint(place[1].var, "candor") is None
    assert [act for _, act in office.audit.acts] == ["model.deploy.begun", "model.deploy.refused"]


def test_one_person_alone_deploys_nothing(place):
    with pytest.raises(RefusedError, match="two people"):
        deployed(place, ask=an_ask("candor-pd-small/2", approver="tom"))[1]()


@pytest.mark.parametrize("share", [0.0, 0.51, float("nan")])
def test_a_share_out_of_bounds_is_refused(place, share):
    with pytest.raises(InputError, match="canary's share"):
        deployed(place, share=share)[1]()


@pytest.mark.parametrize(
    "answer",
    [{}, {"predictions": []}, {"predictions": [{"model_version": "candor-pd-small/1", "pd": "0.5"}] * 8},
     {"predictions": [{"model_version": "candor-pd-small/2", "pd": "NaN"}] * 8},
     {"predictions": [{"model_version": "candor-pd-small/2", "pd": "1.5"}] * 8}],
)  # fmt: skip
def test_an_endpoint_that_answers_otherwise_than_its_package_is_found_out(place, answer):
    class Lying:
        def invoke(self, endpoint, body):
            return answer

    with pytest.raises(RefusedError, match="answers pinned rows wrongly"):
        smoke_test(Lying(), place[3], RULES)


def test_an_unknown_version_was_approved_by_nobody():
    with pytest.raises(RefusedError, match="nobody approved it"):
        stop_unless_approved([], "candor-pd-small/9")


def test_what_the_champion_serves_already_is_pinned_without_a_canary(place):
    endpoints, process, _, wanted = place
    first = process.var / "models" / "small" / "1"
    there = endpoints.begin(
        replace(wanted, version="candor-pd-small/1", folder=first, sha256=load(first).sha256), RULES
    )
    assert (there.phase, there.version) == ("serving", "candor-pd-small/1")
    assert [one.version for one in read_endpoint(process.var, "candor").variants] == ["candor-pd-small/1"]
