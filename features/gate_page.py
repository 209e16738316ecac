"""The gate's report as one page that needs nothing else: readable in a browser, an artifact or an archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_STYLE = """
:root{color-scheme:light dark;--line:#8886}
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}
caption{text-align:left;font-weight:600;padding:.5rem 0}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid var(--line)}
td{overflow-wrap:anywhere}
"""
_HEAD = ("Result", "Expectation", "Column", "Observed", "Limit", "What to do")


def gate_page(name: str, results: Sequence[Mapping[str, Any]], passed: bool) -> str:
    """HTML of a gate report; what failed stands first. All texts are escaped."""
    order = sorted(results, key=lambda r: (r["passed"], r["severity"] != "critical"))
    stopped = sum(1 for r in results if not r["passed"] and r["severity"] == "critical")
    verdict = "passed: training may go on" if passed else f"stopped: {stopped} critical checks failed"
    head = "".join(f"<th scope=col>{text}</th>" for text in _HEAD)
    rows = "".join(_row(r) for r in order)
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Data gate: {escape(name)}</title><style>{_STYLE}</style>"
        f"<h1>Data gate: {escape(name)}</h1><p><strong>{verdict}</strong></p>"
        f"<table><caption>{len(results)} checks</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        "</html>\n"
    )


def _row(row: Mapping[str, Any]) -> str:
    result = "held" if row["passed"] else ("stops training" if row["severity"] == "critical" else "look at it")
    cells = (result, row["expectation"], row["column"], row["observed"], row["limit"], row["detail"])
    return "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"
