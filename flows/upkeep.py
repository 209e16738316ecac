"""What keeps the house in order, as plain functions: chains are walked, runs that failed are told to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lending.domain.errors import RefusedError

KIND, DATA = "flows", "flows"
_WORDS = 300
"""Characters of a run's last words."""


def walk_chains(*, whole: bool = False) -> list[dict[str, Any]]:
    """Walk what is new of both chains, or all; `{chain, entries, broken}` each."""
    from serving.assembly import platform

    found = platform().audit_book.check(whole=whole)
    return [{"chain": one.chain, "entries": one.entries, "broken": one.broken} for one in found]


def chains_summary(found: Sequence[Mapping[str, Any]]) -> str:
    """Markdown of a walk."""
    rows = "".join(f"| {one['chain']} | {one['entries']} | {one['broken'] or 'whole'} |\n" for one in found)
    return f"# Chains of hashes\n\n| chain | entries | state |\n| --- | --- | --- |\n{rows}"


def stop_when_broken(found: Sequence[Mapping[str, Any]]) -> None:
    """Raise RefusedError naming the chains that do not hold; nothing when all do."""
    broken = [f"{one['chain']}: {one['broken']}" for one in found if one["broken"]]
    if broken:
        raise RefusedError(
            f"records were changed: {'; '.join(broken)}", code="tampered", field="chains", found="; ".join(broken),
            expected="chains that hold", do="Look at the alarm; restore what is missing from a backup.",
        )  # fmt: skip


def ring_failure(flow: str, run_id: str, state: str, message: str) -> dict[str, Any]:
    """Open or extend the alarm of a flow whose run ended badly; answers its id and what was done."""
    from serving.alarms import Raised
    from serving.assembly import platform

    place = platform()
    day = place.clock.now().date().isoformat()
    said = f": {message[:_WORDS]}" if message else ""
    cause = f"a run of {flow} {state.lower()}{said}"
    rung = place.alarm_desk.raise_(KIND, DATA, Raised(flow, "failed", cause, day, day, (flow,), {"run_id": run_id}))
    return {"alarm": rung.row.alarm_id, "act": rung.act}
