"""What runs about models leave behind for people: one page of markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_VERDICTS = {
    "cannot_tell": "cannot tell who approves more", "more": "approves more", "fewer": "approves fewer",
    "uneven": "the split is not as planned",
}  # fmt: skip


def route_summary(done: Mapping[str, Any]) -> str:
    """Markdown of who decides and who stands beside."""
    lines = [f"# Models of {done['data']}", "", f"* champion: `{done['champion'] or 'none'}`"]
    for role in ("challenger", "shadow"):
        one = done[role]
        share = f" for {one['share']} of the applicants" if one and one["share"] else ""
        lines.append(f"* {role}: " + (f"`{one['version']}`{share}" if one else "none"))
    return "\n".join(lines) + "\n"


def deployment_summary(done: Mapping[str, Any]) -> str:
    """Markdown of what answers behind an endpoint, what watched it, and what it was asked."""
    lines = [f"# {done['endpoint']} ({done['target']})", "", f"* answers as `{done['version']}`: {done['why']}"]
    for alarm in done["alarms"]:
        found = "no figure yet" if alarm["found"] is None else f"{alarm['found']:.4g}"
        lines.append(f"* {alarm['measure']} of `{alarm['variant']}`: {found}, limit {alarm['limit']:g}")
    smoke = done["smoke"]
    lines.append(f"* {smoke['rows']} pinned rows answered as in process, largest difference {smoke['gap']:.1g}")
    return "\n".join(lines) + "\n"


def comparison_summary(scored: Mapping[str, int], found: Mapping[str, Any] | None) -> str:
    """Markdown of how many decisions were scored and what the comparison says."""
    if found is None:
        return "# Models compared\n\nNothing stands beside the champion.\n"
    counts = ", ".join(f"{role} {count}" for role, count in scored.items()) or "none"
    rows = [
        f"* `{one['version']}` ({one['role']}) on {one['applicants']} applicants: {_VERDICTS[one['verdict']]}"
        for one in found["beside"]
    ]
    return f"# Models compared\n\nNewly scored decisions: {counts}.\n\n" + "\n".join(rows) + "\n"
