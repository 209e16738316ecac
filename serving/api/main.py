"""The process: `uvicorn --factory serving.api.main:app`."""

from __future__ import annotations

from fastapi import FastAPI


def app() -> FastAPI:
    """The API over the platform that the environment describes.

    Raises:
        InputError: a setting is unusable.
    """
    from serving.api.app import create_api
    from serving.assembly import platform
    from serving.telemetry import log_as_json

    log_as_json(("uvicorn", "uvicorn.error"))
    return create_api(platform(), deliver=True, lasting=True)
