"""Headers on every answer: what the browser may load, who may frame us, what may be kept."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, request
from werkzeug.wrappers import Response

from console.gate import PUBLIC_FILES

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # `no-referrer` would make browsers send `Origin: null` with our own forms, which the gate refuses.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


def content_policy(script_hashes: Sequence[str]) -> str:
    """The content security policy: everything from this origin; inline styles, but no inline script without hash."""
    return "; ".join(
        [
            "default-src 'self'",
            " ".join(["script-src 'self'", *script_hashes]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


def add_headers(server: Flask, script_hashes: Sequence[str], *, over_tls: bool) -> None:
    """Set the headers on every answer, errors included."""
    policy = content_policy(script_hashes)

    @server.after_request
    def set_headers(response: Response) -> Response:
        response.headers.update(_FIXED)
        response.headers.setdefault("Content-Security-Policy", policy)  # a letter brings its own
        response.headers["Cache-Control"] = _caching(response.status_code)
        if over_tls:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        response.headers.pop("Server", None)
        return response


def _caching(status: int) -> str:
    if request.path in PUBLIC_FILES:
        return "public, no-cache"
    if request.path.startswith("/_dash-component-suites/") and status == 200:
        return "private, max-age=31536000, immutable"  # the address holds version and time
    if request.path.startswith("/assets/"):
        return "private, no-cache"
    return "no-store"
