"""The candidates of one run beside each other: a table, and one picture a figure, on a page that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from training.page import page, table
from training.traced import as_text

SHOWN = {
    "auc": ("Ranking power (AUC)", "higher is better"),
    "log_loss": ("Logarithmic loss", "lower is better"),
    "ece": ("Calibration error (ECE)", "lower is better; only the packaged model is calibrated"),
}
"""Figures that are drawn, with what to look for."""
LEFT, RIGHT, ROW, WIDTH = 250, 60, 30, 860

Row = Mapping[str, Any]


def comparison_page(data: str, candidates: Sequence[Row], why: str = "") -> str:
    """The page.

    Args:
        data: name of the data set.
        candidates: as in the train result, the chosen one first; a family that was left out has figures of None.
        why: the sentence that says why the chosen one was chosen.
    """
    tried = [row for row in candidates if row.get("auc")]
    left = [f"<li>{escape(_family(row))}: {escape(str(row.get('left_out')))}</li>" for row in candidates
            if not row.get("auc")]  # fmt: skip
    parts = [
        f"<p>{escape(finding(tried))}</p>",
        f"<p>Why: {escape(why)}.</p>" if why else "",
        *(_picture(tried, name) for name in SHOWN if tried and name in tried[0]),
        "<h2>All figures</h2>",
        _table(tried),
        f"<h2>Left out</h2><ul>{''.join(left)}</ul>" if left else "",
    ]
    return page(f"Candidates on {data}", "".join(parts))


def finding(tried: Sequence[Row]) -> str:
    """One sentence: who ranks best, and whether that is clear of the chosen one."""
    if not tried:
        return "No candidate was measured."
    best = max(tried, key=lambda row: row["auc"]["value"])
    chosen = next((row for row in tried if row["chosen"]), best)
    if best is chosen:
        return f"{_family(chosen).capitalize()} was chosen and ranks best, with an AUC of {as_text(chosen['auc'], 3)}."
    within = chosen["auc"]["low"] <= best["auc"]["value"] <= chosen["auc"]["high"]
    words = "within the chosen model's interval" if within else "above the chosen model's interval"
    return (
        f"{_family(chosen).capitalize()} was chosen, with an AUC of {as_text(chosen['auc'], 3)}. "
        f"{_family(best).capitalize()} reaches {best['auc']['value']:.3f}, {words}."
    )


def _family(row: Row) -> str:
    return str(row["family"]).replace("_", " ")


def _table(tried: Sequence[Row]) -> str:
    names = [n for n in ("auc", "ks", "brier", "log_loss", "ece") if tried and n in tried[0]]
    rows = [
        [escape(_family(row)), _mark(row), *(escape(as_text(row[name])) for name in names), _seconds(row)]
        for row in tried
    ]
    head = ["family", "use", *(name.replace("_", " ") for name in names), "seconds"]
    return table("On the same test loans; intervals of 95 %", head, rows)


def _mark(row: Row) -> str:
    if row["chosen"]:
        return '<strong class="good">chosen</strong>'
    return "may serve" if row["serves"] else "benchmark"


def _seconds(row: Row) -> str:
    return f"{row['seconds']:.1f}" if row.get("seconds") is not None else ""


def _picture(tried: Sequence[Row], name: str) -> str:
    """A dot and its interval for each family on one scale; shape and word, not colour alone, mark the chosen one."""
    title, hint = SHOWN[name]
    low, high = min(row[name]["low"] for row in tried), max(row[name]["high"] for row in tried)
    span = (high - low) or 1.0
    height = ROW * len(tried) + 40

    def across(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / span

    ticks = "".join(
        _tick(across(low + span * part), height - 30, low + span * part) for part in (0, 0.25, 0.5, 0.75, 1)
    )
    lines = "".join(_line(row, name, 20 + ROW * place, across) for place, row in enumerate(tried))
    label = "; ".join(f"{_family(row)} {as_text(row[name])}" for row in tried)
    return (
        f"<h2>{escape(title)}</h2><p class='muted'>{escape(hint)}</p>"
        f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img" aria-label="{escape(title)}: {escape(label)}">'
        f"{ticks}{lines}</svg>"
    )


def _tick(x: float, bottom: float, value: float) -> str:
    return (
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{bottom}"/>'
        f'<text class="muted" x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{value:.3f}</text>'
    )


def _line(row: Row, name: str, y: float, across: Any) -> str:
    kind = "chosen" if row["chosen"] else "mark"
    low, value, high = (across(row[name][end]) for end in ("low", "value", "high"))
    dot = (
        f'<rect class="{kind}" x="{value - 6:.1f}" y="{y - 6}" width="12" height="12"/>' if row["chosen"]
        else f'<circle class="{kind}" cx="{value:.1f}" cy="{y}" r="5"/>'
    )  # fmt: skip
    words = _family(row) + (" (chosen)" if row["chosen"] else "")
    return (
        f'<text x="{LEFT - 16}" y="{y + 5}" text-anchor="end">{escape(words)}</text>'
        f'<line class="{kind}" stroke-width="2" x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"/>{dot}'
    )
