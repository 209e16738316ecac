"""The model endpoint as a process: which packages it serves, and uvicorn around it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from lending.domain.errors import NotFoundError
from lending.settings import load_settings

if TYPE_CHECKING:
    from serving.endpoint_http import App


_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - looked for, not listened on


def serve_package(model_dir: Path | None, host: str, port: int) -> int:
    """Serve the endpoints of this installation, or one package alone, until stopped; answers the exit code.

    Args:
        model_dir: package folder to serve alone; None means `SM_MODEL_DIR` when set, else what was deployed
            (`var/endpoints`) and, where nothing was, the portfolio's champion.
        host: address to listen on.
        port: and its port.

    Raises:
        NotFoundError: there is no package.
        UnavailableError: the port is taken.
    """
    import uvicorn

    from flows.up_ports import LOOPBACK, claim

    claim("endpoint", host, port)
    app = endpoint_app(model_dir or _named(), f"http://{LOOPBACK if host in _EVERYWHERE else host}:{port}")
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, lifespan="auto")
    return 0


def endpoint_app(model_dir: Path | None, url: str = "") -> App:
    """The application that is served; listening at `url`, it watches the canaries of this installation itself.

    Arguments and errors as `serve_package`.
    """
    from flows.endpoint_watch import EVERY_SECONDS, CanaryWatch
    from serving.assembly import platform
    from serving.background import Background
    from serving.twin import create_twin
    from serving.twin.live import Endpoints, OfPointer, of_folder

    place = platform()
    if model_dir is not None:
        return create_twin(Endpoints(None, of_folder(model_dir)), None, place.clock)
    endpoints = Endpoints(place.settings.var, OfPointer(place.champion.current))
    watch = Background("canaries", CanaryWatch(place, url).look, EVERY_SECONDS) if url else None
    app = create_twin(endpoints, place.objects, place.clock, watch)
    if not endpoints.all():
        place.champion.current()  # what is wrong with a champion that is there
        package_to_serve()
    return app


def package_to_serve() -> Path:
    """The folder named by `SM_MODEL_DIR`, as SageMaker sets it, else the champion of the portfolio."""
    if named := _named():
        return named
    settings = load_settings()
    pointer = champion_pointer(settings.var, settings.portfolio)
    try:
        folder = Path(json.loads(pointer.read_text(encoding="utf-8"))["folder"])
    except FileNotFoundError:
        raise NotFoundError(
            f"{settings.portfolio} has no champion yet, so there is no model to serve", code="no_champion",
            expected=str(pointer), do="Train and promote one: candor train, then candor promote.",
        ) from None  # fmt: skip
    return folder if folder.is_absolute() else pointer.parent / folder


def champion_pointer(var: Path, portfolio: str) -> Path:
    """The file that names the package in force, written by a promotion."""
    return var / "models" / portfolio / "champion.json"


def _named() -> Path | None:
    return Path(named) if (named := os.environ.get("SM_MODEL_DIR")) else None
