"""The knowledge index follows kb/: at the first start, and whenever a text or a figure changes."""

import json
import shutil

import pytest

from flows.cli import run
from flows.knowledge_index import DEPLOYMENT, KnowledgeKeeper, digest, indexed, stamp
from flows.up_flows import DEPLOYMENTS
from lending.domain.errors import UnavailableError
from lending.settings import ROOT, load_settings


@pytest.fixture
def settings(home, monkeypatch):
    """A copy of kb/ that a test may write to."""
    shutil.copytree(ROOT / "kb", home / "kb")
    monkeypatch.setenv("CANDOR_KB", str(home / "kb"))
    from serving.assembly import platform

    platform.cache_clear()
    return load_settings()


class Runs:
    """An orchestrator that remembers what was started."""

    def __init__(self, *, down=False):
        self.started, self.down = [], down

    def start(self, deployment, parameters):
        if self.down:
            raise UnavailableError("the orchestrator is down")
        self.started.append((deployment, parameters))


def test_the_deployment_is_one_of_those_that_are_applied():
    assert DEPLOYMENT in DEPLOYMENTS


def test_the_first_start_builds_an_index_once(settings):
    runs, said = Runs(), []
    keeper = KnowledgeKeeper(settings, runs, said.append)
    keeper.look()
    keeper.look()
    assert runs.started == [("refresh-knowledge", {"request": {"publish": True}})]
    assert said == ["the knowledge base is being indexed"]


def test_a_second_start_builds_nothing(settings):
    stamp(settings, digest(settings.kb))
    runs = Runs()
    KnowledgeKeeper(settings, runs, print).look()
    assert runs.started == []


@pytest.mark.parametrize("file", ["documents/fees/fees.md", "products/car.yaml"])
def test_a_changed_text_or_figure_starts_the_flow(settings, file):
    stamp(settings, digest(settings.kb))
    runs, said = Runs(), []
    keeper = KnowledgeKeeper(settings, runs, said.append)
    keeper.look()
    path = settings.kb / file
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    keeper.look()
    assert len(runs.started) == 1
    assert "kb/ changed" in said[0]


def test_a_text_that_was_taken_out_starts_the_flow_too(settings):
    before = digest(settings.kb)
    (settings.kb / "documents" / "fees" / "fees.md").unlink()
    assert digest(settings.kb) != before


def test_an_orchestrator_that_is_down_is_spoken_of_once(settings):
    said = []
    keeper = KnowledgeKeeper(settings, Runs(down=True), said.append)
    keeper.look()
    keeper.look()
    assert len(said) == 1
    assert "candor kb index" in said[0]


def test_a_released_index_remembers_what_it_was_made_of_and_answers_a_customer_with_sources(settings, capsys):
    assert indexed(settings) == ""
    assert run(["kb", "index", "--json"]) == 0
    assert indexed(settings) == digest(settings.kb)
    from serving.assembly import platform
    from tests.builders import a_customer

    platform().customers.add([a_customer("C00001", credit_score=560)])
    capsys.readouterr()
    for question in ("why was I refused", "which papers for a car loan?"):
        assert run(["kb", "ask", question, "--customer", "C00001", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert set(found) == {"answer", "found", "citations", "written_by"}
    assert {c["doc_id"] for c in found["citations"]} >= {"checklist-car"}
    assert run(["kb", "ask", "why", "--customer", "C99999", "--json"]) == 2
    assert run(["kb", "ask", "why", "--customer", "C00001", "--staff"]) == 2
