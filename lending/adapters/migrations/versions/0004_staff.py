"""Counts of decisions, outcomes, alarms, approvals, overrides, drafts of policy and trials of staff."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "text_days",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_text_days")),
    )
    op.create_index(op.f("ix_turns_generation_id"), "turns", ["generation_id"], unique=False)
    op.create_index(op.f("ix_generations_decision_id"), "generations", ["decision_id"], unique=False)
    op.create_index(op.f("ix_feedback_at"), "feedback", ["at"], unique=False)
    op.create_table(
        "approvals",
        sa.Column("approval_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("flow_run_id", sa.String(length=64), nullable=True),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.String(length=32), nullable=False),
        sa.Column("closed_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("approval_id", name=op.f("pk_approvals")),
    )
    op.create_index(op.f("ix_approvals_state"), "approvals", ["state"], unique=False)
    op.create_table(
        "measurements",
        sa.Column("measurement_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("data", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("report_key", sa.String(length=255), nullable=True),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("measurement_id", name=op.f("pk_measurements")),
    )
    op.create_index(op.f("ix_measurements_kind"), "measurements", ["kind"], unique=False)
    op.create_table(
        "model_scores",
        sa.Column("decision_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=128), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("decided", sa.Integer(), nullable=False),
        sa.Column("split", sa.String(length=32), nullable=True),
        sa.Column("product", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("pd", sa.String(length=16), nullable=True),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", "version", name=op.f("pk_model_scores")),
    )
    op.create_index(op.f("ix_model_scores_day"), "model_scores", ["day"], unique=False)
    op.create_table(
        "outcomes",
        sa.Column("decision_id", sa.String(length=32), nullable=False),
        sa.Column("known_on", sa.String(length=10), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_outcomes")),
    )
    op.create_index(op.f("ix_outcomes_known_on"), "outcomes", ["known_on"], unique=False)
    op.create_table(
        "policy_drafts",
        sa.Column("draft_id", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=128), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("base_version", sa.String(length=32), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.String(length=10), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("pk_policy_drafts")),
    )
    op.create_table(
        "tallies",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("product", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=128), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("grouping", sa.String(length=64), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "kind", "day", "name", "product", "channel", "version", "outcome", "grouping", name=op.f("pk_tallies")
        ),
    )
    op.create_table(
        "tally_bins",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("bins", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tally_bins")),
    )
    op.create_table(
        "tally_marks",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_tally_marks")),
    )
    op.create_table(
        "trials",
        sa.Column("experiment", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("experiment", name=op.f("pk_trials")),
    )
    op.create_table(
        "alarms",
        sa.Column("alarm_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("once", sa.String(length=128), nullable=False),
        sa.Column("data", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("measurement_id", sa.String(length=32), nullable=True),
        sa.Column("opened_at", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["measurement_id"], ["measurements.measurement_id"], name=op.f("fk_alarms_measurement_id")
        ),
        sa.PrimaryKeyConstraint("alarm_id", name=op.f("pk_alarms")),
        sa.UniqueConstraint("once", name=op.f("uq_alarms_once")),
    )
    op.create_index(op.f("ix_alarms_state"), "alarms", ["state"], unique=False)
    op.create_table(
        "case_takes",
        sa.Column("application_id", sa.String(length=32), nullable=False),
        sa.Column("officer", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.application_id"], name=op.f("fk_case_takes_application_id")
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_case_takes")),
    )
    op.create_table(
        "overrides",
        sa.Column("override_id", sa.String(length=32), nullable=False),
        sa.Column("application_id", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("product", sa.String(length=64), nullable=False),
        sa.Column("wanted", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("confirmed_by", sa.String(length=64), nullable=True),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.String(length=32), nullable=False),
        sa.Column("closed_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.application_id"], name=op.f("fk_overrides_application_id")
        ),
        sa.PrimaryKeyConstraint("override_id", name=op.f("pk_overrides")),
    )
    op.create_index(op.f("ix_overrides_application_id"), "overrides", ["application_id"], unique=False)
    op.create_index(op.f("ix_overrides_opened_at"), "overrides", ["opened_at"], unique=False)
    op.create_table(
        "alarm_events",
        sa.Column("alarm_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alarm_id"], ["alarms.alarm_id"], name=op.f("fk_alarm_events_alarm_id")),
        sa.PrimaryKeyConstraint("alarm_id", "seq", name=op.f("pk_alarm_events")),
    )
    op.create_index(op.f("ix_application_events_at"), "application_events", ["at"], unique=False)
    op.create_index(op.f("ix_audit_events_actor"), "audit_events", ["actor", "seq"], unique=False)
    op.create_index(op.f("ix_audit_events_act"), "audit_events", ["act", "seq"], unique=False)
    op.create_index(op.f("ix_audit_events_subject"), "audit_events", ["subject", "seq"], unique=False)
    op.create_index(op.f("ix_audit_events_at"), "audit_events", ["at"], unique=False)
