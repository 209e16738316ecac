"""A model behind HTTP, in the form that SageMaker starts: GET /ping, POST /invocations; no framework of a notebook."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lending.domain.errors import CandorError, InputError, NotFoundError
from serving.fields import InvalidBody, MalformedBody, TooLarge
from serving.instances import Batch, read_csv, read_json

if TYPE_CHECKING:
    from training.servable.protocol import ServableModel

MAX_BYTES = 6 * 1024 * 1024  # SageMaker's own limit for a real-time call
INLINE_ROWS = 16  # below it a call costs less than handing it to a thread
DEFAULT_FOLDER = "/opt/ml/model"
_READERS = {"application/json": read_json, "text/csv": read_csv}
_STATUS = ((MalformedBody, 400), (TooLarge, 413), (NotFoundError, 404), (InputError, 422))


@dataclass(frozen=True, slots=True)
class Scorer:
    """A model and what it answers to a batch; never a label, always a probability with its parts."""

    model: ServableModel

    def answer(self, batch: Batch) -> bytes:
        """`{"predictions": [{pd, contributions, model_version}]}`; pd has six places, contributions four, as text."""
        model, names = self.model, self.model.feature_set.names
        if not batch.contributions:
            pds = model.predict(batch.columns)
            rows = [{"pd": f"{pd:.6f}", "contributions": None, "model_version": model.version} for pd in pds.tolist()]
            return _dumps({"predictions": rows})
        pds, parts = (found.tolist() for found in model.score(batch.columns))
        rows = [
            {
                "pd": f"{pd:.6f}",
                "contributions": {name: f"{value:.4f}" for name, value in zip(names, part, strict=True)},
                "model_version": model.version,
            }
            for pd, part in zip(pds, parts, strict=True)
        ]
        return _dumps({"predictions": rows})


def create_container(folder: Path, endpoint: str | None = None) -> Starlette:
    """The endpoint over a verified servable package.

    Args:
        folder: the package; every hash in its manifest is checked before anything is served.
        endpoint: the name in `/endpoints/{name}/invocations`; None takes every name.

    Raises:
        CandorError: the folder holds no package, or one that was changed.
    """
    from training.servable import load

    return serve_model(load(folder), endpoint)


def serve_model(model: ServableModel, endpoint: str | None = None) -> Starlette:
    """The endpoint over any servable model."""
    routes = _Routes(Scorer(model), endpoint)
    return Starlette(
        routes=[
            Route("/ping", routes.ping, methods=["GET"]),
            Route("/invocations", routes.invocations, methods=["POST"]),
            Route("/endpoints/{name}/invocations", routes.runtime, methods=["POST"]),
        ],
        exception_handlers={404: _no_route, 405: _no_route, Exception: _broken},
    )


def app() -> Starlette:
    """`uvicorn --factory serving.container:app`: the package named by SM_MODEL_DIR, which SageMaker sets."""
    return create_container(Path(os.environ.get("SM_MODEL_DIR", DEFAULT_FOLDER)))


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m serving.container serve`, as SageMaker starts an image; answers the exit code."""
    import argparse
    import sys

    import uvicorn

    parser = argparse.ArgumentParser(prog="candor-container", description="Serve one model package.")
    parser.add_argument("command", nargs="?", choices=["serve"], default="serve")
    parser.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR", DEFAULT_FOLDER), help="package folder")
    parser.add_argument("--host", default="0.0.0.0", help="address; SageMaker reaches the container from outside")  # noqa: S104
    parser.add_argument("--port", type=int, default=8080)
    wanted = parser.parse_args(arguments)
    try:
        endpoint = create_container(Path(wanted.model_dir))
    except CandorError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    uvicorn.run(endpoint, host=wanted.host, port=wanted.port, log_level="warning", access_log=False)
    return 0


