"""Who may read the figures of a process: a scraper on this machine, or one that knows the token."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping

_OF_PROXIES = (
    "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-server", "x-real-ip",
    "x-client-ip", "true-client-ip", "cf-connecting-ip",
)  # fmt: skip
"""What proxies add: with any of them the caller is elsewhere, although its connection comes from this machine."""


def may_read_figures(client: str, headers: Mapping[str, str], token: str) -> bool:
    """True for a caller on this machine that no proxy stands in front of, and for one that sends the token.

    Args:
        client: address of whoever is connected.
        headers: of the request, by names in any case.
        token: `CANDOR_METRICS_TOKEN`; empty where there is none.
    """
    sent = headers.get("authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(sent.encode(), token.encode()):
        return True
    if any(name in headers for name in _OF_PROXIES):
        return False
    try:
        return ipaddress.ip_address(client).is_loopback
    except ValueError:
        return False
