"""What other limits on the default probability would do, every other rule staying as it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from lending.domain.policy import Policy, rulebook
from serving.lab_answers import Answers
from serving.lab_cases import Past
from serving.lab_compare import Pair, bad_rate
from serving.lab_statistics import Floats, mean, rate

LIMIT = "pd_12m_max"
_POINTS = 40


def cut_off(pair: Pair, present: Policy, draft: Policy) -> dict[str, Any]:
    """Approval rate, bad rate and yearly profit for limits from the lowest to the highest PD, under both policies.

    Returns:
        `points` of each policy by rising limit, and `present` and `draft`, where they stand now.
    """
    limits = {"present": _limit(pair.past, present), "draft": _limit(pair.past, draft)}
    known = pair.present.pd[np.isfinite(pair.present.pd)]
    tried = np.unique(np.quantile(known, np.linspace(0, 1, _POINTS + 1)[1:])) if len(known) else np.zeros(0)
    sides = {"present": pair.present, "draft": pair.draft}
    return {
        "points": {name: [_point(one, pair.bad, float(limit)) for limit in tried] for name, one in sides.items()},
        **{name: _point(one, pair.bad, limits[name]) for name, one in sides.items()},
    }


def _limit(past: Past, policy: Policy) -> float:
    """The limit in force on the day of the last case; whatever is above 1 limits nobody."""
    last = past.cases[-1]
    found = rulebook(policy, last.application.request.product, last.day).get(LIMIT)
    return 1.0 if found is None else float(found)


def _point(one: Answers, bad: Floats, limit: float) -> dict[str, Any]:
    who = one.others & (one.pd <= limit)
    profit = np.where(who, one.expected_profit, 0.0)
    return {
        "limit": round(limit, 6),
        "approval_rate": rate(int(who.sum()), len(who)),
        "bad_rate": bad_rate(bad[who]),
        "profit": mean(profit),
    }