class _Routes:
    """The endpoints over one scorer."""

    def __init__(self, scorer: Scorer, endpoint: str | None) -> None:
        self._scorer, self._endpoint = scorer, endpoint
        self._version = {"x-candor-model-version": scorer.model.version}

    async def ping(self, _: Request) -> Response:
        """Healthy: the model was loaded before the first request is taken."""
        return _reply(b"{}", headers=self._version)

    async def invocations(self, request: Request) -> Response:
        """Score a batch. 400, 406, 413, 415 or 422 say what is wrong with it; input never makes a 5xx."""
        try:
            batch = await self._read(request)
            rows = batch.rows
            body = (
                self._scorer.answer(batch)
                if rows <= INLINE_ROWS
                else await run_in_threadpool(self._scorer.answer, batch)
            )
        except CandorError as error:
            return _refusal(error)
        return _reply(body, headers=self._version)

    async def runtime(self, request: Request) -> Response:
        """The same by the path of the SageMaker Runtime API."""
        name = request.path_params["name"]
        if self._endpoint is not None and name != self._endpoint:
            found = f"Endpoint {name[:63]} of this account is not found; {self._endpoint} is served here."
            return _problem(404, "not_found", found)
        reply = await self.invocations(request)
        reply.headers["x-amzn-invoked-production-variant"] = "AllTraffic"
        return reply

    async def _read(self, request: Request) -> Batch:
        headers = request.headers
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in _READERS or headers.get("content-encoding", "identity").lower() != "identity":
            raise _HeaderError(415, "content-type", kind or "missing", " or ".join(_READERS))
        if not any(a in headers.get("accept", "*/*").lower() for a in ("*/*", "application/json", "application/*")):
            raise _HeaderError(406, "accept", headers["accept"], "application/json")
        body = await _bounded(request)
        reader = _READERS[kind]
        if len(body) > INLINE_ROWS * 1024:
            return await run_in_threadpool(reader, body, self._scorer.model.feature_set, MAX_BYTES)
        return reader(body, self._scorer.model.feature_set, MAX_BYTES)


class _HeaderError(InputError):
    def __init__(self, status: int, header: str, found: str, expected: str) -> None:
        super().__init__(
            f"{header} is {found[:60]}; expected {expected}",
            code="media_type", field=header, found=found[:60], expected=expected, do=f"Set the header {header}.",
        )  # fmt: skip
        self.status = status


async def _bounded(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise TooLarge(
                f"the body has more than {MAX_BYTES} bytes", field="body",
                found=f"over {MAX_BYTES} bytes", expected=f"at most {MAX_BYTES} bytes", do="Send fewer rows.",
            )  # fmt: skip
    return bytes(body)


def _refusal(error: CandorError) -> Response:
    status = getattr(error, "status", None) or next((s for kind, s in _STATUS if isinstance(error, kind)), 500)
    own = {k: v for k, v in error.as_dict().items() if k != "code"}
    return _problem(status, error.code, str(error), error.errors if isinstance(error, InvalidBody) else [own])


def _problem(status: int, code: str, detail: str, errors: list[dict[str, str]] | None = None) -> Response:
    body = {
        "type": f"urn:candor:problem:{code}",
        "status": status,
        "code": code,
        "detail": detail,
        "errors": errors or [],
    }
    return _reply(_dumps(body), status, "application/problem+json")


async def _no_route(_: Request, error: Exception) -> Response:
    status = int(getattr(error, "status_code", 404))
    reply = _problem(
        status, "not_found" if status == 404 else "method", "GET /ping and POST /invocations are served here."
    )
    reply.headers.update(getattr(error, "headers", None) or {})
    return reply


async def _broken(_: Request, __: Exception) -> Response:
    """What nobody foresaw: the server logs it, the caller learns nothing of the inside."""
    return _problem(500, "internal", "Something broke on our side.")


def _reply(
    body: bytes, status: int = 200, kind: str = "application/json", headers: dict[str, str] | None = None
) -> Response:
    return Response(body, status, headers, media_type=kind)


def _dumps(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


if __name__ == "__main__":
    raise SystemExit(main())
