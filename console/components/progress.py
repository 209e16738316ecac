"""How far the first training is, for as long as no model decides."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.queries import Training
from console.words import Say
from serving.formats import Formats


def training_panel(training: Training, formats: Formats, say: Say) -> Component | None:
    """The panel for one state; None when a model decides and there is nothing to say."""
    if training.state == "ready":
        return None
    return html.Section(
        [
            html.H2(say(f"training.{training.state}.title")),
            html.P(say(f"training.{training.state}.text")),
            *_bar(training, formats, say),
        ],
        className=f"card training training-{training.state}",
    )


def _bar(training: Training, formats: Formats, say: Say) -> list[Component]:
    if training.state != "running":
        return []
    known: dict[str, Any] = {} if training.percent is None else {"value": str(round(training.percent)), "max": "100"}
    return [
        html.Label(say("training.bar"), htmlFor="training-bar", className="visually-hidden"),
        html.Progress(id="training-bar", **known),
        html.P(_how_far(training, formats, say), className="note"),
    ]


def _how_far(training: Training, formats: Formats, say: Say) -> str:
    doing = training.message or say("training.starting")
    if training.percent is None:
        return doing
    return say("training.done", percent=formats.percent(round(training.percent) / Decimal(100), 0), doing=doing)
