"""For gunicorn: `gunicorn "console.wsgi:application()" --workers 1 --threads 8`."""

from __future__ import annotations

from flask import Flask


def application() -> Flask:
    """The console on the platform that the environment describes."""
    from console.app import create_app
    from serving.assembly import platform

    place = platform()
    place.delivery.start()
    return create_app(place).server
