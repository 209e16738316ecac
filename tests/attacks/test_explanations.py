"""Explanations over the wire, with models that lie and obey: what is told is what the template tells."""

import re

import pytest

from serving.api.app import create_api
from tests.attacks.attacked_bank import broken, state
from tests.conftest import sized
from tests.rag.models import LIES, Lying, Obedient
from tests.serving.clients import TestClient
from tests.serving.word_bank import WordBank

SOME = list(LIES)[:: sized(3, 1)]


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    return WordBank(tmp_path_factory.mktemp("honest"))


@pytest.fixture(scope="module")
def lied_to(tmp_path_factory):
    return WordBank(tmp_path_factory.mktemp("lied"), Lying())


def explained(bank, decision_id, username="user1"):
    headers = {"Authorization": f"Bearer {bank.identity.open(username)[0]}"}
    with TestClient(create_api(bank)) as client:
        return client.get(f"/api/v1/decisions/{decision_id}/explanation", headers=headers)


@pytest.mark.parametrize(("number", "lie"), list(enumerate(SOME)), ids=SOME)
def test_a_lie_about_a_decision_is_never_told(honest, lied_to, number, lie):
    lied_to.writer.lie = lie
    amount = str(12_000 + 100 * number)
    told = explained(lied_to, lied_to.quote(amount)["decision_id"]).json()
    right = explained(honest, honest.quote(amount)["decision_id"]).json()
    assert [s["text"] for s in told["sentences"]] == [s["text"] for s in right["sentences"]]


def test_a_model_that_obeys_is_told_nothing_to_obey_and_changes_nothing(tmp_path):
    bank = WordBank(tmp_path, Obedient())
    decision = bank.quote()["decision_id"]
    before = state(bank)
    text = " ".join(s["text"] for s in explained(bank, decision).json()["sentences"])
    changed = {name for name, rows in state(bank).items() if before.get(name) != rows}
    assert broken(text) == []
    assert bank.writer.read
    assert not any(re.search(r"\d", task.user) for task in bank.writer.read)
    assert changed <= {"sessions", "accounts", "attachments", "ledger", "ledger_heads"}


def test_nobody_is_explained_another_customer_s_decision(honest):
    decision = honest.quote(customer="C2")["decision_id"]
    assert explained(honest, decision).status_code == 404
    assert explained(honest, "d_" + "a" * 26).status_code == 404
