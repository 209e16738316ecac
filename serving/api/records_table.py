"""Addresses of the record, the register, flows and approvals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from serving.api import records_shapes as shapes
from serving.api.records_routes import RecordsRoutes

if TYPE_CHECKING:
    from serving.assembly import Platform

Row = tuple[str, str, Callable[..., Any], type]
"""Method, address, endpoint, shape of the answer."""


def records_table(platform: Platform, prefix: str) -> Iterator[Row]:
    """Every route about records and what is done by itself."""
    staff = RecordsRoutes(platform)
    yield "GET", f"{prefix}/staff/audit", staff.audit, shapes.Acts
    yield "GET", f"{prefix}/staff/trace/{{traced_id}}", staff.traced, shapes.Traced
    yield "GET", f"{prefix}/staff/register", staff.register, shapes.Versions
    yield "GET", f"{prefix}/staff/flows", staff.flows, shapes.Flows
    yield "GET", f"{prefix}/staff/approvals", staff.approvals, shapes.Approvals
