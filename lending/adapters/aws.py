"""One way to speak to AWS: clients with bounded waits, and errors that name the service and never what was sent."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib import import_module
from threading import Event, Timer
from typing import Any

from lending.domain.errors import UnavailableError

CONNECT_SECONDS = 3.0
_NOWHERE = "us-east-1"  # boto3 wants a region even where none matters


@lru_cache(maxsize=64)
def aws_client(service: str, region: str = "", *, seconds: float = 10.0, tries: int = 3, local: str = "") -> Any:
    """A client of boto3, one for all threads that ask for the same.

    Credentials come as everywhere in boto3, and so does another address (`AWS_ENDPOINT_URL`, or the one of a service).

    Args:
        service: boto3's name, such as `s3`.
        region: empty means the one of the environment.
        seconds: longest wait for a part of an answer.
        tries: of one call, with growing pauses and jitter between them.
        local: address of a service on this machine that is asked in place of AWS, without credentials.
    """
    logging.getLogger("botocore").setLevel(logging.INFO)  # below that it writes down what is sent
    boto3: Any = import_module("boto3.session")
    botocore: Any = import_module("botocore.config")
    signature: Any = "s3v4" if service == "s3" else None  # links: KMS takes no older signature
    config = botocore.Config(
        connect_timeout=CONNECT_SECONDS, read_timeout=seconds, max_pool_connections=50,
        retries={"total_max_attempts": tries, "mode": "standard"},
        signature_version=import_module("botocore").UNSIGNED if local else signature,
    )  # fmt: skip
    with calling(service):
        session = boto3.Session()
        if not local:
            return session.client(service, region_name=region or None, config=config)
        return session.client(service, region_name=region or _NOWHERE, config=config, endpoint_url=local)


@contextmanager
def calling(service: str) -> Generator[None]:
    """Turn what boto3 raises into one error; a code that a caller foresees is caught inside the block.

    Raises:
        UnavailableError: the service refused or did not answer; code `aws`.
    """
    raised: Any = import_module("botocore.exceptions")
    try:
        yield
    except raised.ClientError as error:
        raise _unavailable(service, error_code(error) or "an error") from None
    except raised.BotoCoreError as error:
        raise _unavailable(service, type(error).__name__) from None


def error_code(error: Exception) -> str:
    """What AWS calls an error, such as `NoSuchKey`; "" for errors of other kinds."""
    answer: Any = getattr(error, "response", {})
    return str(answer.get("Error", {}).get("Code", ""))


def read_whole(service: str, body: Any, seconds: float) -> bytes:
    """The body of an answer, which arrives in pieces.

    Raises:
        UnavailableError: it is not whole in time.
        What boto3 raises for everything else.
    """
    late = Event()

    def end() -> None:
        late.set()
        end_reading(body)

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        content = bytes(body.read())
    except Exception:
        if late.is_set():
            raise _slow(service) from None
        raise
    finally:
        timer.cancel()
        body.close()
    if late.is_set():
        raise _slow(service)
    return content


def end_reading(body: Any) -> None:
    """End the read of an answer's body that another thread is in; one that drips ends by nothing else.

    Nothing happens where it was read to its end already.
    """
    with suppress(ValueError, RuntimeError, OSError, AttributeError):
        body._raw_stream.shutdown()


def _slow(service: str) -> UnavailableError:
    return UnavailableError(
        f"{service} on AWS answers too slowly", code="aws", field=service, found="part of an answer",
        expected="a whole answer", do="What was asked may be asked again.",
    )  # fmt: skip


def _unavailable(service: str, found: str) -> UnavailableError:
    return UnavailableError(
        f"{service} on AWS answers {found}", code="aws", field=service, found=found, expected="an answer",
        do="Check credentials, region and permissions; what was asked may be asked again.",
    )  # fmt: skip
