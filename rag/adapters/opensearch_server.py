"""One OpenSearch server: who we are to it, how long we wait, and what is said when it does not answer."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from logging import CRITICAL, getLogger
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lending.breaker import Breaker
from lending.domain.errors import UnavailableError
from rag.pump import TimeIsOverError, within

LONG = 60.0
"""Seconds that a step of building an index may take; a search has `Access.seconds`."""
MISSING, _WRONG = 404, 400
_DENIED = (401, 403)
_BLOCKED = "cluster_block_exception"
"""What a server answers, with a status of access or of haste, that takes nothing new: its disk is nearly full."""


class SaidNoError(Exception):
    """The server understood and refused: `status` 404 for what is not there, 400 for what it cannot do."""

    def __init__(self, status: int, kind: str, reason: str) -> None:
        super().__init__(f"{kind}: {reason}")
        self.status, self.kind, self.reason = status, kind, reason


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach the server.

    Attributes:
        url: such as https://search.example.com:9200.
        user, password: of HTTP basic authentication; empty for none.
        aws_region: when set, requests are signed with the AWS credentials of this machine instead.
        authority: file with the certificate that signed the server's; left out: the usual public ones.
        seconds: longest wait for a search.
    """

    url: str
    user: str = ""
    password: str = ""
    aws_region: str = ""
    authority: Path | None = None
    seconds: float = 2.0


class Server:
    """Calls to an OpenSearch server; connections are kept and shared by threads."""

    def __init__(self, access: Access, breaker: Breaker | None = None) -> None:
        """Nothing is asked yet; with a breaker a server that failed several times in a row is left alone a while."""
        self._access, self._breaker = access, breaker

    def call(
        self, method: str, path: str, body: Any = None, seconds: float | None = None, **params: str
    ) -> Any:  # fmt: skip
        """What the server answers, as read from JSON.

        Args:
            method: of HTTP.
            path: below the server's address.
            body: a tree, or the finished lines of a bulk request.
            seconds: longest wait for all of it; left out: that of a search.
            params: of the address.

        Raises:
            SaidNoError: what is asked for is not there, or the request is one the server cannot do.
            UnavailableError: it does not answer, not in time, not to us, or with a fault of its own.
        """
        if self._breaker is None:
            return self._called(method, path, body, seconds, params)
        if not self._breaker.lets_through():
            raise self._silent("several failures in a row; it is left alone for a moment")
        try:
            answer = self._called(method, path, body, seconds, params)
        except UnavailableError:
            self._breaker.failed()
            raise
        except SaidNoError:
            self._breaker.passed()
            raise
        self._breaker.passed()
        return answer

    def _called(self, method: str, path: str, body: Any, seconds: float | None, params: Mapping[str, str]) -> Any:
        """On a thread of its own: a time limit on a socket does not end an answer that drips."""
        most = seconds or self._access.seconds
        client = self._client  # made here, whose errors are ours already
        try:
            answer = within(most, lambda: self._asked(client, method, path, body, most, params), "search")
        except TimeIsOverError:
            raise self._silent("nothing whole in time") from None
        if not isinstance(answer, dict) and method != "HEAD":
            raise self._silent("an answer of another shape")
        return answer

    def _asked(
        self, client: Any, method: str, path: str, body: Any, seconds: float, params: Mapping[str, str]
    ) -> Any:  # fmt: skip
        from opensearchpy.exceptions import ConnectionError as NoConnection
        from opensearchpy.exceptions import SerializationError, TransportError
        from urllib3 import Timeout

        most: Any = Timeout(total=seconds)
        try:
            return client.transport.perform_request(method, path, params=params, body=body, timeout=most)
        except NoConnection as error:
            raise self._silent(type(error.info).__name__) from None
        except TransportError as error:
            raise self._answered(int(error.status_code), str(error.error), error.info) from None
        except SerializationError:
            raise self._silent("an answer that is not JSON") from None

    @cached_property
    def _client(self) -> Any:
        from opensearchpy import OpenSearch

        access = self._access
        where = urlsplit(access.url)
        getLogger("opensearch").setLevel(CRITICAL)  # it logs tracebacks, and at other levels what people asked
        return OpenSearch(
            hosts=[access.url], http_auth=self._signature(where.hostname or ""), headers=_basic(access),
            use_ssl=where.scheme == "https",
            ca_certs=str(access.authority) if access.authority else None, max_retries=0, http_compress=False,
            pool_maxsize=16,
        )  # fmt: skip

    def _signature(self, host: str) -> Any:
        access = self._access
        if access.aws_region:
            from boto3.session import Session
            from opensearchpy import Urllib3AWSV4SignerAuth

            service = "aoss" if host.endswith(".aoss.amazonaws.com") else "es"
            credentials = Session(region_name=access.aws_region).get_credentials()
            if credentials is None:
                raise UnavailableError(
                    "there are no AWS credentials to sign requests with", code="no_credentials",
                    field="CANDOR_SEARCH_AWS_REGION", found="none", expected="a role or keys of AWS",
                    do="Give this machine a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
                )  # fmt: skip
            return Urllib3AWSV4SignerAuth(credentials, access.aws_region, service)
        return None

    def _answered(self, status: int, kind: str, info: Any) -> Exception:
        reason = _reason(info)
        if status in (MISSING, _WRONG):
            return SaidNoError(status, kind, reason)
        if kind == _BLOCKED:
            return UnavailableError(
                f"the search server at {self._host} takes nothing new", code="search_blocked",
                field="CANDOR_SEARCH_URL", found=f"status {status}, {kind}", expected="a server with room on its disk",
                do="Give its disk room; a server blocks new indices at nine tenths full. Search itself goes on.",
            )  # fmt: skip
        if status in _DENIED:
            return UnavailableError(
                f"the search server at {self._host} refuses us", code="search_denied", field="CANDOR_SEARCH_USER",
                found=f"status {status}", expected="a user who may search and write the index",
                do="Check CANDOR_SEARCH_USER and CANDOR_SEARCH_PASSWORD, or the role on AWS.",
            )  # fmt: skip
        return self._silent(f"status {status}")  # a broken server's own words are for its log

    def _silent(self, found: str) -> UnavailableError:
        return UnavailableError(
            f"the search server at {self._host} does not answer", code="search_unreachable", field="CANDOR_SEARCH_URL",
            found=found, expected="an OpenSearch server that answers in time",
            do="Start it or check CANDOR_SEARCH_URL; with it empty the index on this machine answers.",
        )  # fmt: skip

    @property
    def _host(self) -> str:
        where = urlsplit(self._access.url)
        return f"{where.hostname}:{where.port}" if where.port else str(where.hostname)


def _basic(access: Access) -> dict[str, str] | None:
    """The password in UTF-8, as servers read it; the library writes Latin-1."""
    if not access.user or access.aws_region:
        return None
    named = b64encode(f"{access.user}:{access.password}".encode()).decode()
    return {"authorization": f"Basic {named}"}


def _reason(info: Any) -> str:
    error = info.get("error") if isinstance(info, dict) else None
    return str(error.get("reason") if isinstance(error, dict) else error)
