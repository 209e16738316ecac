"""The quote results of a batch as JSON text: what its answers share is written once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from json import JSONEncoder
from json.encoder import encode_basestring_ascii

from lending.domain.application import Application, Assessment
from lending.domain.core_parts import NULL, but_its_value
from lending.domain.decision import Decision
from lending.domain.eligibility import Finding
from lending.domain.policy import Policy
from serving.shown import open_ways, reasons_part, shown_findings, terms_part

json_text: Callable[[object], str] = JSONEncoder(default=str, check_circular=False, separators=(",", ":")).encode
"""A value as a line of a batch holds it."""
_Key = tuple[object, ...]
_HERE = "\N{OBJECT REPLACEMENT CHARACTER} its value"
"""Where the value of a finding goes; no other text of a finding holds it."""


@dataclass(frozen=True, slots=True)
class ShownWords:
    """`serving.shown.result` as text, equal to `json_text` of it; lives as long as its batch, of one policy.

    A finding is held beside its text, so that no other one can take over the identity that finds it.
    """

    _findings: dict[int, tuple[Finding, str]] = field(default_factory=dict[int, tuple[Finding, str]])
    _around: dict[tuple[object, ...], tuple[str, str]] = field(
        default_factory=dict[tuple[object, ...], tuple[str, str]]
    )
    _ends: dict[tuple[object, ...], str] = field(default_factory=dict[tuple[object, ...], str])

    def result(
        self,
        application: Application,
        assessment: Assessment | None,
        decision: Decision,
        policy: Policy,
        day: date,
        decision_id: str,
    ) -> str:
        """The text of a quote result."""
        shown, known = shown_findings(application, decision, policy), self._findings
        ways = open_ways(shown, application, policy, day)
        begin = json_text(terms_part(application, assessment, decision, decision_id))
        findings = ",".join([(known.get(id(one)) or self._new(one))[1] for one in shown])
        return f'{begin[:-1]},"findings":[{findings}],{self._end(assessment, decision, policy, day, ways)}'

    def _new(self, finding: Finding) -> tuple[Finding, str]:
        """A finding with its text; what differs in its value alone is written nearly once."""
        key, value = but_its_value(finding), finding.value
        around = self._around.get(key)
        if around is None:
            before, _, after = json_text({**finding.as_dict(), "value": _HERE}).partition(json_text(_HERE))
            around = self._around[key] = before, after
        text = f"{around[0]}{NULL if value is None else encode_basestring_ascii(value)}{around[1]}"
        made = self._findings[id(finding)] = finding, text
        return made

    def _end(
        self, assessment: Assessment | None, decision: Decision, policy: Policy, day: date, ways: tuple[str, ...]
    ) -> str:
        valid = decision.terms.valid_until if decision.terms else None
        model = assessment.model_version if assessment else None
        key = (decision.reasons, ways, decision.conditions, model, day, valid)
        known = self._ends.get(key)
        if known is None:
            known = self._ends[key] = json_text(reasons_part(assessment, decision, policy, day, ways))[1:]
        return known
