"""Calls to AWS end within bounds, and errors name the service and never what was sent."""

import time

import pytest

from lending.adapters.aws import aws_client, calling
from lending.domain.errors import UnavailableError
from tests.fakes.aws import nobody_answers

SECRET = "b5-what-was-sent"


def ask(service="s3", **bounds):
    client = aws_client(service, "us-east-1", **{"seconds": 0.5, "tries": 1, **bounds})
    with calling(service):
        return client.put_object(Bucket="kept", Key="a", Body=SECRET.encode())


def test_a_client_speaks_to_the_address_of_the_environment(aws):
    aws_client("s3", "us-east-1").create_bucket(Bucket="kept")
    ask()
    assert aws_client("s3", "us-east-1").get_object(Bucket="kept", Key="a")["Body"].read().decode() == SECRET


@pytest.mark.parametrize("fault", ["500", "throttle", "denied", "hang", "cut"])
def test_each_fault_is_one_error_in_time_that_does_not_quote_what_was_sent(aws, fault):
    aws_client("s3", "us-east-1").create_bucket(Bucket="kept")
    began = time.monotonic()
    with aws.fault(fault), pytest.raises(UnavailableError) as raised:
        ask()
    assert time.monotonic() - began < 25
    assert SECRET not in str(raised.value.as_dict()) + str(raised.value)
    assert raised.value.__cause__ is None


def test_a_refused_connection_is_the_same_error(aws, monkeypatch):
    nobody_answers(monkeypatch)
    with pytest.raises(UnavailableError):
        ask()


def test_a_fault_ends_with_its_block(aws):
    aws_client("s3", "us-east-1").create_bucket(Bucket="kept")
    with aws.fault("500"), pytest.raises(UnavailableError):
        ask()
    assert ask()["ETag"]


def test_a_second_try_is_made_where_one_failed(aws):
    aws_client("s3", "us-east-1").create_bucket(Bucket="kept")
    left = [1]
    with aws.fault("500", only=lambda environ: left.pop() if left else False):
        assert ask(tries=2)["ETag"]
