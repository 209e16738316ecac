"""How far the first training is, for as long as no model decides."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.queries import Training
from serving.formats import Formats

_REFERRED = "Until it is ready, a person looks at every request."
_TEXT = {
    "running": ("The bank's model is being trained", _REFERRED),
    "checking": ("The model is trained and is being checked", _REFERRED),
    "failed": ("The training did not finish", "The bank's staff can see why and start it again. " + _REFERRED),
    "waiting": ("The bank's model is not trained yet", "Training starts with the system. " + _REFERRED),
    "unseen": ("We cannot see the training's progress now", "We try again by ourselves. " + _REFERRED),
}


def training_panel(training: Training, formats: Formats) -> Component | None:
    """The panel for one state; None when a model decides and there is nothing to say."""
    if training.state == "ready":
        return None
    title, text = _TEXT[training.state]
    return html.Section(
        [html.H2(title), html.P(text), *_bar(training, formats)],
        className=f"card training training-{training.state}",
    )


def _bar(training: Training, formats: Formats) -> list[Component]:
    if training.state != "running":
        return []
    known: dict[str, Any] = {} if training.percent is None else {"value": str(round(training.percent)), "max": "100"}
    percent = "" if training.percent is None else f"{formats.percent(round(training.percent) / Decimal(100), 0)} done. "
    return [
        html.Label("Progress of the training", htmlFor="training-bar", className="visually-hidden"),
        html.Progress(id="training-bar", **known),
        html.P(percent + (training.message or "Starting"), className="note"),
    ]
