"""From shadow to split to everybody, or out again: what the rules of kb/release.yaml make of what was seen."""

from datetime import date

import pytest

from lending.settings import ROOT
from serving.approvals import rules_on
from serving.rollout import Seen, next_step

RULES = rules_on(ROOT / "kb", date(2026, 11, 1))


@pytest.mark.parametrize(
    ("seen", "act", "word"),
    [
        (Seen("shadow", 3, 199), "wait", "199 of 200 decisions"),
        (Seen("shadow", 61, 199), "stop", "taken out again"),
        (Seen("shadow", 3, 200, turned=10), "split", "not clearly more"),
        (Seen("shadow", 3, 200, turned=45), "split", "not clearly more"),  # 22.5 %, but chance reaches below 20 %
        (Seen("shadow", 3, 200, turned=70), "stop", "a person must look"),
        (Seen("split", 3, 99, others=900), "wait", "99 of 100"),
        (Seen("split", 91, 99, others=900), "stop", "taken out again"),
        (Seen("split", 3, 150, approved=90), "wait", "nothing can be compared"),
        (Seen("split", 3, 150, approved=90, others=1350, others_approved=800), "promote", "not clearly beyond"),
        (Seen("split", 3, 150, approved=30, others=1350, others_approved=800), "stop", "a person must look"),
        (Seen("split", 3, 150, approved=149, others=1350, others_approved=800), "stop", "a person must look"),
    ],
)
def test_each_step_follows_from_what_was_seen_and_says_why(seen, act, word):
    step = next_step(seen, RULES)
    assert step.act == act
    assert word in step.why
