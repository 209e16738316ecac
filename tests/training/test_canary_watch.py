"""A canary of this machine is watched by the endpoint's own process, although whoever began it is gone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial

import pytest

from flows.endpoint_watch import WATCH, CanaryWatch
from flows.serve_endpoint import endpoint_app
from flows.up_ports import is_free
from lending.audit_ports import AuditFilter
from lending.domain.errors import UnavailableError
from lending.settings import ROOT
from serving.background import Background
from serving.twin import live
from tests.fakes.endpoint import on_a_port
from tests.fakes.loopback import free_port
from tests.patience import LONG_ENOUGH
from tests.training.endpoint_bank import ONE, QUICK, TWO, rules_in, two_versions
from tests.training.releases import an_ask, an_office
from training.adapters import local_deployments
from training.adapters.local_deployments import read_running
from training.endpoint_ports import Wanted
from training.release import promote
from training.servable import load
from training.servable.endpoint_config import read_endpoint


class Broken:
    """A model whose scores fail."""

    def __init__(self, model):
        self._model = model

    def __getattr__(self, name):
        found = getattr(self._model, name)
        return partial(self._asked, found) if name in ("score", "predict") else found

    def _asked(self, found, *given):
        raise RuntimeError("a fault")


def eventually(look, seconds=LONG_ENOUGH):
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)
    return found


@pytest.fixture
def place(trained, tmp_path, monkeypatch):
    """A platform with two versions of which the first decides."""
    from serving.assembly import platform

    kb = rules_in(tmp_path / "kb", **QUICK)
    for name, value in (("HOME", tmp_path), ("PROFILE", "test"), ("PORTFOLIO", "small"), ("KB", kb)):
        monkeypatch.setenv(f"CANDOR_{name}", str(value))
    two_versions(trained.folder, tmp_path)
    platform.cache_clear()
    yield platform()
    platform.cache_clear()


def begun(place, url):
    """A deployment of the second version whose beginner looks no further."""
    from flows.deployments import rules_of

    folder = place.settings.var / "models" / "small" / "2"
    at = place.clock.now().isoformat()
    wanted = Wanted("candor", "small", TWO, folder, load(folder).sha256, "ann", at, 0.1)
    place.endpoints("local", url).begin(wanted, rules_of(place, "local"))


def ended(place):
    return read_running(place.settings.var, "candor") is None


def entries(place):
    """What the watch itself wrote into the trail."""
    return [one.detail for one in place.records.audit_pages.page(AuditFilter(actor=WATCH), 20)]


@pytest.mark.parametrize("broken", [True, False])
def test_a_canary_that_nobody_looks_at_any_more_comes_to_its_end(place, monkeypatch, broken):
    def spoilt(folder, sha256=None):
        model = load(folder, sha256)
        return Broken(model) if broken and model.version == TWO else model

    monkeypatch.setattr(live, "load", spoilt)
    with on_a_port(endpoint_app(None)) as url:
        watch = Background("canaries", CanaryWatch(place, url).look, 0.1)
        watch.start()
        try:
            begun(place, url)
            eventually(lambda: ended(place) and entries(place))
        finally:
            watch.stop()
        there = place.endpoints("local", url).look("candor", {})
    (told,) = entries(place)
    assert (there.phase, there.version, told["version"]) == ("serving", *[ONE if broken else TWO] * 2)
    assert ("taken back at" in there.why) is broken
    assert [one.rings for one in there.alarms] == ([True, False] if broken else [])


def test_steps_of_two_processes_wait_for_each_other(tmp_path, monkeypatch):
    monkeypatch.setattr(local_deployments, "STEP_SECONDS", 0.2)
    with (
        local_deployments.step(tmp_path),
        pytest.raises(UnavailableError, match="another step of a deployment"),
        local_deployments.step(tmp_path),
    ):
        pass
    with local_deployments.step(tmp_path):
        pass


@pytest.mark.full
def test_a_canary_whose_deployment_was_killed_is_taken_back_by_the_endpoints_process(place, trained):
    registry, office = place.registry, an_office(place.registry, audit=place.audit)
    shutil.rmtree(place.settings.var / "models")
    one, two = (registry.register(replace(trained.result), trained.folder, "tom") for _ in range(2))
    promote(office, an_ask(one))
    port = free_port()
    serve = candor("endpoint", "serve", "--port", str(port))
    os.environ["CANDOR_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: not is_free(port), 120)
        order = ("--data", "small", "--endpoint", "candor", "--approver", "ann", "--requested-by", "tom")
        assert candor("endpoint", "deploy", one, *order).wait(120) == 0
        rules_in(place.settings.kb, latency_p99_ms_max=0.0001)  # no answer is as quick: the alarm will ring
        promote(office, an_ask(two))
        deploy = candor("endpoint", "deploy", two, *order)
        eventually(lambda: not ended(place), 120)
        deploy.kill()
        deploy.wait(20)
        eventually(lambda: ended(place), 120)
        (alone,) = read_endpoint(place.settings.var, "candor").variants
        assert alone.version == one
        assert "99 of 100 calls" in eventually(lambda: entries(place))[0]["why"]
    finally:
        del os.environ["CANDOR_ENDPOINT_URL"]
        serve.send_signal(signal.SIGTERM)
        serve.wait(30)


def candor(*words):
    """The command in a process of its own."""
    return subprocess.Popen([sys.executable, "-m", "flows.cli", *words], cwd=ROOT, stdout=subprocess.DEVNULL)
