"""The card of a model: data, features, figures, gates, fairness and limits, for programs and for people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from features.dataset import DataSet
from training.ports import TrainResult
from training.servable.manifest import dumps

LIMITS = (
    "Learned from loans that were granted; what refused applicants would have done is not known and not guessed.",
    "Missing numbers with a promised direction of risk count as the worst value seen in training.",
    "Fairness is measured at one cut for the whole portfolio, not under the full policy.",
    "A reason says how far a fact moves the log-odds from the model's average over the loans it learned from; it is no "
    "claim about causes.",
)
FOUND = ("data", "family", "metrics", "gates", "reasons", "fairness", "plans", "slices", "curves", "study",
         "less_discriminatory")  # fmt: skip
"""What the card takes over from the train result as it is."""


def write_card(folder: Path, result: TrainResult, dataset: DataSet) -> None:
    """Write `card.json` and `card.md` into a package folder; the same training writes the same card."""
    card = _card(result, dataset)
    (folder / "card.json").write_text(dumps(card), encoding="utf-8")
    (folder / "card.md").write_text(_markdown(card), encoding="utf-8")


def _card(result: TrainResult, dataset: DataSet) -> dict[str, Any]:
    body = result.as_dict()
    timed = [{k: v for k, v in c.items() if k != "seconds"} for c in result.candidates]
    return {
        "schema": "card/1",
        **{name: body[name] for name in FOUND},
        "candidates": timed,
        "choice": result.choice,
        "selection": result.features,
        "parameters": result.parameters,
        "sources": result.tags,
        "window": _window(dataset),
        "features": {s.name: {"kind": s.kind, "risk": s.monotone} for s in dataset.feature_set.features},
        "left_out": list(dataset.declared_leaks),
        "warnings": [f.as_dict() for f in dataset.findings if not f.passed],
        "limits": list(LIMITS),
    }


def _window(dataset: DataSet) -> dict[str, str | None]:
    if dataset.dates is None:
        return {"from": None, "to": None, "test_from": None}
    first, last = (str(d)[:10] for d in (dataset.dates.min(), dataset.dates.max()))
    return {"from": first, "to": last, "test_from": dataset.test_from}


def _markdown(card: dict[str, Any]) -> str:
    metrics = [f"| {n} | {f['value']:.4f} | {f['low']:.4f} to {f['high']:.4f} |" for n, f in card["metrics"].items()]
    gates = [
        f"| {g['name']} | {'passed' if g['passed'] else '**failed**'} | {g['found']} | {g['limit']} | {g['detail']} |"
        for g in card["gates"]
    ]
    groups = [
        f"| {r['attribute']} | {r['group']} | {r['count']} | {r['adverse_impact_ratio'] or ''} | {r['verdict']} "
        f"| {r['why']} |"
        for r in card["fairness"]
        if not r["crossed"] or r["verdict"] == "look into it"
    ]
    parts = [
        f"# Probability of default on {card['data']}",
        f"Family {card['family']}, {len(card['features'])} features, over {card['parameters']['horizon_months']} "
        f"months; {card['parameters']['split']}.",
        "## Figures on test loans",
        "\n".join(["| metric | value | 95 % interval |", "| --- | --- | --- |", *metrics]),
        "## Gates",
        "\n".join(["| gate | result | found | limit | detail |", "| --- | --- | --- | --- | --- |", *gates]),
        "## Reasons",
        _reasons(card["reasons"]),
        "## Other draws of the same loans",
        _draws(card["parameters"]),
        "## Plans after a decline",
        _plans(card["plans"]),
        "## Fairness",
        "\n".join(
            [
                "| attribute | group | loans | impact ratio | verdict | why |",
                "| --- | --- | --- | --- | --- | --- |",
                *groups,
            ]
        )
        if groups
        else "The data set names no protected groups.",
        "## A fairer model of equal quality",
        f"{card['less_discriminatory']['chosen']}: {card['less_discriminatory']['why']}."
        if card["less_discriminatory"]
        else "Not looked for.",
        "## Limits",
        "\n".join(f"* {limit}" for limit in card["limits"]),
    ]
    return "\n\n".join(parts) + "\n"


def _reasons(found: dict[str, Any]) -> str:
    named, drawn, faithful, stable = (
        f"{found[name]['value']:.3f} ({found[name]['low']:.3f} to {found[name]['high']:.3f})"
        for name in ("named_lift", "random_lift", "faithful", "stable")
    )
    return (
        f"On the {found['rows']} riskiest test loans, up to {found['factors']} named facts were put to their usual "
        "value (median or most common category of the training loans).\n\n"
        "| figure | value (95 % interval) |\n| --- | --- |\n"
        f"| fall of the log-odds, named facts | {named} |\n"
        f"| the same, as many random facts | {drawn} |\n"
        f"| loans whose named facts lower the risk more than random ones | {faithful} |\n"
        f"| named facts that are named again after noise of 5 % of their spread | {stable} |\n\n"
        "Reference of every contribution: the model's average over the training loans, as its trees weigh them "
        "(path-dependent TreeSHAP)."
    )


def _draws(parameters: dict[str, Any]) -> str:
    return (
        f"{parameters['bootstraps']} models of the same kind and directions, refitted on training loans drawn with "
        "replacement, each calibrated on the loans it did not draw, say how much an answer hangs on which loans were "
        "there."
    )


def _plans(found: dict[str, Any]) -> str:
    """Words for `serving.plans_found`; training itself knows no requests."""
    if not found:
        return "Not measured: training knew of no customers of the bank, or the model is not for their loans."
    helped, everybody = (
        f"{share['value']:.1%} ({share['low']:.1%} to {share['high']:.1%})"
        for share in (found["robust_of_with_plan"], found["robust_of_declined"])
    )
    return (
        f"{found['customers']} customers of the bank asked for every product, {found['asked']} requests in all; "
        f"{found['declined']} were declined. {found['with_plan']} of them got plans, {found['at_once']} one that needs "
        f"no waiting. {found['flipping']} of {found['plans']} plans flip the whole decision. A robust plan, one that "
        f"enough of the models above approve too, is there for {helped} of those with a plan and for {everybody} of "
        "all declined (95 % interval)."
    )
