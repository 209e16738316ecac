"""What a rule found: value, limit, and whether it passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.aria import aria
from serving.formats import Formats

_OPERATORS = {"at_least": "at least", "at_most": "at most", "none_of": "not"}
_FIELDS = {
    "age_years": "Age", "amount": "Amount", "co_applicant": "Somebody signs with you",
    "collateral_kind": "What secures the loan", "collateral_value": "Value of what secures the loan",
    "credit_score": "Credit score", "documents": "Documents we have", "dti": "Debt payments with this loan, of income",
    "dti_stressed": "The same if rates rose", "employment_months": "Time in your work",
    "employment_status": "Kind of work", "foir": "Fixed costs with this loan, of take-home income",
    "counted_income": "Monthly income that counts", "ltv": "Loan, of the value that secures it",
    "pd_12m": "Risk that the loan is not repaid, within a year", "required_rate": "Rate this loan needs",
    "term_months": "Time to repay",
}  # fmt: skip


def closing_reason(finding: Mapping[str, Any], formats: Formats) -> Component:
    """Why a loan type is closed: the rule in words, the value found and the limit."""
    return html.Li(
        [
            html.Span(finding.get("text") or rule_words(finding), className="reason-text"),
            html.Span(
                [
                    "Found: ", html.B(formats.quantity(finding.get("value"), finding.get("unit") or "")),
                    ". Needed: ", html.B(limit_words(finding, formats)), ".",
                ],
                className="found",
            ),
        ]
    )  # fmt: skip


def findings_panel(findings: Sequence[Mapping[str, Any]], formats: Formats) -> Component:
    """Everything that was checked, folded away until asked for."""
    return html.Details(
        [
            html.Summary(f"What we checked ({len(findings)})"),
            html.Ul([_line(finding, formats) for finding in findings], className="checks"),
        ],
        className="card fold",
    )


def rule_words(finding: Mapping[str, Any]) -> str:
    """What a rule looks at, in words."""
    name = str(finding["field"])
    return _FIELDS.get(name, name.replace("_", " ").capitalize())


def limit_words(finding: Mapping[str, Any], formats: Formats) -> str:
    """The limit with its direction: `at least $3,000`."""
    limit = formats.quantity(finding.get("limit"), finding.get("unit") or "")
    direction = _OPERATORS.get(str(finding.get("operator") or ""), "")
    return f"{direction} {limit}".strip()


def _line(finding: Mapping[str, Any], formats: Formats) -> Component:
    passed = bool(finding.get("passed"))
    value = formats.quantity(finding.get("value"), finding.get("unit") or "")
    return html.Li(
        [
            html.Span("✓" if passed else "✕", className="mark", **aria(hidden="true")),
            html.Span([
                html.Span(rule_words(finding), className="check-name"),
                html.Span(f"Found: {value}. Needed: {limit_words(finding, formats)}.", className="found"),
            ]),
            html.Span("Passed" if passed else "Not passed", className="verdict"),
        ],
        className="passed" if passed else "missed",
    )  # fmt: skip
