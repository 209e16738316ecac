"""Parts of the page about generated texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from console.components.panel import empty
from console.components.staff import Cell, Tile, Tone, mark, rows_table, tiles
from serving.formats import Formats
from serving.language_quality import LanguageRules

CHECKS = {
    "number": "A figure that is not in the record", "number word": "A figure in words that is not in the record",
    "citation": "A source that is not there", "unsupported": "A sentence without a source",
    "letters": "Letters that do not belong", "characters": "Characters that do not belong",
    "length": "Too long or too short", "level": "A sentence that is too long", "turned": "The meaning was turned",
    "added": "Something was added", "left out": "Something was left out", "lines": "Not one line for each statement",
    "unavailable": "The model did not answer", "schema": "Written in an older form",
}  # fmt: skip
"""What a check did not let through."""
REASONS = {
    "helpful": "Helpful", "clear": "Clear", "wrong_figure": "A figure is wrong", "not_about_me": "Not about me",
    "hard_to_understand": "Hard to understand", "missing": "Something is missing", "unkind": "Unkind", "other": "Other",
}  # fmt: skip
NONE = "–"


def words(code: str) -> str:
    """A code as people read it: `case_summary` is `Case summary`."""
    return code.replace("_", " ").capitalize()


def percent(share: Mapping[str, Any] | None, formats: Formats) -> str:
    """A share; a dash of nothing."""
    return formats.percent(Decimal(str(share["value"])), 1) if share else NONE


def interval(share: Mapping[str, Any] | None, formats: Formats, of: str) -> str:
    """What a share rests on."""
    if not share:
        return f"no {of} yet"
    low, high = (formats.percent(Decimal(str(share[end])), 1) for end in ("low", "high"))
    return f"{low} to {high} (95%), of {formats.number(share['of'])} {of}"


def seconds(milliseconds: int | None, formats: Formats) -> str:
    """A time, in the unit that fits."""
    if milliseconds is None:
        return NONE
    return f"{formats.number(milliseconds)} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def language_tiles(totals: Mapping[str, Any], rules: LanguageRules, formats: Formats) -> Component:
    """The span in figures."""
    anew = formats.number(totals["anew"])
    slow, tokens = seconds(totals["p95_ms"], formats), formats.number(totals["tokens_in"] + totals["tokens_out"])
    failed, down = totals["failed"], totals["thumbs_down"]
    return tiles([
        Tile("Texts", formats.number(totals["texts"]), f"{anew} new; {totals['unfound']} found no source"),
        Tile("Failed a check", percent(failed, formats), interval(failed, formats, "new texts"),
             _tone(failed, rules.failures_most)),
        Tile("Thumbs down", percent(down, formats), interval(down, formats, "opinions"),
             _tone(down, rules.thumbs_down_most)),
        Tile("Written by template", percent(totals["template"], formats), "the rest by a model, after every check"),
        Tile("Half done within", seconds(totals["p50_ms"], formats), f"95% within {slow}"),
        Tile("Kept from before", percent(totals["cached"], formats), "the same text was needed again"),
        Tile("Cost", f"${Decimal(totals['cost_usd']):.2f}", f"{tokens} tokens"),
    ])  # fmt: skip


def _tone(share: Mapping[str, Any] | None, limit: float) -> Tone:
    """Wrong when the whole interval lies above the limit, worth a look when the share does."""
    if not share:
        return "plain"
    return "no" if share["low"] > limit else "look" if share["value"] > limit else "good"


def failures_table(lines: Sequence[Mapping[str, Any]], formats: Formats) -> Component:
    """Checks by how often a try did not pass."""
    if not lines:
        return empty("No check failed", "What a check stops appears here by kind. Such a text is never shown.")
    rows = [[CHECKS.get(one["name"], words(one["name"])), formats.number(one["count"])] for one in lines]
    return rows_table("Checks that failed, by kind", ("What was stopped", "Times"), rows)


def prompts_table(lines: Sequence[Mapping[str, Any]], formats: Formats) -> Component:
    """Texts by kind, prompt and model."""
    heads = ("Text", "Prompt", "Model", "Texts", "By template", "Failed a check", "Half within", "95% within", "Cost")
    rows = [
        [words(one["kind"]), one["prompt"] or NONE, one["model"] or NONE, formats.number(one["texts"]),
         percent(one["template"], formats), percent(one["failed"], formats), seconds(one["p50_ms"], formats),
         seconds(one["p95_ms"], formats), f"${Decimal(one['cost_usd']):.2f}"]
        for one in lines
    ]  # fmt: skip
    return rows_table("Texts by kind, prompt and model", heads, rows)


def complaints_table(lines: Sequence[Mapping[str, Any]], formats: Formats) -> Component:
    """The latest thumbs down, each with the way to its text."""
    if not lines:
        return empty(
            "No thumbs down in this span", "When a customer dislikes a text or a decision, it stands here at once."
        )
    rows = [[formats.day(one["at"]), _way(one), REASONS.get(one["reason"], words(one["reason"])), _comment(one),
             state_mark(one["state"])] for one in lines]  # fmt: skip
    heads = ("Day", "About", "Reason", "Comment", "Looked at")
    return html.Div(rows_table("The latest thumbs down", heads, rows), className="in-words")


def _comment(one: Mapping[str, Any]) -> str:
    return one["comment"] or ("Your role may not read it." if one["has_comment"] else NONE)


def _way(one: Mapping[str, Any]) -> Cell:
    if not one["generation_id"]:
        return "A decision without a text"
    about = "The text of a decision" if one["about"] == "decision" else "A text"
    return dcc.Link(about, href=f"/staff/language/{one['generation_id']}")


def state_mark(state: str) -> Component:
    """Whether somebody looked at an opinion."""
    tones: Mapping[str, tuple[str, Tone]] = {
        "new": ("not yet", "look"), "accepted": ("counts", "good"), "rejected": ("set aside", "plain"),
    }  # fmt: skip
    return mark(*tones.get(state, (state, "plain")))


def asked_table(asked: Mapping[str, Any], formats: Formats) -> Component:
    """What was asked most, without a word of anybody."""
    least = asked["least_people"]
    note = html.P(f"Named only when {least} or more customers met it on one day; {asked['left_out']} rarer ones are "
                  "counted and not named. Nobody's own words are read for this.", className="hint")  # fmt: skip
    lines = [("Question", words(one["name"]), one) for one in asked["intents"]]
    lines += [("Passage", one["name"], one) for one in asked["passages"]]
    if not lines:
        return html.Div(
            [empty("Nothing is asked often enough to name", "Kinds of question and passages appear here."), note]
        )
    rows = [[kind, name, formats.number(one["count"])] for kind, name, one in lines]
    table = rows_table("Asked and cited most", ("Kind", "Name", "Texts"), rows)
    return html.Div([html.Div(table, className="in-words"), note])


def indexes_table(report: Mapping[str, Any], formats: Formats) -> Component:
    """Which index of documents answered when, and how well it finds what golden questions need."""
    recall = {one["version"]: one for one in report["retrieval"]}
    used = {one["version"]: one for one in report["indexes"]}
    if not recall and not used:
        return empty("No index of documents answered yet", "Fill it: candor kb index")
    rows = [
        _index(name, used.get(name), recall.get(name), formats) for name in dict.fromkeys([*used, *reversed(recall)])
    ]
    heads = ("Index", "Made on", "Finds the source (recall at 5)", "Texts", "First", "Last")
    return rows_table("Indexes of documents and how well they find", heads, rows)


def _index(name: str, used: Mapping[str, Any] | None, made: Mapping[str, Any] | None, formats: Formats) -> list[Cell]:
    found = formats.percent(Decimal(str(made["recall_at_5"])), 1) if made else NONE
    span = [formats.day(used["first"]), formats.day(used["last"])] if used else [NONE, NONE]
    return [
        name,
        formats.day(made["at"]) if made else NONE,
        found,
        formats.number(used["texts"]) if used else "0",
        *span,
    ]
