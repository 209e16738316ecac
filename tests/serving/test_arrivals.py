"""Papers that a browser sends straight to storage: one file for one ticket, the owner's alone, taken in once, whole."""

from __future__ import annotations

import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from flows import outbox_sweep
from lending.adapters.aws import aws_client
from lending.domain.errors import InputError, NotFoundError, RefusedError, UnavailableError
from lending.upload_keys import ARRIVALS, arrival_key
from serving.api.app import create_api
from serving.aws.upload_event import handler
from serving.documents.storage import new_document
from serving.refusals import Refusal
from tests.bank import PASSWORD
from tests.fakes.aws import REGION
from tests.fakes.post_policy import verdict
from tests.serving.clients import TestClient
from tests.serving.paper_bank import GOOD, a_bank, a_payslip, an_application, hand_in, objects
from tests.serving.test_upload_event import EVENT

OTHER, BUCKET, SECRET = "C00002", "papers", "testing"
KMS = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000001"


@pytest.fixture
def s3(aws):
    """A bucket that keeps versions, as the one in production does."""
    client = aws_client("s3", REGION)
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return client


@pytest.fixture
def queue(aws):
    return aws_client("sqs", REGION).create_queue(QueueName="uploads")["QueueUrl"]


@pytest.fixture
def bank(s3, queue, tmp_path):
    place = a_bank(
        tmp_path, objects_bucket=BUCKET, objects_kms_key=KMS, aws_region=REGION, uploads_queue_url=queue
    )  # fmt: skip
    yield place
    place.records.database.engine.dispose()


@pytest.fixture
def application(bank):
    return an_application(bank)


def ticket(bank, application, name="payslip.pdf", kind="application/pdf", asked="income", customer=GOOD):
    return bank.arrivals.ticket(customer, application, asked, name, kind, "/here")


def post(given, content):
    """The form as a browser posts it, past what S3 would refuse."""
    assert verdict(given["fields"], BUCKET, len(content), SECRET) == ""
    answer = httpx.post(given["url"], data=given["fields"], files={"file": ("x", content)}, timeout=30)
    assert answer.status_code == 201
    return given["fields"]["key"]


def arrived(s3):
    """What is in quarantine, old versions and marks of dropped ones too."""
    found = s3.list_object_versions(Bucket=BUCKET, Prefix=ARRIVALS)
    return [one["Key"] for one in (*found.get("Versions", ()), *found.get("DeleteMarkers", ()))]


def an_event(key, size):
    event = json.loads(json.dumps(EVENT))
    event["Records"][0]["s3"]["object"] |= {"key": key, "size": size}
    return event


def states(bank, application):
    return [paper["state"] for paper in bank.documents.of(GOOD, application)]


def test_from_ticket_to_accepted_paper_through_lambda_and_queue(bank, application, s3, queue, monkeypatch):
    monkeypatch.setenv("CANDOR_OBJECTS_BUCKET", BUCKET)
    monkeypatch.setenv("CANDOR_UPLOADS_QUEUE_URL", queue)
    given = ticket(bank, application)
    key = post(given, a_payslip())
    assert key.startswith(f"{ARRIVALS}{GOOD}/")
    for _ in range(2):
        assert handler(an_event(key, 900)) == {"told": 1, "left": 0}
    assert (bank.arrivals.run(), bank.arrivals.run(), bank.arrivals.sweep()) == (1, 0, 0)
    bank.delivery.run()
    (paper,) = bank.documents.of(GOOD, application)
    assert (paper["document_id"], paper["state"], paper["name"]) == (given["document_id"], "accepted", "payslip.pdf")
    assert bank.documents.content(GOOD, paper["document_id"])[0] == a_payslip()
    assert arrived(s3) == []
    (sealed,) = objects(bank)
    assert "/clean/" in sealed
    assert b"Linnea" not in bank.objects.get(sealed)


def test_every_field_of_a_form_is_a_condition_and_none_can_be_changed_left_out_or_added(bank, application):
    given = ticket(bank, application)
    fields, most = given["fields"], given["most_bytes"]
    assert {"key", "Content-Type", "x-amz-meta-note", "x-amz-server-side-encryption"} <= set(fields)
    assert fields["x-amz-server-side-encryption-aws-kms-key-id"] == KMS
    for name in fields:
        changed = {**fields, name: fields[name] + "x"}
        left_out = {other: value for other, value in fields.items() if other != name}
        for wrong in (changed, left_out) if name not in ("policy", "x-amz-credential") else (changed,):
            try:
                assert verdict(wrong, BUCKET, 100, SECRET) != "", name
            except (KeyError, ValueError):
                continue  # not even a form that could be read
    added = {**fields, "x-amz-website-redirect-location": "https://example.com"}
    assert verdict(added, BUCKET, 100, SECRET) == "extra input fields: x-amz-website-redirect-location"
    assert verdict({**fields, "acl": "public-read"}, BUCKET, 100, SECRET) == "extra input fields: acl"
    assert [verdict(fields, BUCKET, size, SECRET) for size in (0, 1, most, most + 1)] == ["size", "", "", "size"]
    assert verdict(fields, "another", 100, SECRET) == "condition on bucket"
    later = datetime.now(UTC) + timedelta(minutes=16)
    assert verdict(fields, BUCKET, 100, SECRET, later) == "expired"


