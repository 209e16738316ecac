"""Objects in a folder and in a bucket behave the same: whole, ordered, one's own keys, and honest when they cannot."""

from __future__ import annotations

import errno
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from lending.adapters.aws import aws_client
from lending.adapters.local_objects import LocalObjects
from lending.adapters.s3_objects import S3Objects
from lending.domain.errors import InputError, NotFoundError, RefusedError, UnavailableError
from tests.conftest import sized
from tests.fakes.aws import REGION, nobody_answers

KMS = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000001"
HOSTILE = ("", "/", "a/", "/a", "a//b", "../a", "a/../b", ".half-1", "a/.b", "a\\b", "a\nb", "a\x00b", "ä", "a b",
           "a?versionId=1", "a%2e", "/".join("abcdefghijklm"), "a" * 129)  # fmt: skip


@pytest.fixture
def bucket(aws):
    client = aws_client("s3", REGION)
    client.create_bucket(Bucket="papers")
    return client


@pytest.fixture(params=["folder", "s3"])
def objects(request, tmp_path):
    if request.param == "folder":
        return LocalObjects(tmp_path / "objects")
    request.getfixturevalue("bucket")
    return S3Objects("papers", KMS, REGION, seconds=1)


def test_what_was_put_comes_back_and_a_second_put_replaces_it(objects):
    objects.put("user-docs/C1/clean/a", b"old")
    objects.put("user-docs/C1/clean/a", b"")
    assert objects.get("user-docs/C1/clean/a") == b""
    objects.put("user-docs/C1/clean/a", bytes(range(256)))
    assert objects.get("user-docs/C1/clean/a") == bytes(range(256))


def test_what_is_not_there_is_not_found_and_dropping_it_is_no_error(objects):
    objects.put("a/b", b"x")
    objects.drop("a/b")
    objects.drop("a/b")
    objects.drop("never/was")
    for key in ("a/b", "a", "never/was"):
        with pytest.raises(NotFoundError):
            objects.get(key)


@pytest.mark.parametrize("key", HOSTILE)
def test_a_key_that_is_no_plain_path_is_refused_by_every_act(objects, key):
    for act in (lambda: objects.put(key, b"x"), lambda: objects.get(key), lambda: objects.drop(key)):
        with pytest.raises(InputError) as raised:
            act()
        assert raised.value.code == "object_key"
    assert objects.keys("") == []


def test_keys_come_in_order_and_only_below_their_prefix(objects):
    names = ["b/2", "a.b/1", "a/9", "a/10", "a/B", "a/b/c", "ab/1"]
    for name in names:
        objects.put(name, b"x")
    assert objects.keys("") == sorted(names)
    assert objects.keys("a/") == ["a/10", "a/9", "a/B", "a/b/c"]
    assert objects.keys("a") == ["a.b/1", "a/10", "a/9", "a/B", "a/b/c", "ab/1"]
    for nothing in ("../", "zz", "a/9/", "*"):
        assert objects.keys(nothing) == []


def test_a_large_object_is_whole(objects):
    content = os.urandom(sized(9_000_000, 60_000_000))
    objects.put("large/one", content)
    assert hashlib.sha256(objects.get("large/one")).digest() == hashlib.sha256(content).digest()


def test_readers_see_one_of_the_written_contents_whole_while_many_write(objects):
    contents = [bytes([number]) * 20_000 for number in range(1, 9)]
    objects.put("same/key", contents[0])
    with ThreadPoolExecutor(8) as pool:
        written = [pool.submit(objects.put, "same/key", content) for content in contents]
        seen = [pool.submit(objects.get, "same/key") for _ in range(16)]
        assert all(job.result() is None for job in written)
        assert {job.result() for job in seen} <= set(contents)
    assert objects.get("same/key") in contents


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    objects = LocalObjects(tmp_path)
    objects.put("a/b", b"old")

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnavailableError, match="No space left"):
        objects.put("a/b", b"new")
    assert (objects.get("a/b"), objects.keys("")) == (b"old", ["a/b"])
    assert [file.name for file in (tmp_path / "a").iterdir()] == ["b"]


