"""Whether texts need somebody's look: more thumbs down, or more failed checks, than the rules let."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from serving.alarms import AlarmDesk, Raised
from serving.language_quality import LanguageQuality, LanguageRules

KIND, DATA = "language", "live"
_WATCHED = {
    "thumbs_down": ("thumbs_down_most", "opinions", "are thumbs down"),
    "failed": ("failures_most", "new texts", "failed a check at first"),
}


def watch_texts(quality: LanguageQuality, desk: AlarmDesk) -> dict[str, Any]:
    """Measure the last days and raise what is due; answers `{measured, alarms: [{cause, act}]}`, JSON-ready."""
    lately, rules = quality.lately(), quality.rules
    row = desk.measure(KIND, DATA, lately)
    rung = [desk.raise_(KIND, DATA, alarm, row) for alarm in due(lately, rules)]
    return {"measured": lately, "alarms": [{"cause": one.row.content["cause"], "act": one.act} for one in rung]}


def due(lately: Mapping[str, Any], rules: LanguageRules) -> list[Raised]:
    """An alarm for each share whose whole interval lies above its limit, with enough counted to say so."""
    found = []
    for name, (limit_name, of, what) in _WATCHED.items():
        share, limit = lately[name], float(getattr(rules, limit_name))
        if share is not None and share["of"] >= rules.opinions_least and share["low"] > limit:
            sure = f"95% interval {share['low']:.0%} to {share['high']:.0%}; the limit is {limit:.0%}"
            cause = f"{share['value']:.0%} of {share['of']} {of} {what} ({sure})."
            found.append(Raised(name, "too_many", cause, lately["since"], lately["until"], (name,)))
    return found
