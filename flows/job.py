"""What runs inside a job's container: the same training and scoring, on files that were sent; `python -m flows.job`."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from lending.domain.errors import CandorError, InputError

MODEL, RESULT, SCORED = "model", "result.json", "pd.parquet"
_ML = Path("/opt/ml")


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a job finds its inputs by name, and where it leaves what it made."""

    inputs: Path
    model: Path
    output: Path


TRAINING = Folders(_ML / "input" / "data", _ML / "model", _ML / "output" / "data")
PROCESSING = Folders(_ML / "processing" / "input", _ML / "processing" / "model", _ML / "processing" / "output")


def train_job(facts: Mapping[str, Any], at: Folders) -> None:
    """Train on the data set that was sent; leaves the package, and the result beside it.

    Customers' records are not sent, so plans after a decline are not looked at there.
    """
    from flows.job_bundle import load_bundle
    from training.train import train

    loans = load_bundle(at.inputs / "dataset")
    day = date.fromisoformat(facts["as_of"])
    result = train(loans, at.model, facts["seed"], facts["budget"], _say, as_of=day)
    at.output.mkdir(parents=True, exist_ok=True)
    told = json.dumps(dataclasses.asdict(result), allow_nan=False, default=_plain)
    (at.output / RESULT).write_text(told, encoding="utf-8")


def score_job(facts: Mapping[str, Any], at: Folders) -> None:
    """Give each loan of the data set that was sent its PD by the package that was sent; facts: its hash."""
    import pandas as pd

    from flows.job_bundle import load_bundle
    from training.reassess import columns_for
    from training.servable import load

    model, loans = load(at.inputs / MODEL, facts["sha256"]), load_bundle(at.inputs / "dataset")
    found = model.predict(columns_for(loans, model.feature_set))
    at.output.mkdir(parents=True, exist_ok=True)
    index = loans.frame.index
    pd.DataFrame({"pd": found}, index=index.rename(index.name or "id")).to_parquet(at.output / SCORED)


def main(arguments: list[str]) -> int:
    """`train` or `score`, as SageMaker starts the image; answers the exit code, and says in a file why it failed."""
    from training.job_ports import ENVIRONMENT

    began = time.monotonic()
    try:
        facts = json.loads(os.environ[ENVIRONMENT])
        if arguments == ["train"]:
            train_job(facts, TRAINING)
        elif arguments == ["score"]:
            score_job(facts, PROCESSING)
        else:
            raise InputError(f"found {arguments}; expected train or score", field="act", expected="train or score")
    except (CandorError, KeyError, ValueError, OSError) as error:
        _failed(error)
        return 1
    _say(1.0, f"done in {time.monotonic() - began:.0f} s")
    return 0


def _plain(value: Any) -> Any:
    """A number of numpy as one of Python, everything else as text."""
    return value.item() if hasattr(value, "item") else str(value)


def _say(share: float, text: str) -> None:
    sys.stdout.write(f"{share:.0%} {text}\n")
    sys.stdout.flush()


def _failed(error: Exception) -> None:
    """SageMaker shows the first kilobyte of this file as the reason of a failure."""
    from serving.telemetry import places

    # The words of a library may quote a value of somebody's record.
    words = str(error) if isinstance(error, CandorError) else f"{type(error).__name__} at {', '.join(places(error))}"
    sys.stderr.write(f"{words}\n")
    if (_ML / "output").is_dir():
        (_ML / "output" / "failure").write_text(words[:1024], encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
