"""For gunicorn: `gunicorn "console.wsgi:application()" --workers 1 --threads 8`."""

from __future__ import annotations

from flask import Flask


def application() -> Flask:
    """The console on the platform that the environment describes."""
    from console.app import create_app
    from serving.assembly import platform

    return create_app(platform()).server