def test_a_ticket_is_given_for_ones_own_live_application_and_a_file_that_could_be_taken(bank, application):
    with pytest.raises(NotFoundError):
        ticket(bank, application, customer=OTHER)
    with pytest.raises(InputError):
        ticket(bank, application, asked="nothing_like_it")
    for name, kind in (("a.exe", "application/pdf"), ("a.pdf", "text/html"), ("a\u202egpj.pdf", "application/pdf")):
        with pytest.raises(Refusal):
            ticket(bank, application, name, kind)
    bank.applications.withdraw(GOOD, application, "test")
    with pytest.raises(RefusedError):
        ticket(bank, application)


def test_what_bears_no_note_of_ours_or_one_of_another_key_is_dropped(bank, application, s3):
    note = ticket(bank, application)["fields"]["x-amz-meta-note"]
    forged = [
        (arrival_key(GOOD, "20261102T1200", new_document()), {}),
        (arrival_key(GOOD, "20261102T1200", new_document()), {"note": note}),
        (arrival_key(OTHER, "20261102T1200", new_document()), {"note": note}),
        (arrival_key(GOOD, "20261102T1200", new_document()), {"note": b64encode(b"{}").decode()}),
        (arrival_key("nobody", "20261102T1200", new_document()), {"note": "no base64"}),
    ]
    for key, bears in forged:
        s3.put_object(Bucket=BUCKET, Key=key, Body=a_payslip(), Metadata=bears)
    assert bank.arrivals.sweep() == 0
    assert (arrived(s3), objects(bank), states(bank, application)) == ([], [], [])


def test_a_key_that_is_no_place_for_arrivals_is_never_touched(bank, s3):
    s3.put_object(Bucket=BUCKET, Key="user-docs/C00001/clean/x", Body=b"x")
    for key in ("user-docs/C00001/clean/x", "", "../x", ARRIVALS):
        assert bank.arrivals.collect(key) is False
    assert bank.objects.get("user-docs/C00001/clean/x") == b"x"


def test_a_file_that_the_door_would_refuse_is_told_as_refused_and_not_kept(bank, application, s3):
    given = ticket(bank, application)
    post(given, b"MZ this is a program")
    assert bank.arrivals.sweep() == 1
    (paper,) = bank.documents.of(GOOD, application)
    assert (paper["state"], paper["findings"][0]["code"]) == ("refused", "not_taken")
    assert "PDF, PNG, JPEG or WebP" in paper["findings"][0]["text"]
    assert (arrived(s3), objects(bank)) == ([], [])
    bank.delivery.run()
    assert [message["kind"] for message in bank.messages.inbox(GOOD)] == ["document.refused"]


def test_an_application_that_ended_meanwhile_takes_nothing(bank, application, s3):
    post(ticket(bank, application), a_payslip())
    bank.applications.withdraw(GOOD, application, "test")
    assert bank.arrivals.sweep() == 0
    assert (arrived(s3), states(bank, application)) == ([], [])


def test_many_workers_at_one_file_make_one_whole_paper(bank, application, s3):
    given = ticket(bank, application)
    key = post(given, a_payslip())

    def collect(_):
        try:
            return bank.arrivals.collect(key)
        except (UnavailableError, NotFoundError):
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(collect, range(4))) >= 1
    bank.arrivals.sweep()
    bank.delivery.run()
    assert states(bank, application) == ["accepted"]
    assert bank.documents.content(GOOD, given["document_id"])[0] == a_payslip()
    assert arrived(s3) == []


def test_a_ticket_that_is_used_again_changes_nothing(bank, application, s3):
    given = ticket(bank, application)
    for content in (a_payslip(), a_payslip("Somebody Else")):
        post(given, content)
        bank.arrivals.sweep()
    bank.delivery.run()
    assert bank.documents.content(GOOD, given["document_id"])[0] == a_payslip()
    assert arrived(s3) == []


def test_whoever_dies_between_paper_and_drop_is_followed_by_the_sweep(bank, application, s3):
    post(ticket(bank, application), a_payslip())

    class Dies:
        def __getattr__(self, name):
            return getattr(bank.arrivals.uploads, name)

        def drop(self, key):
            raise UnavailableError("away", code="aws")

    with pytest.raises(UnavailableError):
        replace(bank.arrivals, uploads=Dies()).sweep()
    assert len(arrived(s3)) == 1
    assert bank.arrivals.sweep() == 0
    assert (arrived(s3), states(bank, application)) == ([], ["quarantined"])


class Unreadable:
    """The uploads, of which some cannot be had."""

    def __init__(self, uploads, *lost):
        self._uploads, self._lost, self.asked = uploads, lost, []

    def __getattr__(self, name):
        return getattr(self._uploads, name)

    def get(self, key, most):
        self.asked.append(key)
        if key in self._lost:
            raise UnavailableError("s3 on AWS answers AccessDenied", code="aws")
        return self._uploads.get(key, most)


