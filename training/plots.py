"""Pictures of a run, drawn from the numbers that the run keeps. Each title says what is to be seen.

Colours are of Okabe and Ito (2008), told apart by people who see few colours; shapes and words say the same again.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#6b6b6b"
SIZE, DOTS = (8.0, 5.2), 110

Draw = Callable[["Axes"], str]
"""Draws into axes and answers the title."""


def pictures(
    metrics: Mapping[str, Any], curves: Mapping[str, Any], candidates: Sequence[Mapping[str, Any]]
) -> dict[str, bytes]:
    """PNG files by name: roc, gains, calibration, scores and candidates; empty when the run kept no curves."""
    if not curves:
        return {}
    draws: dict[str, Draw] = {
        "roc.png": lambda axes: _roc(axes, curves["roc"], metrics["auc"]),
        "gains.png": lambda axes: _gains(axes, curves["gains"]),
        "calibration.png": lambda axes: _calibration(axes, curves["calibration"], metrics["ece"]),
        "scores.png": lambda axes: _scores(axes, curves["scores"], curves["cut"]),
        "candidates.png": lambda axes: _candidates(axes, [row for row in candidates if row.get("auc")]),
    }
    return {name: _png(draw) for name, draw in draws.items()}


def _png(draw: Draw) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, dpi=DOTS, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(draw(axes), loc="left", fontsize=13, wrap=True, pad=12)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=10.5)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_fontsize(11.5)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _roc(axes: Axes, points: Sequence[Mapping[str, float]], auc: Mapping[str, float]) -> str:
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="a coin")
    axes.plot([p["false"] for p in points], [p["true"] for p in points], color=BLUE, linewidth=2.2, label="this model")
    _square(axes, "share of good loans refused", "share of bad loans refused")
    axes.legend(loc="lower right", frameon=False, fontsize=11)
    words = f"AUC {auc['value']:.3f} ({auc['low']:.3f} to {auc['high']:.3f})"
    clear = "better than a coin" if auc["low"] > 0.5 else "not clearly better than a coin"
    return f"Ranks bad loans above good ones {clear}: {words}"


def _gains(axes: Axes, rows: Sequence[Mapping[str, float]]) -> str:
    share, caught = ([0.0, *(row[name] for row in rows)] for name in ("share", "caught"))
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="in no order")
    axes.plot(share, caught, color=BLUE, marker="o", linewidth=2.2, label="riskiest first")
    for row in rows[:5]:
        axes.annotate(f"lift {row['lift']:.1f}", (row["share"], row["caught"]), xytext=(8, -14),
                      textcoords="offset points", fontsize=10)  # fmt: skip
    _square(axes, "share of loans, riskiest first", "share of all bad loans among them")
    axes.legend(loc="lower right", frameon=False, fontsize=11)
    first = rows[0]
    return f"The riskiest {first['share']:.0%} of loans hold {first['caught']:.0%} of the bad ones"


def _calibration(axes: Axes, rows: Sequence[Mapping[str, float]], ece: Mapping[str, float]) -> str:
    promised, found = ([row[name] for row in rows] for name in ("predicted", "observed"))
    below = [row["observed"] - row["low"] for row in rows]
    above = [row["high"] - row["observed"] for row in rows]
    top = 1.06 * max([row["high"] for row in rows] + promised)
    axes.plot([0, top], [0, top], color=GREY, linestyle="--", label="promise kept")
    axes.errorbar(promised, found, yerr=[below, above], color=BLUE, fmt="o", capsize=4, linewidth=1.6,
                  label=f"a tenth of the loans each, about {rows[0]['count']}")  # fmt: skip
    axes.set(xlim=(0, top), ylim=(0, top), xlabel="promised chance of default", ylabel="found share of bad loans")
    axes.legend(loc="upper left", frameon=False, fontsize=11)
    kept = sum(row["low"] <= row["predicted"] <= row["high"] for row in rows)
    return (
        f"In {kept} of {len(rows)} bins the promise lies within the interval of what was found; ECE {ece['value']:.4f}"
    )


def _scores(axes: Axes, scores: Mapping[str, Sequence[float]], cut: float) -> str:
    edges = scores["edges"]
    for name, colour, style in (("good", BLUE, "-"), ("bad", ORANGE, "--")):
        total = max(sum(scores[name]), 1)
        axes.stairs([count / total for count in scores[name]], edges, color=colour, linestyle=style, linewidth=2.0,
                    label=f"{name} loans ({total:,})")  # fmt: skip
    axes.axvline(cut, color=GREY, linestyle=":", label=f"cut {cut:.3f}")
    axes.set(xlabel="promised chance of default (the last bin holds all above)", ylabel="share of these loans")
    axes.set_xlim(0, edges[-1])
    axes.legend(frameon=False, fontsize=11)
    return f"Good and bad loans overlap; at a cut of {cut:.3f} as many are refused as turn out bad"


def _candidates(axes: Axes, rows: Sequence[Mapping[str, Any]]) -> str:
    from training.comparison_page import finding

    for place, row in enumerate(reversed(rows)):
        auc, chosen = row["auc"], row["chosen"]
        error = [[auc["value"] - auc["low"]], [auc["high"] - auc["value"]]]
        axes.errorbar([auc["value"]], [place], xerr=error, fmt="s" if chosen else "o", capsize=4, markersize=7,
                      color=BLUE if chosen else GREY, linewidth=1.8)  # fmt: skip
    names = [str(row["family"]).replace("_", " ") + (" (chosen)" if row["chosen"] else "") for row in reversed(rows)]
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="AUC on the same test loans, interval of 95 %", ylim=(-0.6, len(rows) - 0.4))
    return finding(rows)


def _square(axes: Axes, x: str, y: str) -> None:
    axes.set(xlim=(0, 1), ylim=(0, 1.01), xlabel=x, ylabel=y)
