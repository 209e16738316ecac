"""Addresses of what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from serving.api import measured_shapes as shapes
from serving.api.measured_routes import MeasuredRoutes

if TYPE_CHECKING:
    from serving.assembly import Platform

Row = tuple[str, str, Callable[..., Any], type]
"""Method, address, endpoint, shape of the answer."""


def measured_table(platform: Platform, prefix: str) -> Iterator[Row]:
    """Every route about measurements of the model and of groups."""
    staff = MeasuredRoutes(platform)
    yield "GET", f"{prefix}/staff/performance", staff.performance, shapes.Performance
    yield "GET", f"{prefix}/staff/fairness", staff.fairness, shapes.Fairness
