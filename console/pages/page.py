"""What the console needs to know about a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from dash.development.base_component import Component

from console.access import Need, allowed
from console.callbacks import UndeclaredError
from lending.domain.roles import Role

_PART = re.compile(r"<([a-z_]+)>")


@dataclass(frozen=True, slots=True)
class Page:
    """A page with its address, permission, layout and callbacks."""

    path: str
    name: str
    permission: Need
    roles: frozenset[Role]
    layout: Callable[..., Component]
    blank: Callable[[], Component]
    callbacks: Sequence[Any]
    routes: Sequence[Callable[..., Any]] = ()

    def match(self, path: str) -> dict[str, str] | None:
        """The variable parts of an address that leads here; None when it does not."""
        pattern = _PART.sub(r"(?P<\1>[a-z0-9_-]{1,40})", self.path)
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found else None

    def open_to(self, role: Role) -> bool:
        """True when the role may see this page."""
        return role in self.roles and allowed(role, self.permission)


def page_of(module: ModuleType) -> Page:
    """The page a module defines.

    Raises:
        UndeclaredError: the module has no PERMISSION.
    """
    permission = getattr(module, "PERMISSION", None)
    if permission is None:
        raise UndeclaredError(f"page {module.__name__} declares no PERMISSION")
    roles = getattr(module, "ROLES", frozenset(Role))
    routes = getattr(module, "ROUTES", ())
    return Page(module.PATH, module.NAME, permission, roles, module.layout, module.blank, module.CALLBACKS, routes)


def find(pages: Sequence[Page], path: str, role: Role) -> tuple[Page, dict[str, str]] | None:
    """The page at an address if the role may see it; what is closed looks like what is not there."""
    for page in pages:
        parts = page.match(path)
        if parts is not None and page.open_to(role):
            return page, parts
    return None


def home_of(role: Role) -> str:
    """Where somebody arrives after signing in."""
    return "/" if role is Role.CUSTOMER else "/staff"