def test_one_file_that_cannot_be_had_keeps_no_other_waiting(bank, application, s3):
    keys = sorted(post(ticket(bank, application), a_payslip(who)) for who in ("Linnea", "Somebody Else"))
    uploads = Unreadable(bank.arrivals.uploads, keys[0])
    with pytest.raises(UnavailableError, match="AccessDenied"):
        replace(bank.arrivals, uploads=uploads).sweep()
    assert arrived(s3) == keys[:1]
    assert states(bank, application) == ["quarantined"]


def test_a_storage_that_is_away_is_not_asked_for_every_file(bank, application):
    keys = [post(ticket(bank, application), a_payslip(f"Person {i}")) for i in range(5)]
    uploads = Unreadable(bank.arrivals.uploads, *keys)
    with pytest.raises(UnavailableError):
        replace(bank.arrivals, uploads=uploads).sweep()
    assert len(uploads.asked) == 3
    bank.arrivals.forget(GOOD)


@pytest.mark.parametrize("fault", ["500", "cut"])
def test_a_faulty_storage_leaves_a_file_where_it_is_for_a_later_try(bank, application, s3, aws, fault):
    key = post(ticket(bank, application), a_payslip())
    with aws.fault(fault), pytest.raises(UnavailableError):
        bank.arrivals.collect(key)
    assert states(bank, application) == []
    assert bank.arrivals.collect(key) is True
    assert states(bank, application) == ["quarantined"]


def test_erasure_takes_what_arrived_and_nobody_had_taken_in(bank, application, s3):
    post(ticket(bank, application), a_payslip())
    bank.arrivals.forget(OTHER)
    assert len(arrived(s3)) == 1
    bank.arrivals.forget(GOOD)
    assert arrived(s3) == []


def test_storage_away_is_answered_without_a_5xx_and_what_was_sent_before_waits(bank, application, aws):
    waits = hand_in(bank, application, a_payslip())["document_id"]
    token, _ = bank.identity.sign_in("good", PASSWORD, "test")
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k-1"}
    where = f"/api/v1/applications/{application}/documents"
    form = {"data": {"asked": "car_offer"}, "files": {"file": ("a.pdf", a_payslip("Another"))}}
    with TestClient(create_api(bank)) as client:
        with aws.fault("denied", only=lambda environ: BUCKET in environ["PATH_INFO"]):
            refused = client.post(where, headers=headers, **form)
            assert (refused.status_code, refused.json()["code"]) == (409, "storage_away")
            assert "Try again" in refused.json()["do"]
            listed = client.get(where, headers=headers).json()["documents"]
            assert [(paper["document_id"], paper["state"]) for paper in listed] == [(waits, "quarantined")]
            with pytest.raises(UnavailableError):
                bank.documents.check(waits)
            assert client.post(f"{where}/ticket", headers=headers, json=TICKET).status_code == 200
        assert client.post(where, headers=headers, **form).status_code == 200
    bank.delivery.run()
    bank.documents.check(waits)
    assert bank.documents.get(GOOD, waits)["state"] == "accepted"


TICKET = {"asked": "income", "filename": "payslip.pdf", "media_type": "application/pdf"}


def test_without_a_bucket_a_ticket_leads_to_the_form_of_our_own(tmp_path):
    bank = a_bank(tmp_path)
    application = an_application(bank)
    token, _ = bank.identity.sign_in("good", PASSWORD, "test")
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k-1"}
    where = f"/api/v1/applications/{application}/documents"
    with TestClient(create_api(bank)) as client:
        given = client.post(f"{where}/ticket", headers=headers, json=TICKET).json()
        assert (given["direct"], given["url"], given["document_id"]) == (False, where, "")
        sent = client.post(
            given["url"], headers=headers, data=given["fields"], files={"file": ("a.pdf", a_payslip())}
        )  # fmt: skip
        assert sent.json()["state"] == "quarantined"
        assert client.post(f"{where}/ticket", headers=headers, json={**TICKET, "media_type": "x"}).status_code == 422
    assert (bank.arrivals.run(), bank.arrivals.sweep()) == (0, 0)
    bank.records.database.engine.dispose()


def test_a_check_that_storage_outlasted_is_taken_up_again_by_the_sweep(bank, application, aws, monkeypatch):
    hand_in(bank, application, a_payslip())
    with monkeypatch.context() as hasty, aws.fault("denied"):
        hasty.setattr("lending.adapters.outbox.MOST_ATTEMPTS", 1)
        assert bank.delivery.run().given_up == 1
    with monkeypatch.context() as hasty:
        hasty.setattr("lending.adapters.outbox.MOST_ATTEMPTS", 1)
        assert bank.records.outbox.again("something else") == 0
        hasty.setattr("flows.outbox_sweep.platform", lambda: bank)
        outbox_sweep.sweep()
    assert states(bank, application) == ["accepted"]
