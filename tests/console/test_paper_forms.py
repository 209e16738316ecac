"""Papers as a plain form sends them: taken, shown to their owner alone, taken back."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from console.app import create_app
from tests.bank import PASSWORD, open_bank
from tests.console.test_apply_forms import an_offer

HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return open_bank(Path(tmp_path_factory.mktemp("bank")))


@pytest.fixture(scope="module")
def server(bank: Any) -> Any:
    return create_app(bank).server


@pytest.fixture(scope="module")
def draft(bank: Any) -> str:
    return bank.applications.start("C00001", an_offer(bank), None, "good")["application_id"]


@pytest.fixture
def client(server: Any) -> FlaskClient:
    return signed_in(server, "good")


def signed_in(server: Any, username: str) -> FlaskClient:
    client = server.test_client()
    client.post("/sign-in", data={"username": username, "password": PASSWORD})
    return client


def send(client: FlaskClient, draft: str, content: bytes, name: str = "payslip.pdf", asked: str = "income") -> Any:
    form = {"asked": asked, "file": (io.BytesIO(content), name)}
    return client.post(f"/portal/applications/{draft}/documents", data=form, content_type="multipart/form-data")


@pytest.fixture(scope="module")
def payslip(bank: Any, draft: str) -> bytes:
    return bank.documents.demo_paper("C00001", draft, "income")[1]


def test_a_file_is_taken_and_waits_for_its_check(client: FlaskClient, draft: str, payslip: bytes) -> None:
    answer = send(client, draft, payslip)
    assert (answer.status_code, answer.get_json()["state"]) == (201, "quarantined")


def test_a_plain_form_leads_back_to_the_page_it_came_from(client: FlaskClient, draft: str, payslip: bytes) -> None:
    page = f"/apply/{draft}/papers"
    form = {"asked": "income", "file": (io.BytesIO(payslip), "payslip.pdf")}
    answer = client.post(
        f"/portal/applications/{draft}/documents", data=form, content_type="multipart/form-data",
        headers={**HTML, "Referer": f"http://localhost{page}"},
    )  # fmt: skip
    assert (answer.status_code, answer.location) == (303, page)


@pytest.mark.parametrize(
    ("content", "asked", "status"),
    [(b"", "income", 400), (b"MZ" * 500, "income", 415), (b"%PDF-1.4", "a_cat", 422)],
)
def test_a_file_that_cannot_be_used_is_refused_with_what_to_do(
    client: FlaskClient, draft: str, content: bytes, asked: str, status: int
) -> None:
    answer = send(client, draft, content, "a.pdf", asked)
    assert answer.status_code == status
    assert answer.get_json()["do"]


def test_a_form_without_a_file_says_so(client: FlaskClient, draft: str) -> None:
    answer = client.post(
        f"/portal/applications/{draft}/documents", data={"asked": "income"}, content_type="multipart/form-data"
    )
    assert answer.status_code == 422


def test_nobody_hands_in_papers_for_somebody_else(server: Any, draft: str, payslip: bytes) -> None:
    assert send(signed_in(server, "couple"), draft, payslip).status_code == 404
    assert send(signed_in(server, "officer"), draft, payslip).status_code == 403
    assert send(server.test_client(), draft, payslip).status_code == 401


def test_the_demo_paper_goes_the_way_of_any_other(client: FlaskClient, draft: str, bank: Any, payslip: bytes) -> None:
    place = f"/portal/applications/{draft}/documents/demo/income"
    shown = client.get(place)
    assert shown.data == payslip
    assert shown.headers["Content-Disposition"].startswith("attachment")
    assert client.post(place).status_code == 303
    assert bank.documents.of("C00001", draft)[-1]["name"].startswith("payslip")


def test_a_checked_paper_is_a_download_for_its_owner_alone(
    client: FlaskClient, server: Any, draft: str, bank: Any, payslip: bytes
) -> None:
    paper = send(client, draft, payslip).get_json()["document_id"]
    bank.documents.check(paper)
    answer = client.get(f"/portal/papers/{paper}")
    assert answer.data == payslip
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert signed_in(server, "couple").get(f"/portal/papers/{paper}").status_code == 404
    assert signed_in(server, "couple").post(f"/portal/papers/{paper}/remove").status_code == 404
    assert client.get(f"/portal/papers/{paper}").status_code == 200


def test_a_paper_can_be_taken_back_and_is_then_not_there(client: FlaskClient, draft: str, payslip: bytes) -> None:
    paper = send(client, draft, payslip).get_json()["document_id"]
    assert client.post(f"/portal/papers/{paper}/remove", headers=HTML).status_code == 303
    assert client.post(f"/portal/papers/{paper}/remove", headers=HTML).status_code == 404
    assert client.get(f"/portal/papers/{paper}").status_code == 404
