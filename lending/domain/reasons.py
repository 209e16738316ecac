"""Principal reasons: at most four, specific, from what actually drove the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lending.domain.application import Outcome
from lending.domain.eligibility import Finding
from lending.domain.policy import Wording

MOST_REASONS = 4
PERSON_NEEDED = "person_needed"
NO_MODEL = "no_model"
_MODEL_DRIVEN = frozenset({"required_rate", "pd_12m"})


@dataclass(frozen=True, slots=True)
class Reason:
    """One principal reason, the most important first; `text` is in the customer's words."""

    code: str
    rank: int
    field: str
    text: str

    def as_dict(self) -> dict[str, str | int]:
        """JSON-ready for results; the record keeps the rank as text."""
        return {"code": self.code, "rank": self.rank, "field": self.field, "text": self.text}


def reasons_for(
    outcome: Outcome, findings: Sequence[Finding], contributions: Sequence[tuple[str, Decimal]], wording: Wording
) -> tuple[Reason, ...]:
    """Reasons for a decline or a referral; none for an approval.

    A failed rule is its own reason; where the score or its price failed, the features that raised the risk most are.
    A failed confidential rule (screening) is never named: then the one reason is that a person has to look.
    """
    failed = [f for f in findings if not f.passed]
    if any(f.confidential for f in failed):
        return _worded([(PERSON_NEEDED, "")], wording)
    found: list[tuple[str, str]] = []
    for finding in sorted((f for f in failed if f.outcome == outcome), key=_model_last):
        if finding.field in _MODEL_DRIVEN:
            found += _drivers(contributions, wording) or [(finding.reason, finding.field)]
        else:
            found.append((finding.reason, finding.field))
    return _worded(found, wording)


def no_model_reason(wording: Wording) -> tuple[Reason, ...]:
    """The one reason while no champion decides."""
    return _worded([(NO_MODEL, "")], wording)


def _model_last(finding: Finding) -> bool:
    return finding.field in _MODEL_DRIVEN


def _drivers(contributions: Sequence[tuple[str, Decimal]], wording: Wording) -> list[tuple[str, str]]:
    """Features that raised the risk, strongest first, as the reasons they stand for."""
    raising = sorted((c for c in contributions if c[1] > 0), key=lambda c: (-c[1], c[0]))
    return [(wording.features[name], name) for name, _ in raising if name in wording.features]


def _worded(codes: Sequence[tuple[str, str]], wording: Wording) -> tuple[Reason, ...]:
    first: dict[str, str] = {}
    for code, field in codes:
        first.setdefault(code if code in wording.reasons else "missing_information", field)
    kept = list(first.items())[:MOST_REASONS]
    return tuple(
        Reason(code, n, field, wording.reasons[code].customer) for n, (code, field) in enumerate(kept, start=1)
    )
