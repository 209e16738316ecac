"""The validation dossier: what a validator needs to know about one model, every figure traced to the card of its run.

Its chapters are the points of Annex IV of Regulation (EU) 2024/1689 (technical documentation of high-risk systems). It
is written from `card.json` alone, so the same card gives the same dossier. It helps whoever must draw up that
documentation; it is not that documentation, and no claim of conformity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from training.dossier_blocks import Block, Chapter, Items, Rows, Text, as_html, as_markdown
from training.traced import Traced, as_text

ANNEX_IV = (
    "A general description of the AI system",
    "A detailed description of the elements of the AI system and of the process for its development",
    "Detailed information about the monitoring, functioning and control of the AI system",
    "A description of the appropriateness of the performance metrics for the specific AI system",
    "A detailed description of the risk management system in accordance with Article 9",
    "A description of relevant changes made by the provider to the system through its lifecycle",
    "A list of the harmonised standards applied in full or in part",
    "A copy of the EU declaration of conformity referred to in Article 47",
    "A detailed description of the system in place to evaluate the AI system performance in the post-market phase in "
    "accordance with Article 72",
)
"""Headings of the nine points of Annex IV."""
NOT_HERE = "Not part of a training run: to be added by whoever places the system on the market."
MONITORED = (
    "`reference.json` of the package holds bins and counts of the training loans; monitoring compares what arrives "
    "with them, and found default rates with promised ones once outcomes are known."
)
INTENDED = (
    "The model estimates the chance that a loan turns bad within {months} months of its decision. It is one input of a "
    "lending decision, after the rules of eligibility and before price and affordability; it never decides alone."
)


def dossier(card: Mapping[str, Any], approvals: Sequence[Mapping[str, Any]] = ()) -> tuple[str, str]:
    """The dossier as Markdown and as one self-contained page.

    Args:
        card: `card.json` of a package.
        approvals: `{version, approver, reason, approved_at, override}` of the model's promotions, where known.
    """
    traced = Traced(card)
    title = f"Validation dossier: probability of default on {card['data']}"
    chapters = [
        Chapter(f"{number}. {heading}", blocks)
        for number, (heading, blocks) in enumerate(zip(ANNEX_IV, _chapters(traced, approvals), strict=True), start=1)
    ]
    return as_markdown(title, chapters, traced), as_html(title, chapters, traced)


def _chapters(t: Traced, approvals: Sequence[Mapping[str, Any]]) -> list[list[Block]]:
    return [
        [*_purpose(t), *_data(t)], [*_features(t), *_candidates(t)], [*_control(t), *_reasons(t), *_plans(t)],
        [*_metrics(t), *_calibration(t), *_slices(t)], [*_gates(t), *_fairness(t), *_fairer(t), *_limits(t)],
        _approvals(approvals), [Text(NOT_HERE)], [Text(NOT_HERE)], [Text(MONITORED)],
    ]  # fmt: skip


def _purpose(t: Traced) -> list[Block]:
    months = t.card["parameters"]["horizon_months"]
    rows = [(name, path) for name, path in (("family", "family"), ("data", "data"),
            ("horizon, months", "parameters/horizon_months"), ("seed", "parameters/seed"))]  # fmt: skip
    return [
        Text(INTENDED.format(months=months)),
        Rows("What it is", ("fact", "value"), [[name, t.figure(path)] for name, path in rows]),
        Rows("Where it came from", ("source", "value"), _flat(t, "sources")),
    ]


def _data(t: Traced) -> list[Block]:
    parts = ("train_rows", "test_rows", "split")
    rows: list[Sequence[Any]] = [[name, t.figure(f"parameters/{name}")] for name in parts]
    rows += _flat(t, "window")
    warned = [[t.figure(f"warnings/{n}/kind"), t.figure(f"warnings/{n}/column"), t.figure(f"warnings/{n}/detail")]
              for n in range(len(t.card["warnings"]))]  # fmt: skip
    left = [t.figure(f"left_out/{n}") for n in range(len(t.card["left_out"]))]
    return [
        Rows("Data window", ("fact", "value"), rows),
        Rows("Warnings of the data checks", ("kind", "column", "detail"), warned, "No warning."),
        Items("Columns left out as known only after the decision", left, "None was declared."),
    ]


def _features(t: Traced) -> list[Block]:
    names = ("name", "kept", "stability", "mutual_information", "importance")
    head = [n for n in names if t.card["selection"] and n in t.card["selection"][0]]
    selected = [[t.figure(f"selection/{n}/{name}") for name in head] for n in range(len(t.card["selection"]))]
    used = [[name, t.figure(f"features/{name}/kind"), t.figure(f"features/{name}/risk")] for name in t.card["features"]]
    return [
        Rows("Features of the model", ("feature", "kind", "direction of risk (1 riskier as it grows)"), used),
        Rows("How they were selected", [h.replace("_", " ") for h in head], selected, "All features were used."),
    ]


def _candidates(t: Traced) -> list[Block]:
    figures = [n for n in ("auc", "ks", "brier", "ece", "log_loss") if n in t.card["candidates"][0]]
    rows = [
        [t.figure(f"candidates/{n}/family"), t.figure(f"candidates/{n}/chosen"), t.figure(f"candidates/{n}/serves"),
         *(t.figure(f"candidates/{n}/{name}") for name in figures)]
        for n in range(len(t.card["candidates"]))
    ]  # fmt: skip
    head = ("family", "chosen", "may serve", *(name.replace("_", " ") for name in figures))
    why = [t.figure("choice/why")] if t.card["choice"].get("why") else []
    return [
        Rows("Candidates on the same test loans", head, rows),
        Items("Why this one", why, "Only one family was tried."),
        Rows("Settings", ("setting", "value"), _flat(t, "parameters")),
    ]


def _control(t: Traced) -> list[Block]:
    return [
        Text(
            "A person can look at every decision and overrule it; a model is let to decide only by a named person, "
            "through the gates below, and going back to the one before is one command."
        )
    ]


def _reasons(t: Traced) -> list[Block]:
    return [Rows("What the named reasons are worth", ("figure", "value"), _flat(t, "reasons"))]


def _plans(t: Traced) -> list[Block]:
    rows = [row for row in _flat(t, "plans") if row]
    return [Rows("Plans after a decline, and whether other draws of the loans agree", ("figure", "value"), rows,
                 "Not measured in this run.")]  # fmt: skip


def _metrics(t: Traced) -> list[Block]:
    return [
        Text(
            "Ranking (AUC, Gini, KS) says who is riskier; Brier score, log loss and ECE whether the promised chance "
            "comes true, which the price depends on. Precision, recall, F1 and profit hold at the cut at which as many "
            "are refused as turn out bad. Values in brackets are intervals of 95 %."
        ),
        Rows("Figures on test loans", ("figure", "value (95 % interval)"), _flat(t, "metrics")),
    ]


def _calibration(t: Traced) -> list[Block]:
    head = ("count", "predicted", "observed", "low", "high")
    rows = [[t.figure(f"curves/calibration/{n}/{name}") for name in head]
            for n in range(len(t.card["curves"].get("calibration", [])))]  # fmt: skip
    return [Rows("Calibration in ten bins of equal counts", head, rows, "Not kept in this run.")]


def _slices(t: Traced) -> list[Block]:
    head = ("slice", "value", "count", "bads", "predicted", "observed", "auc", "verdict")
    rows = [[t.figure(f"slices/{n}/{name}") for name in head] for n in range(len(t.card["slices"]))]
    return [Rows("Parts of the portfolio", head, rows, "Not kept in this run.")]


def _gates(t: Traced) -> list[Block]:
    head = ("name", "passed", "found", "limit", "detail")
    rows = [[t.figure(f"gates/{n}/{name}") for name in head] for n in range(len(t.card["gates"]))]
    return [Rows("Conditions of release", head, rows)]


def _fairness(t: Traced) -> list[Block]:
    head = ("attribute", "group", "count", "adverse_impact_ratio", "equal_opportunity_gap", "calibration_gap",
            "smallest_detectable_gap", "verdict", "why")  # fmt: skip
    shown = [n for n in head if t.card["fairness"] and n in t.card["fairness"][0]]
    rows = [[t.figure(f"fairness/{n}/{name}") for name in shown] for n in range(len(t.card["fairness"]))]
    return [Rows("Groups", [n.replace("_", " ") for n in shown], rows, "The data set names no protected groups.")]


def _fairer(t: Traced) -> list[Block]:
    found = t.card["less_discriminatory"]
    if not found:
        return []
    head = ("name", "auc", "log_loss", "impact_ratio", "impact_change", "equal_quality", "less_discriminatory")
    rows = [[t.figure(f"less_discriminatory/tried/{n}/{name}") for name in head] for n in range(len(found["tried"]))]
    return [
        Rows("Search for a less discriminatory model", [n.replace("_", " ") for n in head], rows, "Nothing was tried."),
        Items("What came of it", [t.figure("less_discriminatory/chosen"), t.figure("less_discriminatory/why")], ""),
    ]


def _limits(t: Traced) -> list[Block]:
    return [Items("Known limits", [t.figure(f"limits/{n}") for n in range(len(t.card["limits"]))], "")]


def _approvals(approvals: Sequence[Mapping[str, Any]]) -> list[Block]:
    head = ("version", "approver", "approved_at", "reason", "override")
    rows = [[as_text(one.get(name)) for name in head] for one in approvals]
    return [Rows("Approvals", [n.replace("_", " ") for n in head], rows, "Nobody has let this model decide yet.")]


def _flat(t: Traced, path: str) -> list[Sequence[Any]]:
    """Every entry under a path that is a figure, a number or words."""
    found = t.at(path)
    plain = [name for name, value in found.items() if not isinstance(value, list | Mapping) or _is_figure(value)]
    return [[name.replace("_", " "), t.figure(f"{path}/{name}")] for name in plain]


def _is_figure(value: Any) -> bool:
    return isinstance(value, Mapping) and {"value", "low", "high"} <= set(value)
