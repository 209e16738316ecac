"""The record, the register, flows and approvals over HTTP: the same as on the pages, each for its role alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lending.domain.errors import UnavailableError
from serving.api.app import create_api
from serving.api.records_shapes import Acts, Approvals, Flows, Versions
from serving.assembly import Platform
from tests.bank import open_bank
from tests.console.test_staff_approvals import a_release
from tests.console.test_staff_flows import Runs
from tests.serving.clients import TestClient
from tests.serving.test_application_routes import As


@pytest.fixture
def bank(tmp_path: Path) -> Platform:
    opened = open_bank(tmp_path)
    opened.__dict__["flow_runs"] = Runs()
    for number in range(60):
        opened.audit.add("ann", "model.promote.done", f"v/{number}", {"n": str(number)})
    return opened


@pytest.fixture
def client(bank: Platform) -> Iterator[TestClient]:
    with TestClient(create_api(bank)) as opened:
        yield opened


def test_acts_come_in_pages_that_lead_to_each_other(client: TestClient) -> None:
    auditor = As(client, "auditor")
    first = Acts.model_validate(auditor("GET", "/staff/audit?actor=ann").json())
    assert [first.acts[0].subject, len(first.acts), first.newer] == ["v/59", 50, None]
    rest = Acts.model_validate(auditor("GET", f"/staff/audit?actor=ann&before={first.older}").json())
    assert [one.subject for one in rest.acts][-1] == "v/0"
    assert (rest.older, {one.at for one in rest.chains}) == (None, {None})


@pytest.mark.parametrize("query", ["from=soon", "before=x", "who=ann", f"actor={'x' * 65}"])
def test_a_query_that_cannot_be_understood_is_refused_with_its_field(client: TestClient, query: str) -> None:
    answer = As(client, "auditor")("GET", f"/staff/audit?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


def test_the_register_holds_all_four_kinds(client: TestClient) -> None:
    held = Versions.model_validate(As(client, "auditor")("GET", "/staff/register").json())
    assert held.models == []
    assert held.prompts
    assert held.policies
    assert held.documents


def test_flows_and_approvals_are_told(bank: Platform, client: TestClient) -> None:
    flows = Flows.model_validate(As(client, "risk")("GET", "/staff/flows").json()).flows
    assert [(one.name, one.last and one.last.state) for one in flows] == [
        ("train-model", "running"),
        ("seed-bank", None),
    ]
    bank.approvals.ask("model.release", "candor-pd-demo_bank/2", "drift watch", a_release(), None)
    told = Approvals.model_validate(As(client, "risk")("GET", "/staff/approvals").json())
    assert ([one.subject for one in told.waiting], told.answered) == (["candor-pd-demo_bank/2"], [])


def test_an_orchestrator_that_is_down_is_said_to_be_down(bank: Platform, client: TestClient) -> None:
    def down(*_: Any) -> None:
        raise UnavailableError("the orchestrator does not answer")

    bank.flow_runs.list = down  # type: ignore[method-assign]
    told = Flows.model_validate(As(client, "risk")("GET", "/staff/flows").json())
    assert told.flows is None
    assert "does not answer" in told.trouble


@pytest.mark.parametrize(
    ("path", "who"),
    [("audit", "risk"), ("audit", "admin"), ("register", "admin"), ("register", "officer"), ("flows", "officer"),
     ("flows", "good"), ("approvals", "good"), ("approvals", "senior")],
)  # fmt: skip
def test_others_are_refused(client: TestClient, path: str, who: str) -> None:
    assert As(client, who)("GET", f"/staff/{path}").status_code == 403
