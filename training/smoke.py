"""Whether an endpoint answers pinned rows as the package does that it is said to serve."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lending.domain.errors import RefusedError
from training.endpoint_ports import Endpoints, Wanted
from training.probes import probes
from training.servable import load
from training.servable.protocol import Columns


def smoke_test(endpoints: Endpoints, wanted: Wanted, rules: Mapping[str, Any]) -> dict[str, Any]:
    """Ask the endpoint pinned rows and compare with the package in process.

    Returns:
        `{rows, gap}`: how many rows, and the largest difference of a PD.

    Raises:
        RefusedError: it answers as another version, or another PD than the package.
        UnavailableError: it does not answer.
    """
    body, expected = pinned(wanted.folder, int(rules["smoke_rows"]))
    answer = endpoints.invoke(wanted.endpoint, body)
    try:
        rows = [(row["model_version"], float(row["pd"])) for row in answer["predictions"]]
        gap = max(abs(pd - want) for (_, pd), want in zip(rows, expected, strict=True))
    except (KeyError, TypeError, ValueError) as error:
        raise _wrong(wanted, f"an answer of another shape ({type(error).__name__})") from None
    if strange := {version for version, _ in rows} - {wanted.version}:
        raise _wrong(wanted, f"as {', '.join(sorted(strange))}")
    if not gap <= float(rules["smoke_pd_gap_max"]) * (1 + 1e-6):
        raise _wrong(wanted, f"a PD that differs by {gap:g}")
    return {"rows": len(rows), "gap": gap}


def pinned(folder: Path, rows: int) -> tuple[bytes, list[float]]:
    """The body of a call with rows that look like the training loans, and the PD of each by the package itself."""
    model = load(folder)
    reference = json.loads((folder / "reference.json").read_text(encoding="utf-8"))
    columns = {name: column[:rows] for name, column in probes(reference, model.feature_set).items()}
    return as_body(columns), [float(pd) for pd in model.predict(columns)]


def as_body(columns: Columns) -> bytes:
    """Columns as the endpoint reads them, `{"columns": [...], "rows": [...]}`; what is missing is null."""
    cells = [[_plain(value) for value in column.tolist()] for column in columns.values()]
    rows = [list(row) for row in zip(*cells, strict=True)]
    return json.dumps({"columns": list(columns), "rows": rows, "contributions": False}).encode()


def _plain(value: Any) -> Any:
    return None if value is None or value != value else value


def _wrong(wanted: Wanted, found: str) -> RefusedError:
    return RefusedError(
        f"{wanted.endpoint} answers pinned rows wrongly: {found}", code="smoke", field="endpoint", found=found,
        expected=f"{wanted.version}, as its package in process",
        do="Deploy the version before at once: candor endpoint deploy VERSION.",
    )  # fmt: skip
