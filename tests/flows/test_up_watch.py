"""The watch: a new champion reaches the endpoint, a part that died is spoken of once."""

import pytest

from flows.serve_endpoint import champion_pointer, package_to_serve
from flows.up_watch import Watch
from flows.up_words import Teller
from lending.domain.errors import NotFoundError, UnavailableError
from lending.settings import load_settings


class _Supervisor:
    """Remembers what it was told; the real one is tested with real processes."""

    def __init__(self):
        self.ended, self.pids, self.restarted = False, {"worker": 11}, []

    def state(self, name):
        return {"pid": self.pids.get(name, 0)}

    def restart(self, name):
        self.restarted.append(name)


class _Orchestrator:
    def crash_lost_runs(self, is_lost):
        return []


@pytest.fixture
def supervisor():
    return _Supervisor()


@pytest.fixture
def watch(home, supervisor):
    return Watch(load_settings(), supervisor, _Orchestrator(), ("worker", "endpoint"), Teller())


def _promote(home, version: str):
    pointer = champion_pointer(home, "demo_bank")
    pointer.parent.mkdir(parents=True, exist_ok=True)
    pointer.write_text(f'{{"version": "{version}", "folder": "{version}"}}', encoding="utf-8")
    return pointer


def test_the_first_champion_starts_the_endpoint_and_a_later_one_needs_no_restart(home, watch, supervisor, capsys):
    watch.look(reap=True)
    assert supervisor.restarted == []
    _promote(home, "1")
    watch.look(reap=False)
    watch.look(reap=False)
    assert supervisor.restarted == ["endpoint"]
    _promote(home, "2")
    watch.look(reap=False)
    assert supervisor.restarted == ["endpoint"]
    assert capsys.readouterr().out.count("endpoint now serves the champion") == 2


def test_a_part_that_was_restarted_is_spoken_of_once(watch, supervisor, capsys):
    watch.look(reap=False)
    supervisor.pids["worker"] = 12
    watch.look(reap=False)
    watch.look(reap=False)
    assert capsys.readouterr().out.count("worker had ended and was started again") == 1


def test_the_end_of_the_supervisor_ends_the_watch(watch, supervisor):
    supervisor.ended = True
    with pytest.raises(UnavailableError, match="supervisor ended"):
        watch.look(reap=False)


def test_the_endpoint_serves_the_champions_folder_beside_its_pointer(home, monkeypatch):
    monkeypatch.delenv("SM_MODEL_DIR", raising=False)
    with pytest.raises(NotFoundError, match="no champion yet"):
        package_to_serve()
    pointer = _promote(home, "3")
    assert package_to_serve() == pointer.parent / "3"
    monkeypatch.setenv("SM_MODEL_DIR", "/opt/ml/model")
    assert str(package_to_serve()) == "/opt/ml/model"
