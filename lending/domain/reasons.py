"""Principal reasons: at most four, specific, from what actually drove the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lending.domain.application import Assessment, Outcome, Person
from lending.domain.eligibility import Finding, thin_files
from lending.domain.policy import MODEL_DRIVEN, Wording

MOST_REASONS = 4
PERSON_NEEDED = "person_needed"
NO_MODEL = "no_model"
CO_APPLICANT_RECORD = "co_applicant_record"
"""All that an applicant reads of a reason from the co-applicant's own record."""
_SCORE = "credit_score"
_NOTHING = Decimal(0)
_Cause = tuple[str, str, Person]


@dataclass(frozen=True, slots=True)
class Reason:
    """One principal reason, the most important first; `text` is in the words for whom it is about.

    `person` says from whose record it comes: the co-applicant's reasons are theirs to read.
    """

    code: str
    rank: int
    field: str
    text: str
    person: Person = "applicant"

    def as_dict(self) -> dict[str, str | int]:
        """JSON-ready for results; the record keeps the rank as text."""
        return {"code": self.code, "rank": self.rank, "field": self.field, "text": self.text, "person": self.person}


def reasons_for(
    outcome: Outcome, findings: Sequence[Finding], assessment: Assessment | None, wording: Wording
) -> tuple[Reason, ...]:
    """Reasons for a decline or a referral; none for an approval.

    A failed rule is its own reason; where the score or its price failed, the features that raised the risk most are.
    A failed confidential rule (screening) is never named: then the one reason is that a person has to look.
    """
    failed = [f for f in findings if not f.passed]
    if not failed:
        return ()
    if any(f.confidential for f in failed):
        return _worded([(PERSON_NEEDED, "", "applicant")], wording)
    found: list[_Cause] = []
    thin = thin_files(failed)
    for finding in sorted((f for f in failed if f.outcome == outcome), key=_model_last):
        if finding.field in MODEL_DRIVEN and finding.person in thin:
            continue  # that the score is missing is the reason
        if finding.field in MODEL_DRIVEN:  # its reasons are what drove the word
            found += _drivers(assessment, wording) or [(finding.reason, finding.field, finding.person)]
        else:
            found.append((finding.reason, finding.field, finding.person))
    for finding in failed:
        # A score below a minimum is no specific reason by itself (12 CFR 1002.9(b)(2)): say what is behind it too.
        if finding.field == _SCORE and finding.value is not None and finding.outcome == outcome:
            behind = _drivers(_word_about(finding.person, assessment), wording)
            found += [cause for cause in behind if cause[1] != _SCORE]
    return _worded(found, wording)


def no_model_reason(wording: Wording) -> tuple[Reason, ...]:
    """The one reason while no champion decides."""
    return _worded([(NO_MODEL, "", "applicant")], wording)


def _model_last(finding: Finding) -> bool:
    return finding.field in MODEL_DRIVEN


def _word_about(person: Person, assessment: Assessment | None) -> Assessment | None:
    words = (assessment, assessment.other if assessment else None)
    return next((word for word in words if word is not None and word.person == person), None)


def _drivers(assessment: Assessment | None, wording: Wording) -> list[_Cause]:
    """Features that raised the risk against the model's stated reference, strongest first, as what they stand for."""
    if assessment is None:
        return []
    strongest_first = sorted([(-value, name) for name, value in assessment.contributions if value > _NOTHING])
    known = wording.features
    return [(known[name], name, assessment.person) for _, name in strongest_first if name in known]


def _worded(causes: Sequence[_Cause], wording: Wording) -> tuple[Reason, ...]:
    first: dict[tuple[str, Person], str] = {}
    for code, field, person in causes:
        known = code if code in wording.reasons else "missing_information"
        first.setdefault((known, person), field)
    kept = list(first.items())[:MOST_REASONS]
    return tuple(
        Reason(code, n, field, wording.reasons[code].customer, person)
        for n, ((code, person), field) in enumerate(kept, start=1)
    )
