"""The app: one table of routes behind one gate."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TextIO

from fastapi import Depends, FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from lending import __version__
from lending.domain.errors import CandorError
from serving.api import drift_shapes, lab_shapes, shapes, word_shapes
from serving.api.access import Guard, Open, access_of
from serving.api.account_table import account_table
from serving.api.application_table import application_table
from serving.api.chat_routes import ChatRoutes
from serving.api.docs import PROBLEM_BODY, Docs, request_body
from serving.api.document_table import document_table
from serving.api.drift_routes import DriftRoutes
from serving.api.gate import Gate
from serving.api.kpi_routes import KpiRoutes
from serving.api.kpi_shapes import Figures
from serving.api.lab_routes import LabRoutes
from serving.api.measured_table import measured_table
from serving.api.model_routes import ModelRoutes
from serving.api.model_shapes import Models
from serving.api.paper_routes import PaperRoutes
from serving.api.problems import problem, problem_of
from serving.api.records_table import records_table
from serving.api.routes import Routes
from serving.api.watch_table import watch_table
from serving.api.word_routes import WordRoutes
from serving.limits import Limiter, OpenStreams
from serving.telemetry import telemetry_of

if TYPE_CHECKING:
    from serving.assembly import Platform

PREFIX = "/api/v1"


def create_api(
    platform: Platform, log_to: TextIO | None = None, *, deliver: bool = False, lasting: bool = False
) -> FastAPI:
    """The REST interface over a platform.

    Args:
        platform: what the use cases need; its parts are opened when the server starts.
        log_to: where the log goes, one JSON object a line; default standard error.
        deliver: whether this process also delivers what the outbox holds.
        lasting: whether the process does nothing else until it ends: what stands when it begins to answer is then
            never looked through for garbage again, which would hold up answers.

    Raises:
        RuntimeError: a route does not say what it needs.
    """
    telemetry, limits = telemetry_of(platform, "api", log_to), platform.limits
    api = FastAPI(
        title="Candor",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(Guard(Limiter(limits.rates)))],
        lifespan=_lifespan(platform, deliver=deliver, lasting=lasting),
        exception_handlers={CandorError: _refused, HTTPException: _http_error},
    )
    _add_routes(api, platform, Routes(platform, telemetry.measures), OpenStreams(limits.streams))
    settings = platform.settings
    gate = Middleware(
        Gate,
        find_session=lambda token: platform.identity.session(token),
        public=public_paths(api),
        allowed_origins=settings.allowed_origins,
        https_only=settings.cookie_secure,
        telemetry=telemetry,
        body_seconds=limits.body_seconds,
    )
    api.user_middleware = [*_cross_origin(settings.allowed_origins), gate]
    return api


def public_paths(api: FastAPI) -> tuple[str, ...]:
    """Paths that answer without a session."""
    return tuple(r.path for r in api.routes if access_of(getattr(r, "endpoint", None)) is Open.PUBLIC)  # type: ignore[attr-defined]


def _add_routes(api: FastAPI, platform: Platform, routes: Routes, streams: OpenStreams) -> None:
    docs = Docs(api)
    _add(api, "POST", f"{PREFIX}/login", routes.login, shapes.SignedIn, "login")
    _add(api, "POST", f"{PREFIX}/logout", routes.logout, None)
    _add(api, "GET", f"{PREFIX}/me", routes.me, shapes.Me)
    _add(api, "GET", f"{PREFIX}/loans/personalized", routes.personalized, shapes.Personalized)
    _add(api, "POST", f"{PREFIX}/loans/predict", routes.predict, shapes.Quote, "predict")
    _add(api, "GET", f"{PREFIX}/loans/surface", routes.surface, shapes.Surface)
    _add(api, "POST", f"{PREFIX}/loans/customize", routes.customize, shapes.Customized, "predict")
    _add(api, "GET", f"{PREFIX}/decisions/{{decision_id}}", routes.decision, shapes.Recorded)
    _add_papers(api, PaperRoutes(platform))
    _add_words(api, WordRoutes(platform, streams))
    for method, path, endpoint, shape, body in application_table(platform, PREFIX):
        _add(api, method, path, endpoint, shape, body)
    for method, path, endpoint, answer, body, kind in document_table(platform, PREFIX):
        _add(api, method, path, endpoint, answer, body, kind=kind)
    for method, path, endpoint, answer, body, kind in account_table(platform, PREFIX):
        _add(api, method, path, endpoint, answer, body, kind=kind)
    for method, path, endpoint, shape in measured_table(platform, PREFIX):
        _add(api, method, path, endpoint, shape)
    drift = DriftRoutes(platform)
    _add(api, "GET", f"{PREFIX}/staff/drift", drift.drift, drift_shapes.Drift)
    _add(api, "GET", f"{PREFIX}/staff/alarms", drift.alarms, drift_shapes.StaffAlarms)
    _add(api, "GET", f"{PREFIX}/staff/kpis", KpiRoutes(platform).kpis, Figures)
    _add(api, "GET", f"{PREFIX}/staff/models", ModelRoutes(platform).models, Models)
    lab = LabRoutes(platform)
    _add(api, "GET", f"{PREFIX}/staff/lab", lab.lab, lab_shapes.PolicyLab)
    _add(api, "GET", f"{PREFIX}/staff/lab/{{draft_id}}", lab.draft, lab_shapes.DraftWithResult)
    for method, path, endpoint, shape in watch_table(platform, PREFIX):
        _add(api, method, path, endpoint, shape)
    for method, path, endpoint, answer in records_table(platform, PREFIX):
        _add(api, method, path, endpoint, answer)
    chat = ChatRoutes(platform, streams)
    _add(api, "POST", f"{PREFIX}/chat", chat.chat, None, "chat", kind="text/event-stream")
    _add(api, "GET", f"{PREFIX}/conversations/{{conversation_id}}", chat.conversation, shapes.Talked)
    _add(api, "GET", "/healthz", routes.healthz, shapes.Health)
    _add(api, "GET", "/readyz", routes.readyz, shapes.Ready)
    _add(api, "GET", "/metrics", routes.metrics, None, shown=False)
    _add(api, "GET", "/openapi.json", docs.schema, None, shown=False)
    _add(api, "GET", "/docs", docs.page, None, shown=False)


def _add_words(api: FastAPI, words: WordRoutes) -> None:
    explanation = f"{PREFIX}/decisions/{{decision_id}}/explanation"
    _add(api, "GET", explanation, words.explanation, word_shapes.Explanation)
    _add(api, "POST", f"{PREFIX}/loans/advise", words.advise, word_shapes.Advice, "advise")
    _add(api, "POST", f"{PREFIX}/feedback", words.feedback, word_shapes.FeedbackTaken, "feedback")


def _add_papers(api: FastAPI, papers: PaperRoutes) -> None:
    offer, decision = f"{PREFIX}/offers/{{offer_id}}", f"{PREFIX}/decisions/{{decision_id}}"
    for path, endpoint, kind in (
        (f"{offer}/disclosure", papers.disclosure, "text/html"),
        (f"{offer}/disclosure.pdf", papers.disclosure_pdf, "application/pdf"),
        (f"{decision}/notice", papers.notice, "text/html"),
        (f"{decision}/notice.pdf", papers.notice_pdf, "application/pdf"),
    ):
        _add(api, "GET", path, endpoint, None, kind=kind)


def _add(
    api: FastAPI, method: str, path: str, endpoint: Callable[..., Any], shape: type | None, body: str = "", *,
    shown: bool = True, kind: str = "",
) -> None:  # fmt: skip
    """Register one route; its answer is documented by `shape`, or by `kind`: media types with commas between."""
    if access_of(endpoint) is None:
        raise RuntimeError(f"{method} {path} does not say what it needs; put @needs(...) above it")
    status: int = 200 if shape or kind or not shown else 204
    refusals: dict[int | str, dict[str, Any]] = {c: {"description": w, **PROBLEM_BODY} for c, w in _REFUSALS.items()}
    answer: dict[str, Any] = (
        {"model": shape} if shape else {"content": {one: {} for one in kind.split(", ")}} if kind else {}
    )
    if path == "/readyz":
        refusals[503] = {"model": shapes.Ready, "description": "The database is down"}
    api.add_api_route(
        path, endpoint, methods=[method], status_code=status, response_model=None, response_class=Response,
        responses={status: {"description": "Done", **answer}, **refusals}, include_in_schema=shown,
        openapi_extra=request_body(body) if body else None,
    )  # fmt: skip


_REFUSALS: dict[int | str, str] = {
    400: "The body is not strict JSON, or a header is missing",
    401: "Not signed in",
    403: "Not for your role, or from another site",
    404: "Not there, or not yours",
    408: "The body did not come in time",
    409: "The record was changed",
    413: "Too large",
    415: "Not sent as JSON",
    422: "Out of contract; `errors` names every field",
    429: "Too many tries; see Retry-After",
    503: "A dependency is down",
}


def _cross_origin(origins: tuple[str, ...]) -> list[Middleware]:
    """CORS is closed unless the setting lists origins."""
    if not origins:
        return []
    headers = ["Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID", "traceparent"]
    return [
        Middleware(
            CORSMiddleware, allow_origins=list(origins), allow_credentials=True, allow_headers=headers,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            expose_headers=["X-Request-ID", "Retry-After", "Idempotent-Replayed"],
        )
    ]  # fmt: skip


def _lifespan(platform: Platform, *, deliver: bool, lasting: bool) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def open_parts(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(_open, platform)
        if deliver:
            platform.delivery.start()
            platform.counting.start()
        if lasting:
            gc.collect()
            gc.freeze()
        yield
        if deliver:
            await run_in_threadpool(platform.delivery.stop)
            await run_in_threadpool(platform.counting.stop)

    return open_parts


def _open(platform: Platform) -> None:
    """Build the parts before the first request, so that two threads never build one at a time."""
    parts = (platform.identity, platform.quotes, platform.catalogue)
    assert all(parts)  # noqa: S101 - building them is the point
    platform.champion.current()


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, CandorError)  # noqa: S101 - registered for this class
    return problem_of(error, request.scope["candor"].request_id)


async def _http_error(request: Request, error: Exception) -> Response:
    """What the router itself refuses: unknown path, wrong method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    code = {404: "not_found", 405: "method"}.get(error.status_code, "http")
    texts = {404: "There is nothing at this address.", 405: "This address does not take this method."}
    detail = texts.get(error.status_code, error.detail)
    return problem(error.status_code, code, detail, request.scope["candor"].request_id, headers=error.headers)
