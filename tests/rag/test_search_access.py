"""A search server that looks at who asks: with a password, and with signatures of AWS made again on its side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

import pytest

from lending.breaker import Breaker
from lending.domain.errors import UnavailableError
from rag.adapters.opensearch_index import OpenSearchIndex
from rag.adapters.opensearch_server import Access, Server
from rag.ports import Where
from tests.conftest import HandClock
from tests.fakes.http import FAULTS, Fault, as_json
from tests.fakes.http import SECRET as INSIDE
from tests.fakes.search import KEY, SECRET, TOKEN, SearchFront
from tests.patience import given_up

ANYWHERE = Where("us", date(2026, 11, 2))
Start = Callable[..., SearchFront]
LINES = '{"index": {"_id": "0"}}\n{"body": "Zinsen, € and ñ: 10 %"}\n'


@pytest.fixture
def front(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    started: list[SearchFront] = []

    def start(**how: Any) -> SearchFront:
        started.append(SearchFront(**how))
        return started[-1]

    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    yield start
    for one in started:
        one.stop()


def signing(front: SearchFront, region: str = "eu-west-1", seconds: float = 5) -> Server:
    return Server(Access(front.url, aws_region=region, seconds=seconds))


def denied(ask: Callable[[], object]) -> UnavailableError:
    with pytest.raises(UnavailableError) as caught:
        ask()
    return caught.value


def test_the_right_password_is_let_in_and_another_is_an_honest_error(front: Start) -> None:
    guarded = front(passwords={"kb": "p:ä/ss"})
    assert Server(Access(guarded.url, "kb", "p:ä/ss", seconds=5)).call("GET", "/") == {}
    for user, password in (("kb", "wrong"), ("nobody", "p:ä/ss"), ("", "")):
        server = Server(Access(guarded.url, user, password, seconds=5))
        error = denied(partial(server.call, "GET", "/"))
        assert error.code == "search_denied"
        assert "p:ä/ss" not in str(error.as_dict())


@pytest.mark.parametrize(
    ("method", "path", "body", "params"),
    [("GET", "/_alias/us-kb", None, {}), ("GET", "/us-kb-v*/_mapping", None, {}),
     ("POST", "/us-kb/_search", {"query": {"match": {"text": "señal €"}}}, {"allow_partial_search_results": "false"}),
     ("POST", "/us-kb-v0001/_bulk", LINES, {}), ("PUT", "/us-kb-v0001", {"mappings": {}}, {}),
     ("DELETE", "/us-kb-v0001", None, {"ignore_unavailable": "true", "a": "x y+z"})],
)  # fmt: skip
def test_every_kind_of_request_is_signed_as_the_server_signs_it_too(
    front: Start, method: str, path: str, body: Any, params: dict[str, str]
) -> None:
    guarded = front()
    assert signing(guarded).call(method, path, body, None, **params) == {}, guarded.refused
    assert not guarded.refused


def test_the_token_of_a_role_is_signed_too(front: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    guarded = front()
    assert signing(guarded).call("GET", "/") == {}
    sent = {name.lower(): value for name, value in guarded.asked[0].headers.items()}
    assert sent["x-amz-security-token"] == TOKEN


def test_serverless_is_signed_for_its_own_service() -> None:
    access = Access("https://abc.eu-west-1.aoss.amazonaws.com", aws_region="eu-west-1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        assert Server(access)._signature("abc.eu-west-1.aoss.amazonaws.com").service == "aoss"


def test_another_secret_or_region_is_refused_and_said(front: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = front()
    assert denied(lambda: signing(guarded, "us-east-1").call("GET", "/")).code == "search_denied"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    error = denied(lambda: signing(guarded).call("POST", "/a/_search", {"query": {}}))
    assert (error.code, error.found) == ("search_denied", "status 403")
    assert guarded.refused[-1] == "The request signature we calculated does not match"
    assert "another" not in str(error.as_dict())


def test_the_front_itself_sees_a_changed_body_address_or_header(front: Start) -> None:
    guarded = front()
    signing(guarded).call("POST", "/us-kb/_search", {"query": 1})
    (good,) = guarded.asked
    assert guarded._wrong_signature(good) == ""
    for changed in (
        good._replace(body=b"{}"), good._replace(path="/other/_search"), good._replace(method="PUT"),
        good._replace(headers={**good.headers, "x-amz-extra": "1"}),
        good._replace(headers={k: v for k, v in good.headers.items() if k.lower() != "authorization"}),
    ):  # fmt: skip
        assert guarded._wrong_signature(changed)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_one_error_that_quotes_nothing_of_the_server(front: Start, fault: Fault) -> None:
    broken = front()
    broken.behind = lambda _: as_json({"took": 1, "hits": {"hits": []}})
    index = OpenSearchIndex(signing(broken, seconds=0.6), "us-kb")
    broken.fault = fault
    for ask in (index.versions, index.passages, partial(index.search, "fees", None, ANYWHERE, 5)):
        with given_up():
            assert INSIDE not in str(denied(ask).as_dict())
    broken.fault = None


def test_a_server_that_fails_is_left_alone_for_a_while_and_then_tried_by_one(front: Start, clock: HandClock) -> None:
    down = front(behind=lambda _: as_json({"ok": True}))
    server = Server(Access(down.url, aws_region="eu-west-1", seconds=5), Breaker(2, 10, clock))
    with down.broken("503"):
        for _ in range(4):
            assert denied(partial(server.call, "GET", "/")).code == "search_unreachable"
    assert len(down.asked) == 2
    clock.move(seconds=11)
    assert server.call("GET", "/") == {"ok": True}
    assert server.call("GET", "/") == {"ok": True}
