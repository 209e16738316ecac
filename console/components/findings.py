"""What a rule found: value, limit, and whether it passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.format import Formats

_OPERATORS = {"<=": "at most", "<": "below", ">=": "at least", ">": "above", "==": "must be", "in": "one of",
              "at_most": "at most", "at_least": "at least", "not_in": "none of"}  # fmt: skip


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
    """The rule's id as words, for rules that have no text of their own."""
    return str(finding["rule"]).replace("_", " ").replace(".", " ").capitalize()


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
            html.Span("✓" if passed else "✕", className="mark", **{"aria-hidden": "true"}),
            html.Span([
                html.Span(finding.get("text") or rule_words(finding), className="check-name"),
                html.Span(f"Found {value}, needed {limit_words(finding, formats)}.", className="found"),
            ]),
            html.Span("Passed" if passed else "Not passed", className="verdict"),
        ],
        className="passed" if passed else "missed",
    )  # fmt: skip
