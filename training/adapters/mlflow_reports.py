"""What people read of a run, kept beside it: pictures, the comparison of candidates, the validation dossier."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from training.comparison_page import comparison_page
from training.dossier import dossier
from training.plots import pictures
from training.ports import TrainResult

PICTURES, CANDIDATES, COMPARISON, DOSSIER = "pictures", "candidates.json", "comparison.html", "dossier"
FIGURES = ("auc", "ks", "brier", "ece", "log_loss")


def keep_reports(result: TrainResult, package: Path) -> None:
    """Log them with the active run, and each candidate as a run within it, so that MLflow's own table compares them."""
    import mlflow

    card = json.loads((package / "card.json").read_text(encoding="utf-8"))
    why = str(result.choice.get("why", ""))
    markdown, html = dossier(card)
    mlflow.log_text(markdown, f"{DOSSIER}.md")
    mlflow.log_text(html, f"{DOSSIER}.html")
    mlflow.log_text(comparison_page(result.data, result.candidates, why), COMPARISON)
    mlflow.log_table(_table(result), CANDIDATES)
    _log_pictures(result)
    experiment = mlflow.get_run(str(result.run_id)).info.experiment_id
    for candidate in result.candidates:
        if candidate.get("auc"):
            _log_candidate(candidate, experiment)


def _log_pictures(result: TrainResult) -> None:
    import tempfile

    import mlflow

    with tempfile.TemporaryDirectory() as folder:
        for name, png in pictures(result.metrics, result.curves, result.candidates).items():
            (Path(folder) / name).write_bytes(png)
        mlflow.log_artifacts(folder, PICTURES)


def _log_candidate(candidate: dict[str, Any], experiment: str) -> None:
    import mlflow

    with mlflow.start_run(experiment_id=experiment, run_name=str(candidate["family"]), nested=True):
        mlflow.set_tags({name: str(candidate[name]) for name in ("family", "serves", "chosen")} | {"kind": "candidate"})
        mlflow.log_metrics(_flat(candidate))


def _table(result: TrainResult) -> dict[str, list[Any]]:
    """Columns of one row a candidate; a figure that was not measured is None."""
    rows = [{"family": c["family"], "serves": c["serves"], "chosen": c["chosen"], "left_out": c.get("left_out"),
             "seconds": c.get("seconds"), **_flat(c)} for c in result.candidates]  # fmt: skip
    return {name: [row.get(name) for row in rows] for name in dict.fromkeys(n for row in rows for n in row)}


def _flat(candidate: dict[str, Any]) -> dict[str, float]:
    measured = {name: candidate[name] for name in FIGURES if candidate.get(name)}
    return {
        name if end == "value" else f"{name}_{end}": figure[end]
        for name, figure in measured.items()
        for end in ("value", "low", "high")
    }
