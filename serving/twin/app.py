"""The routes of the twin: the Runtime API's path for every endpoint, the container's own, and the figures.

A call goes to the variant that `X-Amzn-SageMaker-Target-Variant` names, else to one by weight; the answer says which in
`x-amzn-invoked-production-variant`. A refusal has the Runtime API's form: `ValidationError` for what is no endpoint or
variant, `ModelError` (424, with the container's own status) for what the container refuses.
"""

from __future__ import annotations

import logging
import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from lending.domain.errors import CandorError, UnavailableError
from serving.background import Background
from serving.endpoint_http import App, Ask, Reply, dumps, elsewhere, problem, refusal
from serving.twin.aside import Aside
from serving.twin.capture import Capture
from serving.twin.live import CHAMPION, Endpoints, Live, Served
from serving.twin.tally import families

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric

    from lending.ports import Clock, Objects

LOOK_SECONDS = 0.5
"""Between two looks at the configurations."""
_TARGET = "x-amzn-sagemaker-target-variant"
_INVOKED = "x-amzn-invoked-production-variant"
_RUNTIME = re.compile(r"/endpoints/([^/]+)/(invocations|metrics)")
_SERVED = {"/ping": "GET", "/invocations": "POST", "/metrics": "GET"}
_WORDS = "GET /ping, POST /invocations, POST /endpoints/{name}/invocations and GET /metrics are served here."
_WAITING_FOR_SHADOW = 500
_log = logging.getLogger("candor.endpoint")


def create_twin(endpoints: Endpoints, objects: Objects | None, clock: Clock, canaries: Background | None = None) -> App:
    """The endpoints as an ASGI application.

    Args:
        endpoints: what is served; looked at again while the server lives.
        objects: where captured calls go; None keeps none.
        clock: for what is captured.
        canaries: what watches new versions, and lives as long as the server; None where nothing is deployed to it.
    """
    endpoints.look()
    twin = _Twin(endpoints, Capture(objects, clock), canaries)
    return App(twin.answer, twin.start, twin.stop)


