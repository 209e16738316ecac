"""The function that S3 calls: it tells a queue of files of ours, checks every word of an event, and needs little."""

import json
import subprocess
import sys
from copy import deepcopy

import pytest

from lending.adapters.aws import aws_client
from lending.domain.errors import UnavailableError
from lending.settings import ROOT
from lending.upload_keys import arrival_key
from serving.aws.upload_event import handler
from tests.fakes.aws import REGION

KEY = arrival_key("C00001", "20261102T1200", "f_" + "a" * 26)
# The example of AWS's page "Event message structure" (AmazonS3, notification-content-structure), with our names.
EVENT = {
    "Records": [
        {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": "us-west-2",
            "eventTime": "1970-01-01T00:00:00.000Z",
            "eventName": "ObjectCreated:Post",
            "userIdentity": {"principalId": "AIDAJDPLRKLG7UEXAMPLE"},
            "requestParameters": {"sourceIPAddress": "172.16.0.1"},
            "responseElements": {
                "x-amz-request-id": "C3D13FE58DE4C810",
                "x-amz-id-2": "FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD",
            },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "testConfigRule",
                "bucket": {
                    "name": "papers",
                    "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                    "arn": "arn:aws:s3:::papers",
                },
                "object": {
                    "key": KEY,
                    "size": 1024,
                    "eTag": "d41d8cd98f00b204e9800998ecf8427e",
                    "versionId": "096fKKXTRTtl3on89fVO.nfljtsv6qko",
                    "sequencer": "0055AED6DCD90281E5",
                },
            },
        }
    ]
}


@pytest.fixture
def queue(aws, monkeypatch):
    client = aws_client("sqs", REGION)
    url = client.create_queue(QueueName="uploads")["QueueUrl"]
    monkeypatch.setenv("CANDOR_OBJECTS_BUCKET", "papers")
    monkeypatch.setenv("CANDOR_UPLOADS_QUEUE_URL", url)
    return lambda: [
        json.loads(one["Body"])
        for one in client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    ]


def changed(*path_and_value):
    """The event with one value of its record replaced."""
    *path, last, value = path_and_value
    event = deepcopy(EVENT)
    place = event["Records"][0]
    for name in path:
        place = place[name]
    place[last] = value
    return event


def test_an_event_of_aws_puts_the_key_on_the_queue_and_nothing_else(queue):
    assert handler(EVENT, None) == {"told": 1, "left": 0}
    assert queue() == [{"kind": "document.arrived", "key": KEY}]


@pytest.mark.parametrize(
    "event",
    [
        changed("eventSource", "aws:sns"), changed("eventName", "ObjectRemoved:Delete"), changed("eventVersion", "3.0"),
        changed("s3", "bucket", "name", "another"), changed("s3", "object", "size", 0),
        changed("s3", "object", "size", "many"), changed("s3", "object", "key", "user-docs/C00001/clean/x"),
        changed("s3", "object", "key", KEY + "%2F..%2Fx"), changed("s3", "object", "key", KEY + "\n"),
        changed("s3", "object", "key", "quarantine/user-docs/../" + KEY.rpartition("/")[2]),
        changed("s3", "object", "key", "%ff"), changed("s3", "object", None), changed("s3", "bucket", []),
    ],
    ids=str,
)  # fmt: skip
def test_a_record_that_is_not_ours_is_counted_and_left(queue, event):
    assert handler(event) == {"told": 0, "left": 1}
    assert queue() == []


@pytest.mark.parametrize("event", [{"Service": "Amazon S3", "Event": "s3:TestEvent"}, {}, {"Records": None}, [], None])
def test_an_event_without_records_tells_nothing(queue, event):
    assert handler(event) == {"told": 0, "left": 0}


def test_a_bad_record_does_not_keep_a_good_one_back(queue):
    both = {"Records": [*changed("eventSource", "x")["Records"], *EVENT["Records"]]}
    assert handler(both) == {"told": 1, "left": 1}
    assert [told["key"] for told in queue()] == [KEY]


def test_a_queue_that_does_not_answer_fails_the_call_so_that_lambda_tries_again(queue, aws):
    with aws.fault("denied"), pytest.raises(UnavailableError):
        handler(EVENT)


def test_neither_keys_nor_customers_stand_in_the_log(queue, caplog):
    handler(changed("s3", "bucket", "name", "another"))
    assert caplog.messages == ["1 of 1 records name no file of ours"]


def test_the_function_needs_boto3_and_few_files_of_ours():
    code = (
        "import serving.aws.upload_event, sys; "
        "print(sorted(n for n in sys.modules if n.partition('.')[0] in ('lending', 'serving', 'rag', 'training')), "
        "[n for n in ('sqlalchemy', 'pydantic', 'fastapi', 'pandas', 'numpy') if n in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    ours, heavy = told.split("] [")
    assert heavy.strip() == "]"
    assert ours.strip("[") == (
        "'lending', 'lending.adapters', 'lending.adapters.aws', 'lending.domain', 'lending.domain.errors', "
        "'lending.upload_keys', 'serving', 'serving.aws', 'serving.aws.upload_event'"
    )
