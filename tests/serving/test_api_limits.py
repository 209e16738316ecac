"""How often, how many at a time and how slowly: what the API takes of one person."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from lending.settings import ROOT
from serving.api.app import create_api
from serving.limits import OpenStreams, Rate, TooOftenError, open_limits
from tests.bank import PASSWORD, open_bank, with_knowledge
from tests.patience import given_up
from tests.serving.clients import TestClient, alone
from tests.serving.standins import LinearModel, StandInPlatform

ASK = {"product": "car", "amount": "12500.00", "term_months": 36}
COSTLY = (
    "POST /api/v1/loans/predict", "POST /api/v1/loans/customize", "POST /api/v1/loans/advise",
    "GET /api/v1/loans/surface", "GET /api/v1/decisions/{decision_id}/explanation", "GET /api/v1/me/export",
    "POST /api/v1/applications/{application_id}/documents", "GET /api/v1/offers/{offer_id}/disclosure.pdf",
    "GET /api/v1/decisions/{decision_id}/notice.pdf", "POST /api/v1/chat", "POST /api/v1/me/erase",
    "POST /api/v1/applications/{application_id}/documents/ticket",
)  # fmt: skip


def bearer(bank: Any, username: str = "user1") -> dict[str, str]:
    return {"Authorization": f"Bearer {bank.identity.open(username)[0]}"}


def test_everything_that_costs_work_has_a_rate_and_every_rate_an_address(tmp_path: Path) -> None:
    rates = open_limits(ROOT / "kb").rates
    assert [address for address in COSTLY if address not in rates] == []
    routes = create_api(StandInPlatform(tmp_path)).routes  # type: ignore[arg-type]
    there = {f"{method} {route.path}" for route in routes for method in route.methods}  # type: ignore[attr-defined]
    assert {address for address in rates if " /api/" in address} <= there


def test_beyond_its_rate_a_route_answers_429_with_how_long_to_wait(tmp_path: Path) -> None:
    bank = StandInPlatform(tmp_path, LinearModel())
    bank.limits = replace(bank.limits, rates={"POST /api/v1/loans/predict": Rate("decide", 2, 60)})
    with TestClient(create_api(bank)) as client:  # type: ignore[arg-type]
        mine = [client.post("/api/v1/loans/predict", json=ASK, headers=bearer(bank)) for _ in range(3)]
        other = client.post("/api/v1/loans/predict", json=ASK, headers=bearer(bank, "user2"))
        else_where = client.get("/api/v1/loans/personalized", headers=bearer(bank))
    assert [reply.status_code for reply in mine] == [200, 200, 429]
    assert int(mine[2].headers["retry-after"]) >= 1
    assert (mine[2].json()["code"], other.status_code, else_where.status_code) == ("too_often", 200, 200)


def test_who_holds_too_many_streams_open_waits_until_one_has_ended() -> None:
    streams = OpenStreams(2)
    streams.enter("C1")
    streams.enter("C1")
    streams.enter("C2")
    with pytest.raises(TooOftenError):
        streams.enter("C1")
    streams.leave("C1")
    streams.enter("C1")


async def dripped(seconds: float) -> AsyncIterator[bytes]:
    body = json.dumps(ASK).encode()
    for byte in body:
        yield bytes([byte])
        await asyncio.sleep(seconds)


def test_a_body_that_drips_is_not_waited_for(tmp_path: Path) -> None:
    bank = StandInPlatform(tmp_path, LinearModel())
    bank.limits = replace(bank.limits, body_seconds=0.3)
    headers = {**bearer(bank), "Content-Type": "application/json"}
    with given_up():
        (reply,) = alone(asked(bank, [("/api/v1/loans/predict", headers, dripped(1))]))
    assert (reply.status_code, reply.json()["code"]) == (408, "too_slow")


def test_who_hangs_up_in_the_middle_of_a_body_is_noted_as_that_and_as_no_failure_of_ours(tmp_path: Path) -> None:
    bank, log = StandInPlatform(tmp_path, LinearModel()), io.StringIO()
    sent = {"content-type": "application/json", **bearer(bank)}
    headers = [(name.lower().encode(), value.encode()) for name, value in sent.items()]
    scope = {"type": "http", "method": "POST", "path": "/api/v1/loans/predict", "headers": headers, "query_string": b"",
             "http_version": "1.1", "scheme": "http", "raw_path": b"/api/v1/loans/predict"}  # fmt: skip
    said: list[Any] = []

    async def hang_up() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def hear(message: Any) -> None:
        said.append(message)

    alone(create_api(bank, log)(scope, hang_up, hear))  # type: ignore[arg-type]
    events = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [event["status"] for event in events] == [499]
    assert "error" not in {event.get("level") for event in events}
    assert said == []


async def asked(bank: Any, sends: list[tuple[str, Mapping[str, str], Any]]) -> list[httpx.Response]:
    """All at once, over one client."""
    transport = httpx.ASGITransport(create_api(bank))
    async with httpx.AsyncClient(transport=transport, base_url="http://bank.test", timeout=60) as client:
        return await asyncio.gather(
            *(client.post(path, headers=headers, **_sent(body)) for path, headers, body in sends)
        )


def _sent(body: Any) -> dict[str, Any]:
    return {"json": body} if isinstance(body, dict) else {"content": body}


def test_many_calls_and_streams_of_an_async_client_are_all_answered(tmp_path: Path) -> None:
    bank = with_knowledge(open_bank(tmp_path))
    bank.__dict__["limits"] = replace(bank.limits, streams=4)
    headers = {"Authorization": f"Bearer {bank.identity.sign_in('good', PASSWORD, 'test')[0]}"}
    quotes = [("/api/v1/loans/predict", headers, {**ASK, "amount": f"{9000 + n}.00"}) for n in range(24)]
    talks = [("/api/v1/chat", headers, {"message": "What is an APR?"}) for _ in range(8)]
    replies = alone(asked(bank, [*quotes, *talks]))
    assert {reply.status_code for reply in replies[:24]} == {200}
    assert len({reply.json()["decision_id"] for reply in replies[:24]}) == 24
    told = [reply for reply in replies[24:] if reply.status_code == 200]
    assert all("event: done" in reply.text for reply in told)
    assert len(told) >= 4
    assert {reply.status_code for reply in replies[24:]} <= {200, 429}
