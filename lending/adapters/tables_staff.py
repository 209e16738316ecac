"""Tables of the staff console and of the loop that watches models. As neutral as `tables`."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from lending.adapters.tables import LONG, metadata


def _time(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, String(32), nullable=nullable)


tallies = Table(
    "tallies",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("product", String(64), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("version", String(128), primary_key=True),
    Column("outcome", String(16), primary_key=True),
    Column("grouping", String(64), primary_key=True),
    Column("counts", Text, nullable=False),
)
"""Counts of decisions: one row for each thing counted on a day; `counts` is a JSON list, one number a bin."""

tally_marks = Table(
    "tally_marks",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("seq", LONG, nullable=False),
    _time("at"),
)
"""How far each source (a writer of the ledger, the behaviour, …) has been counted; moved along with the counts."""

tally_bins = Table(
    "tally_bins",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("bins", Text, nullable=False),
    Column("reference", Text, nullable=False),
    _time("at"),
)
"""How a feature or score is cut into bins, and how often the reference met each."""

outcomes = Table(
    "outcomes",
    metadata,
    Column("decision_id", String(32), primary_key=True),
    Column("known_on", String(10), nullable=False),
    Column("bad", Integer, nullable=False),
    Column("source", String(64), nullable=False),
    _time("at"),
    Index(None, "known_on"),
)
"""Whether a loan that was lent went bad within its horizon, once that is known."""

measurements = Table(
    "measurements",
    metadata,
    Column("measurement_id", String(32), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("data", String(64), nullable=False),
    Column("content", Text, nullable=False),
    Column("report_key", String(255)),
    _time("at"),
    Index(None, "kind"),
)
"""What a monitoring flow found: JSON without personal data; `report_key` names a stored report."""

alarms = Table(
    "alarms",
    metadata,
    Column("alarm_id", String(32), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("once", String(128), nullable=False),
    Column("data", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("owner", String(64)),
    Column("content", Text, nullable=False),
    Column("measurement_id", String(32), ForeignKey("measurements.measurement_id")),
    _time("opened_at"),
    _time("changed_at"),
    Index(None, "state"),
    UniqueConstraint("once"),
)
"""One row a cause (`once`); JSON `content` has verdict, features, first, last, cause."""

alarm_events = Table(
    "alarm_events",
    metadata,
    Column("alarm_id", String(32), ForeignKey("alarms.alarm_id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _time("at"),
    Column("actor", String(64), nullable=False),
    Column("act", String(32), nullable=False),
    Column("comment", Text, nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column("approval_id", String(32), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("flow_run_id", String(64)),
    Column("asked_by", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("decided_by", String(64)),
    Column("reason", Text, nullable=False),
    Column("content", Text, nullable=False),
    _time("opened_at"),
    _time("closed_at", nullable=True),
    Index(None, "state"),
)
"""What waits for a person's yes: the release of a model, a policy from a date on."""

case_takes = Table(
    "case_takes",
    metadata,
    Column("application_id", String(32), ForeignKey("applications.application_id"), primary_key=True),
    Column("officer", String(64), nullable=False),
    _time("at"),
)

overrides = Table(
    "overrides",
    metadata,
    Column("override_id", String(32), primary_key=True),
    Column("application_id", String(32), ForeignKey("applications.application_id"), nullable=False),
    Column("customer_id", String(64), nullable=False),
    Column("product", String(64), nullable=False),
    Column("wanted", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("proposed_by", String(64), nullable=False),
    Column("confirmed_by", String(64)),
    Column("envelope", LargeBinary, nullable=False),
    _time("opened_at"),
    _time("closed_at", nullable=True),
    Index(None, "application_id"),
    Index(None, "opened_at"),
)
"""An officer's decision against the recommendation; it holds once somebody else confirmed it where policy asks so."""

policy_drafts = Table(
    "policy_drafts",
    metadata,
    Column("draft_id", String(32), primary_key=True),
    Column("title", String(128), nullable=False),
    Column("author", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("base_version", String(32), nullable=False),
    Column("changes", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("effective_on", String(10)),
    Column("decided_by", String(64)),
    _time("created_at"),
    _time("changed_at"),
)

trials = Table(
    "trials",
    metadata,
    Column("experiment", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("author", String(64), nullable=False),
    Column("content", Text, nullable=False),
    _time("created_at"),
    _time("changed_at"),
)
"""Experiments that staff defined; those of kb/experiments.yaml need no row."""

model_scores = Table(
    "model_scores",
    metadata,
    Column("decision_id", String(32), primary_key=True),
    Column("version", String(128), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("decided", Integer, nullable=False),
    Column("split", String(32)),
    Column("product", String(64), nullable=False),
    Column("outcome", String(16)),
    Column("pd", String(16)),
    Column("day", String(10), nullable=False),
    _time("at"),
    Index(None, "day"),
)
"""What each model says of a decision at the policy of its day, the one that decided among them; the pair
(outcome, pd) is empty where the decision can be read no more or nobody scored."""

text_days = Table(
    "text_days",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("content", Text, nullable=False),
)
"""Generated texts of a day that is over, counted once: JSON without anything that was written or asked."""
