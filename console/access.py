"""Who may open a page, call a callback or reach a route of the console."""

from __future__ import annotations

from typing import Final, Literal

from lending.domain.roles import Permission, Role, may

SIGNED_IN: Final = "signed_in"
"""Declared by parts that every signed-in role needs, such as the router."""

PUBLIC: Final = "public"
"""Declared by the sign-in page and the few files it is drawn with."""

Need = Permission | Literal["signed_in", "public"]
"""What a route, page or callback declares; nothing declared means it may not exist."""


def allowed(role: Role | None, need: Need) -> bool:
    """True when somebody with that role (None: nobody signed in) may use what declares `need`."""
    if need == PUBLIC:
        return True
    if role is None:
        return False
    return need == SIGNED_IN or may(role, Permission(need))
