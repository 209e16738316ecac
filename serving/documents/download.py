"""How a file that a customer brought is handed out: saved under its name, never shown as a page of ours."""

from __future__ import annotations

import re
from urllib.parse import quote

_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
DOWNLOAD_POLICY = "sandbox; default-src 'none'"


def download_headers(name: str) -> dict[str, str]:
    """Headers of a file that a customer brought: saved under its name, not guessed at, and without any rights."""
    plain = _PLAIN.sub("_", name)[:100] or "paper"
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": DOWNLOAD_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
