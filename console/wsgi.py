"""For gunicorn, which `console.worker` tells how."""

from __future__ import annotations

import logging
from contextlib import suppress
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING

from flask import Flask

from lending.domain.errors import CandorError

if TYPE_CHECKING:
    from serving.assembly import Platform

_log = logging.getLogger("candor.console")
_LOOKED_UP = ("numpy", "pandas", "PIL.Image")


def application() -> Flask:
    """The console on the platform that the environment describes."""
    from console.app import create_app
    from serving.assembly import platform
    from serving.telemetry import log_as_json

    log_as_json(("gunicorn.error",))
    place = platform()
    # Each answer of Dash looks these up among the loaded modules; half loaded by another thread, they break it.
    for name in _LOOKED_UP:
        with suppress(ImportError):
            import_module(name)
    place.delivery.start()
    place.counting.start()
    Thread(target=_warm, args=(place,), name="warm", daemon=True).start()
    return create_app(place).server


def _warm(place: Platform) -> None:
    """Load the model and its libraries, which take seconds, before the first customer waits for them."""
    try:
        place.champion.current()
    except CandorError as error:  # the page that needs it says so
        _log.warning("warm error=%s", error.code)
