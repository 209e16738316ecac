"""Papers over HTTP: bounded while they are read, answered once, saved and never shown, one's own alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lending.domain.errors import UnavailableError
from serving.api.app import create_api
from serving.api.document_shapes import ApplicationDocuments, Document, StaffDocument, StaffDocuments
from serving.assembly import Platform
from serving.documents.intake import CHUNK, read_upload
from serving.fields import InvalidBody, MalformedBody, TooLarge
from serving.refusals import Refusal
from tests.bank import PASSWORD
from tests.serving.clients import TestClient
from tests.serving.paper_bank import GOOD, a_bank, a_payslip, an_application, checked, objects, without_papers

BOUNDARY = "multipart/form-data; boundary=here"


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    place = a_bank(tmp_path_factory.mktemp("routes"))
    yield place
    place.records.database.engine.dispose()


@pytest.fixture(scope="module")
def client(bank: Platform) -> Iterator[TestClient]:
    with TestClient(create_api(bank)) as found:
        yield found


@pytest.fixture
def application(bank: Platform) -> str:
    """A live application, without papers."""
    return without_papers(bank, an_application(bank))


def signed_in(bank: Platform, username: str = "good", **more: str) -> dict[str, str]:
    token, _ = bank.identity.sign_in(username, PASSWORD, "test")
    return {"Authorization": f"Bearer {token}", **more}


def send(client: TestClient, bank: Platform, application: str, content: bytes, key: str, **more: Any) -> Any:
    """A form with a file, as a browser sends it."""
    headers = signed_in(bank, more.pop("username", "good"), **({"Idempotency-Key": key} if key else {}))
    files = {"file": (more.pop("name", "paper.pdf"), content, "application/pdf")}
    return client.post(
        f"/api/v1/applications/{application}/documents", headers=headers, files=files,
        data={"asked": "income", **more},
    )  # fmt: skip


def test_a_paper_is_sent_once_whatever_is_sent_again(client: TestClient, bank: Platform, application: str) -> None:
    content = a_payslip("Linnea", "6,502.00")
    first, again = (send(client, bank, application, content, "once-1") for _ in range(2))
    assert (first.status_code, again.headers.get("Idempotent-Replayed")) == (200, "true")
    assert first.json() == again.json()
    assert Document.model_validate(first.json()).state == "quarantined"
    other = send(client, bank, application, a_payslip("Linnea", "6,503.00"), "once-1")
    assert other.status_code == 422
    assert len(bank.documents.of(GOOD, application)) == 1


def test_others_may_write_while_storage_takes_a_paper(
    client: TestClient, bank: Platform, application: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, put = list[bool](), bank.objects.put

    def watched(key: str, content: bytes) -> None:
        inside.append(bank.records.database.is_joined)
        put(key, content)

    monkeypatch.setattr(bank.objects, "put", watched)
    assert send(client, bank, application, a_payslip(), "slow-1").status_code == 200
    assert inside == [False]


def test_a_paper_whose_answer_cannot_be_kept_leaves_neither_row_nor_content(
    client: TestClient, bank: Platform, application: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise UnavailableError("the disk is full", code="database")

    before = objects(bank)
    with monkeypatch.context() as broken:
        broken.setattr(bank.records.idempotency, "fulfil", full)
        assert send(client, bank, application, a_payslip(), "full-1").status_code == 503
    assert (bank.documents.of(GOOD, application), objects(bank)) == ([], before)


def test_what_was_answered_is_answered_again_while_storage_is_away(
    client: TestClient, bank: Platform, application: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise UnavailableError("away", code="objects")

    first = send(client, bank, application, a_payslip(), "away-1")
    monkeypatch.setattr(bank.objects, "put", away)
    assert send(client, bank, application, a_payslip(), "away-1").json() == first.json()
    assert send(client, bank, application, a_payslip("Linnea", "6,504.00"), "away-2").status_code == 409


def test_without_a_key_nothing_is_taken(client: TestClient, bank: Platform, application: str) -> None:
    assert send(client, bank, application, a_payslip(), "").status_code == 400
    assert bank.documents.of(GOOD, application) == []


def test_the_list_says_what_is_needed_and_where_it_stands(client: TestClient, bank: Platform, application: str) -> None:
    checked(bank, application, a_payslip())
    reply = client.get(f"/api/v1/applications/{application}/documents", headers=signed_in(bank))
    found = ApplicationDocuments.model_validate(reply.json())
    assert [(item.asked, item.state) for item in found.checklist] == [
        ("identity", "on_file"), ("income", "accepted"), ("car_offer", "missing"),
    ]  # fmt: skip


def test_a_download_is_saved_and_has_no_rights(client: TestClient, bank: Platform, application: str) -> None:
    content = a_payslip("Linnea", "6,504.00")
    document = checked(bank, application, content)["document_id"]
    reply = client.get(f"/api/v1/applications/{application}/documents/{document}", headers=signed_in(bank))
    assert (reply.content, reply.headers["content-type"]) == (content, "application/pdf")
    assert reply.headers["content-disposition"].startswith('attachment; filename="paper.pdf"')
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in reply.headers["content-security-policy"]


def test_a_paper_is_taken_back(client: TestClient, bank: Platform, application: str) -> None:
    document = checked(bank, application, a_payslip())["document_id"]
    at = f"/api/v1/applications/{application}/documents/{document}"
    assert client.delete(at, headers=signed_in(bank)).status_code == 204
    assert client.delete(at, headers=signed_in(bank)).status_code == 404
    assert objects(bank) == []


@pytest.mark.parametrize(("username", "status"), [("refused", 404), ("officer", 403), ("", 401)])
def test_nobody_else_reaches_a_paper(
    client: TestClient, bank: Platform, application: str, username: str, status: int
) -> None:
    document = checked(bank, application, a_payslip())["document_id"]
    headers = signed_in(bank, username) if username else {}
    at = f"/api/v1/applications/{application}/documents"
    replies = [
        client.get(at, headers=headers), client.get(f"{at}/{document}", headers=headers),
        client.delete(f"{at}/{document}", headers=headers),
        client.post(at, headers={**headers, "Idempotency-Key": f"no-{username}"}, data={"asked": "income"},
                    files={"file": ("a.pdf", a_payslip(), "application/pdf")}),
    ]  # fmt: skip
    assert [reply.status_code for reply in replies] == [status] * 4
    assert bank.documents.get(GOOD, document)["state"] == "accepted"


@pytest.mark.parametrize("username", ["good", "risk", "admin", ""])
def test_only_officers_see_what_waits(client: TestClient, bank: Platform, username: str) -> None:
    headers = signed_in(bank, username) if username else {}
    status = 403 if username else 401
    at = f"/api/v1/staff/documents/f_{'a' * 26}"
    for path in ("/api/v1/staff/documents", at, f"{at}/content"):
        assert client.get(path, headers=headers).status_code == status
    said = {"decision": "accept", "reason": "x"}
    assert client.post(f"{at}/decide", headers=headers, json=said).status_code == status


def test_an_officer_looks_and_decides(client: TestClient, bank: Platform, application: str) -> None:
    document = checked(bank, application, a_payslip("Somebody Else"))["document_id"]
    headers = signed_in(bank, "officer")
    at = f"/api/v1/staff/documents/{document}"
    listed = StaffDocuments.model_validate(client.get("/api/v1/staff/documents", headers=headers).json())
    assert document in [paper.document_id for paper in listed.documents]
    assert StaffDocument.model_validate(client.get(at, headers=headers).json()).customer_id == GOOD
    assert client.get(f"{at}/content", headers=headers).content.startswith(b"%PDF")
    wrong = client.post(f"{at}/decide", headers=headers, json={"decision": "yes", "reason": " "})
    assert (wrong.status_code, len(wrong.json()["errors"])) == (422, 2)
    done = client.post(f"{at}/decide", headers=headers, json={"decision": "accept", "reason": "Seen at the branch."})
    assert StaffDocument.model_validate(done.json()).state == "accepted"
    assert client.post(f"{at}/decide", headers=headers, json={"decision": "accept", "reason": "x"}).status_code == 409


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"", "a.pdf", 422, "empty"),
        (b"GIF89a", "a.gif", 415, "media_type"),
        (b"%PDF-1.7\n" + bytes(8_000_001), "a.pdf", 413, "too_large"),
    ],
)
def test_what_is_refused_says_what_was_found(
    client: TestClient, bank: Platform, application: str, content: bytes, name: str, status: int, code: str
) -> None:
    reply = send(client, bank, application, content, f"refused-{code}", name=name)
    body = reply.json()
    assert (reply.status_code, body["code"]) == (status, code)
    assert body["errors"][0]["found"]
    assert body["errors"][0]["do"]
    assert objects(bank) == []


def test_a_form_that_asks_for_more_or_nothing_is_refused(client: TestClient, bank: Platform, application: str) -> None:
    assert send(client, bank, application, a_payslip(), "more", colour="red").status_code == 422
    assert send(client, bank, application, a_payslip(), "none", asked="").status_code == 422


class Pieces:
    """A stream that counts what was taken from it."""

    def __init__(self, content: bytes) -> None:
        self.content, self.taken = content, 0

    def read(self, size: int, /) -> bytes:
        found = self.content[self.taken : self.taken + size]
        self.taken += len(found)
        return found


def a_form(*parts: bytes, end: bytes = b"--here--\r\n") -> bytes:
    return b"".join(b"--here\r\n" + part + b"\r\n" for part in parts) + end


def a_file(content: bytes, name: bytes = b"a.pdf", field: bytes = b"file") -> bytes:
    return b'Content-Disposition: form-data; name="' + field + b'"; filename="' + name + b'"\r\n\r\n' + content


def a_field(name: bytes, value: bytes) -> bytes:
    return b'Content-Disposition: form-data; name="' + name + b'"\r\n\r\n' + value


def test_a_form_is_read_in_whatever_pieces_it_comes() -> None:
    form = a_form(a_field(b"asked", b"income"), a_file(b"x" * 200_000, "Nómina.pdf".encode()))
    upload = read_upload(Pieces(form), BOUNDARY, 200_000)
    assert (upload.filename, len(upload.content), upload.fields) == ("Nómina.pdf", 200_000, {"asked": "income"})


def test_reading_stops_at_the_limit_and_not_at_the_end() -> None:
    stream = Pieces(a_form(a_file(b"x" * 5_000_000)))
    with pytest.raises(TooLarge):
        read_upload(stream, BOUNDARY, 100_000)
    assert stream.taken <= 100_000 + 16 * 1024 + 2 * CHUNK


@pytest.mark.parametrize(
    "form",
    [
        a_form(a_file(b"x"), end=b""),
        a_form(a_file(b"x"), a_file(b"y")),
        a_form(*[a_field(b"f%d" % n, b"v") for n in range(20)]),
        a_form(b'Content-Disposition: form-data; filename="a"\r\n\r\nx'),
        a_form(b"X: " + b"y" * 5000 + b"\r\n\r\nx"),
        a_form(a_file(b"x", b"n" * 5000)),
        b"no form at all",
        b"",
    ],
)
def test_a_broken_form_is_refused(form: bytes) -> None:
    with pytest.raises((MalformedBody, InvalidBody)):
        read_upload(Pieces(form), BOUNDARY, 1000)


@pytest.mark.parametrize("form", [a_form(a_field(b"asked", b"income")), a_form(a_file(b"x", field=b"other"))])
def test_a_form_without_its_file_says_so(form: bytes) -> None:
    with pytest.raises(InvalidBody, match="no file"):
        read_upload(Pieces(form), BOUNDARY, 1000)


@pytest.mark.parametrize(
    "kind", ["application/json", "multipart/form-data", "", f"multipart/form-data; boundary={'b' * 71}"]
)
def test_what_is_no_form_is_refused_by_its_type(kind: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_upload(Pieces(b"{}"), kind, 1000)
    assert refused.value.status == 415


def test_a_long_field_is_no_way_around_the_limit() -> None:
    with pytest.raises(TooLarge):
        read_upload(Pieces(a_form(a_field(b"asked", b"x" * 10_000), a_file(b"x"))), BOUNDARY, 50_000)


def test_a_home_of_its_own(tmp_path: Path) -> None:
    """Nothing of an upload is left on disk outside the store."""
    place = a_bank(tmp_path)
    application = an_application(place)
    checked(place, application, a_payslip())
    found = [f.relative_to(tmp_path).parts[0] for f in tmp_path.rglob("*") if f.is_file()]
    assert set(found) <= {"candor.db", "candor.db-wal", "candor.db-shm", "objects", "messages"}
    place.records.database.engine.dispose()
