"""The policy lab over HTTP: what may be changed, drafts, and what a replay found, for those who may read the policy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lending.domain.roles import Permission, Role, may
from serving.api.app import create_api
from serving.api.lab_shapes import DraftWithResult, PolicyLab
from serving.assembly import Platform
from serving.lab import Wanted
from tests.serving.clients import TestClient
from tests.serving.lab_bank import open_lab
from tests.serving.test_application_routes import As


@pytest.fixture
def bank(tmp_path: Path) -> Platform:
    return open_lab(tmp_path)


@pytest.fixture
def client(bank: Platform) -> Iterator[TestClient]:
    with TestClient(create_api(bank)) as opened:
        yield opened


def test_drafts_and_their_results_are_read_in_their_shapes(bank: Platform, client: TestClient) -> None:
    row = bank.draft_desk.write("risk", "A higher score for cars", {"car.score_min": "700"})
    bank.draft_desk.keep_result(row.draft_id, bank.lab.run(Wanted(row.values, "demo_bank", most=60)))
    risk = As(client, "risk")
    lab = PolicyLab.model_validate(risk("GET", "/staff/lab").json())
    (draft,) = lab.drafts
    assert (draft.draft_id, draft.values, draft.before) == (
        row.draft_id,
        {"car.score_min": "700"},
        {"car.score_min": "650"},
    )
    assert (draft.replayed, draft.decides, lab.policy_version) == (True, False, bank.policy.current.version)
    assert [one.path for one in lab.figures] == [one.path for one in bank.draft_desk.leaves()]
    whole = DraftWithResult.model_validate(risk("GET", f"/staff/lab/{row.draft_id}").json())
    assert whole.result["applications"] == 60
    assert set(whole.result) >= {"figures", "swaps", "groups", "parts", "cut_off"}


def test_an_unknown_draft_is_not_there(client: TestClient) -> None:
    assert As(client, "risk")("GET", "/staff/lab/pd_nothing").status_code == 404


@pytest.mark.parametrize("user", ["senior", "auditor", "officer", "scientist", "admin", "good"])
def test_only_readers_of_the_policy_read_it(bank: Platform, client: TestClient, user: str) -> None:
    role = next(one.role for one in bank.accounts.list() if one.username == user)
    assert isinstance(role, Role)
    status = As(client, user)("GET", "/staff/lab").status_code
    assert status == (200 if may(role, Permission.POLICY_READ) else 403)
