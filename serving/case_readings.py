"""What was read from a paper beside what the bank knows or the application says; for officers alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from lending.document_ports import PaperRow
from serving.documents.checking import Documents
from serving.documents.compare import Known, fits
from serving.documents.figures import Found

_YEAR = 12


def readings(documents: Documents, document_id: str) -> dict[str, Any]:
    """A paper as its officer sees it.

    Returns:
        What `Documents.for_staff` answers, with `rows`: `{figure, words, read, confidence, known, known_as, fits}` for
        each figure of its kind; `known` is None where there is nothing to compare with, `fits` None as well.

    Raises:
        NotFoundError: no such paper.
    """
    paper, row = documents.for_staff(document_id), documents.papers.get(document_id)
    return {**paper, "rows": _rows(documents, row)}


def _rows(documents: Documents, row: PaperRow) -> list[dict[str, Any]]:
    kind, (case, needed) = documents.rules.kinds.get(row.kind), documents.entry(row)
    if kind is None or needed is None:
        return []
    known = documents.cases.known(case, needed, day_first=documents.day_first)
    names, least = documents.rules.words["figure"], documents.rules.checks
    return [
        _row(name, figure.check, row.read.get(name), known, least) | {"words": names.get(name, name)}
        for name, figure in kind.figures.items()
    ]


def _row(
    name: str, check: str, read: Mapping[str, str] | None, known: Known, least: Mapping[str, Decimal]
) -> dict[str, Any]:
    what, _, field = check.partition(":")
    beside = _BESIDE.get(what, lambda known, field: None)(known, field)
    found = Found(read["value"], Decimal(read["confidence"])) if read else None
    same = fits(name, check, found, known, least) if found and beside is not None else None
    return {
        "figure": name, "read": found.value if found else None, "confidence": str(found.confidence) if found else None,
        "known": beside, "known_as": "stated" if what in ("stated", "security") else "record", "fits": same,
    }  # fmt: skip


def _income(known: Known, months: int) -> str | None:
    return None if known.income is None else str(known.income * months)


_BESIDE: Mapping[str, Callable[[Known, str], str | None]] = {
    "name": lambda known, _: known.name,
    "birth_date": lambda known, _: known.birth_date.isoformat(),
    "income": lambda known, _: _income(known, 1),
    "yearly_income": lambda known, _: _income(known, _YEAR),
    "stated": lambda known, field: known.stated.get(field),
    "security": lambda known, field: str(known.security[field]) if field in known.security else None,
}
