"""What a reader sees of a component, for tests of pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dash.development.base_component import Component


def parts_of(component: Any) -> Iterator[Any]:
    """A component and everything inside it, outermost first."""
    yield component
    for child in children_of(component):
        yield from parts_of(child)


def children_of(component: Any) -> list[Any]:
    """What stands directly inside a component."""
    held = getattr(component, "children", None) if isinstance(component, Component) else None
    return list(held) if isinstance(held, (list, tuple)) else [] if held is None else [held]


def text_of(component: Any) -> str:
    """Everything a reader sees, as one text."""
    return " ".join(str(part) for part in parts_of(component) if isinstance(part, (str, int)))