def test_s3_is_asked_to_encrypt_with_the_key_and_keeps_a_sum(bucket):
    S3Objects("papers", KMS, REGION).put("a/b", b"x")
    head = bucket.head_object(Bucket="papers", Key="a/b", ChecksumMode="ENABLED")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"], head["BucketKeyEnabled"]) == ("aws:kms", KMS, True)
    assert head["ChecksumSHA256"]


def test_a_content_changed_in_the_bucket_is_refused(bucket):
    from moto.s3.models import s3_backends  # pyright: ignore[reportMissingTypeStubs]

    objects = S3Objects("papers", "", REGION)
    objects.put("a/b", b"as it came")
    s3_backends["123456789012"]["aws"].buckets["papers"].keys["a/b"].value = b"as changed"
    with pytest.raises(RefusedError) as raised:
        objects.get("a/b")
    assert raised.value.code == "tampered"


@pytest.mark.full
def test_a_listing_is_read_to_its_last_page(bucket):
    objects = S3Objects("papers", "", REGION)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: objects.put(f"many/{number:04}", b"x"), range(1003)))
    assert objects.keys("many/") == [f"many/{number:04}" for number in range(1003)]


def test_a_dropped_object_is_gone_for_readers_of_a_bucket_that_keeps_versions(bucket):
    bucket.put_bucket_versioning(Bucket="papers", VersioningConfiguration={"Status": "Enabled"})
    objects = S3Objects("papers", "", REGION)
    objects.put("a/b", b"sealed")
    objects.drop("a/b")
    assert objects.keys("") == []
    with pytest.raises(NotFoundError):
        objects.get("a/b")
    assert len(bucket.list_object_versions(Bucket="papers")["Versions"]) == 1


def test_folders_of_aws_own_console_are_no_objects(bucket):
    bucket.put_object(Bucket="papers", Key="user-docs/", Body=b"")
    assert S3Objects("papers", "", REGION).keys("") == []


@pytest.mark.parametrize("fault", ["500", "throttle", "denied", "cut", "hang"])
def test_every_act_on_a_faulty_s3_is_unavailable_and_what_was_there_stays(bucket, aws, fault):
    objects = S3Objects("papers", "", REGION, seconds=0.3)
    objects.put("a/b", b"old")
    acts = {"put": lambda: objects.put("a/b", b"a secret text"), "get": lambda: objects.get("a/b")}
    acts |= {"keys": lambda: objects.keys("a/"), "drop": lambda: objects.drop("a/b")}
    with aws.fault(fault):
        for name in acts if fault == "500" else ("put",):
            with pytest.raises(UnavailableError) as raised:
                acts[name]()
            assert "secret" not in str(raised.value.as_dict())
    assert objects.get("a/b") == b"old"


def test_a_body_that_drips_is_given_up_in_time(bucket, aws):
    S3Objects("papers", "", REGION).put("a/b", b"old")
    slow = S3Objects("papers", "", REGION, seconds=0.05)
    with aws.fault("slow", only=lambda environ: environ["REQUEST_METHOD"] == "GET"), pytest.raises(UnavailableError):
        slow.get("a/b")


def test_a_refused_connection_is_unavailable(aws, monkeypatch):
    nobody_answers(monkeypatch)
    with pytest.raises(UnavailableError):
        S3Objects("papers", "", REGION, seconds=0.3).get("a/b")


def test_a_folder_has_no_links(tmp_path):
    assert LocalObjects(tmp_path).link("reports/a.html.gz") is None


def test_a_link_downloads_one_object_for_an_hour_as_a_file_of_its_name(bucket):
    objects = S3Objects("papers", KMS, REGION)
    objects.put("reports/a.html.gz", b"packed")
    link = objects.link("reports/a.html.gz") or ""
    answer = httpx.get(link, timeout=30)
    assert (answer.content, answer.headers["Content-Disposition"]) == (b"packed", 'attachment; filename="a.html.gz"')
    signed = parse_qs(urlsplit(link).query)
    assert (signed["X-Amz-Expires"], signed["X-Amz-Algorithm"]) == (["3600"], ["AWS4-HMAC-SHA256"])
    with pytest.raises(InputError):
        objects.link("../a")
