"""Addresses that a visitor may be led to: pages of ours, never another site."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import request

from console.pages.page import Page, find
from lending.domain.roles import Role


def own_page(pages: Sequence[Page], wanted: str, role: Role) -> str | None:
    """The wanted address if it is a page of ours that the role may open, its query written anew; else None."""
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return None
    if parts.scheme or parts.netloc or not find(pages, parts.path, role):
        return None
    query = urlencode(parse_qsl(parts.query, max_num_fields=20)) if len(parts.query) <= 400 else ""
    return f"{parts.path}?{query}" if query else parts.path


def came_from() -> str:
    """The page of ours that sent this request, with its query; the start page when no such page is named."""
    sent_from, own = request.referrer or "", request.host_url
    rest = sent_from.removeprefix(own) if sent_from.startswith(own) else ""
    return "/" + rest.lstrip("/\\")