class _Twin:
    """Answers calls, and does beside them what must not hold them up."""

    def __init__(self, endpoints: Endpoints, capture: Capture, canaries: Background | None) -> None:
        self._endpoints, self._capture, self._canaries = endpoints, capture, canaries
        self._shadow = Aside("shadow", _WAITING_FOR_SHADOW)
        self._watch = Background("endpoints", endpoints.look, LOOK_SECONDS)

    def start(self) -> None:
        """Begin with the server."""
        self._watch.start()
        if self._canaries is not None:
            self._canaries.start()
        self._capture.start()
        self._shadow.start()

    def stop(self) -> None:
        """End with it; what waits is worked off."""
        if self._canaries is not None:
            self._canaries.stop()
        self._watch.stop()
        self._shadow.stop()
        self._capture.stop()

    async def answer(self, ask: Ask) -> Reply:
        """One request."""
        if found := _RUNTIME.fullmatch(ask.path):
            name, what = found.groups()
            if (ask.method, what) == ("POST", "invocations"):
                return await self._runtime(name, ask)
            if (ask.method, what) == ("GET", "metrics"):
                return self._figures(name)
        if (ask.method, ask.path) == ("POST", "/invocations"):
            return await self._plain(ask)
        if (ask.method, ask.path) == ("GET", "/ping"):
            return self._ping()
        if (ask.method, ask.path) == ("GET", "/metrics"):
            return Reply(generate_latest(self), kind=CONTENT_TYPE_PLAIN_0_0_4)
        return elsewhere(ask, _SERVED, _WORDS)

    def collect(self) -> Iterator[Metric]:
        """`prometheus_client`'s form of a collector."""
        yield from families(
            (name or "default", live.name, live.tally)
            for name, served in sorted(self._endpoints.all().items())
            for live in served.lives()
        )

    def _ping(self) -> Reply:
        served = self._endpoints.of(CHAMPION) or next(iter(self._endpoints.all().values()), None)
        if served is None:
            raise _nothing()
        return Reply(b"{}", headers={"x-candor-model-version": served.variants[0].variant.version})

    def _figures(self, name: str) -> Reply:
        served = self._endpoints.of(name)
        if served is None:
            return problem(404, "not_found", f"There is no endpoint {name[:63]} here.")
        body = {
            "endpoint": name, "config_name": served.config.config_name, "problem": served.problem,
            "at": datetime.now(UTC).isoformat(), "variants": {one.name: one.tally.as_dict() for one in served.variants},
            "shadow": served.shadow.tally.as_dict() if served.shadow else None,
            "left_out": {"capture": self._capture.left_out, "shadow": self._shadow.left_out},
        }  # fmt: skip
        return Reply(dumps(body))

    async def _plain(self, ask: Ask) -> Reply:
        """The container's own path, as one variant would answer it."""
        served = self._endpoints.of(CHAMPION)
        if served is None:
            raise _nothing()
        return await self._scored(CHAMPION, served, served.pick(), ask)

    async def _runtime(self, name: str, ask: Ask) -> Reply:
        served = self._endpoints.of(name)
        if served is None:
            return _runtime_error("ValidationError", 400, f"Endpoint {name[:63]} not found.")
        target = ask.headers.get(_TARGET)
        live = served.pick() if target is None else served.named(target)
        if live is None:
            return _runtime_error("ValidationError", 400, f"Variant {target[:63] if target else ''} not found.")
        reply = await self._scored(name, served, live, ask)
        headers = {**reply.headers, _INVOKED: live.name}
        if reply.status < 400:
            return Reply(reply.body, reply.status, reply.kind, headers)
        return _model_error(live.name, reply)

    async def _scored(self, name: str, served: Served, live: Live, ask: Ask) -> Reply:
        began = time.perf_counter()
        reply = await _called(live, ask)
        ended = time.perf_counter()
        captured = self._capture.wants(name, served.config.capture_percent)
        if captured:
            self._capture.keep(name, live.name, ask.headers, ask.body, reply)
        if served.shadow is not None:
            shadow = served.shadow
            self._shadow.add(lambda: self._shadowed(name, shadow, ask, captured))
        live.tally.add(reply.status, ended - began, time.perf_counter() - ended)
        return reply

    def _shadowed(self, name: str, live: Live, ask: Ask, captured: bool) -> None:
        began = time.perf_counter()
        try:
            reply = live.scorer.reply(ask.headers, ask.body)
        except Exception as error:  # a shadow's trouble is only ever a figure
            reply = _broken(error)
        live.tally.add(reply.status, time.perf_counter() - began, 0.0)
        if captured:
            self._capture.keep(name, live.name, ask.headers, ask.body, reply)


async def _called(live: Live, ask: Ask) -> Reply:
    """What the variant's container answers, broken or not."""
    try:
        return await live.scorer.reply_soon(ask.headers, ask.body)
    except Exception as error:
        return _broken(error)


def _broken(error: Exception) -> Reply:
    if isinstance(error, CandorError):
        return refusal(error)
    _log.error("a model broke: %s", type(error).__name__)
    return problem(500, "internal", "Something broke on our side.")


def _model_error(variant: str, reply: Reply) -> Reply:
    """What SageMaker makes of a container's refusal; boto3 raises it as ModelError."""
    said = reply.body.decode(errors="replace")
    blame = "server" if reply.status >= 500 else "client"
    more = {
        "OriginalStatusCode": reply.status, "OriginalMessage": said,
        "LogStreamArn": "",
    }  # fmt: skip
    words = f'Received {blame} error ({reply.status}) from {variant} with message "{said[:1000]}"'
    return _runtime_error("ModelError", 424, words, **more)


def _runtime_error(code: str, status: int, message: str, **more: object) -> Reply:
    return Reply(dumps({"Message": message, **more}), status, headers={"x-amzn-errortype": code})


def _nothing() -> UnavailableError:
    return UnavailableError("nothing is served here yet", code="no_champion", do="Train and promote a model.")
