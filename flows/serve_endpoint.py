"""The model endpoint as a process: which package it serves, and uvicorn around it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from lending.domain.errors import NotFoundError
from lending.settings import load_settings


def serve_package(model_dir: Path | None, host: str, port: int) -> int:
    """Serve a servable package until stopped; answers the exit code.

    Args:
        model_dir: package folder; None means `SM_MODEL_DIR` when set, else the portfolio's champion.
        host: address to listen on.
        port: and its port.

    Raises:
        NotFoundError: there is no package.
        UnavailableError: the port is taken.
    """
    import uvicorn

    from flows.up_ports import claim
    from serving.container import create_container

    claim("endpoint", host, port)
    app = create_container(model_dir or package_to_serve())
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, lifespan="auto")
    return 0


def package_to_serve() -> Path:
    """The folder named by `SM_MODEL_DIR`, as SageMaker sets it, else the champion of the portfolio."""
    if named := os.environ.get("SM_MODEL_DIR"):
        return Path(named)
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
