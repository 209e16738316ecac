"""The register: models from what the registry left, prompts, policies and documents, with hashes, dates and people."""

import csv
import hashlib
import json

import pytest

from console.pages.staff import register
from lending.domain.roles import Role
from lending.settings import ROOT
from tests.bank import open_bank
from tests.console.shown import text_of
from tests.console.staff import browser, visit

MODEL = {
    "version": "candor-pd-demo_bank/2", "aliases": "challenger", "family": "boosting", "run_id": "r",
    "registered_at": "2026-10-01T08:00:00+00:00", "metrics": {}, "gates_failed": [], "trained_by": "tom",
    "requested_by": "tom", "approver": "rita", "reason": "better on every slice", "rolled_back": None,
    "approved_at": "2026-10-02T08:00:00+00:00",
    "override": {"gate": "auc", "owner": "bob", "until": "2026-12-01", "ended": False},
}  # fmt: skip


@pytest.fixture
def bank(tmp_path):
    return open_bank(tmp_path / "bank")


@pytest.fixture
def with_model(bank):
    folder = bank.settings.var / "models" / bank.settings.portfolio
    folder.mkdir(parents=True)
    body = {
        "data": bank.settings.portfolio,
        "at": "2026-10-02T08:00:00+00:00",
        "models": [MODEL, {**MODEL, "version": bank.champion.current().version}],
    }
    (folder / "versions.json").write_text(json.dumps(body), encoding="utf-8")
    return bank


def _shown(bank, search=""):
    return text_of(register.layout(visit(bank, Role.AUDITOR, search)))


def test_without_a_model_the_register_says_what_brings_one(bank):
    assert "A training that passes its gates registers one" in _shown(bank)


def test_a_model_is_shown_with_its_people_its_reason_and_what_was_set_aside(with_model):
    shown = _shown(with_model)
    for word in ("champion", "tom", "rita", "better on every slice", "without gate auc until 2026-12-01"):
        assert word in shown


def test_the_hash_of_an_exported_model_is_that_of_its_manifest(with_model):
    manifest = with_model.settings.var / "models" / with_model.settings.portfolio / "2" / "manifest.json"
    manifest.parent.mkdir()
    manifest.write_bytes(b'{"files": {}}')
    assert hashlib.sha256(b'{"files": {}}').hexdigest()[:12] in _shown(with_model)


def test_every_prompt_has_its_version_share_and_hash(bank):
    from rag.prompt import read_prompts

    for prompt in read_prompts().all:
        assert prompt.sha256[:12] in _shown(bank, "?kind=prompt")
    assert "live, 100% of readers" in _shown(bank, "?kind=prompt")


def test_the_policy_is_the_one_that_decides_and_each_file_has_its_own_hash(bank):
    shown = _shown(bank, "?kind=policy")
    assert bank.policy.current.version[:12] in shown
    text = bank.policy.texts["policy/credit.yaml"]
    assert hashlib.sha256(text.encode()).hexdigest()[:12] in shown


def test_a_document_is_shown_with_who_wrote_and_who_approved_it(bank):
    import yaml

    said = yaml.safe_load((ROOT / "kb" / "documents" / "approvals.yaml").read_text(encoding="utf-8"))
    entry = next(iter(said.values()))
    shown = _shown(bank, "?kind=document")
    assert entry["approved_by"] in shown
    assert entry["written_by"] in shown


def test_a_search_finds_by_any_word_and_says_when_nothing_fits(with_model):
    assert "rita" in _shown(with_model, "?kind=model&words=RITA")
    assert "Nothing fits" in _shown(with_model, "?kind=model&words=zzz")


def test_an_unknown_kind_falls_back_to_models(with_model):
    assert "rita" in _shown(with_model, "?kind=nonsense")


def test_the_file_holds_whole_hashes(bank):
    client = browser(bank, Role.AUDITOR)
    rows = list(csv.DictReader(client.get("/staff/register/versions.csv?kind=prompt").text.splitlines()))
    assert {len(row["Hash"]) for row in rows} == {64}
