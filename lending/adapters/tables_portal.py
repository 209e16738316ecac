"""Tables of the portal: applications, documents, messages, requests, behaviour. As neutral as `tables`."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from lending.adapters.tables import metadata


def _time(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, String(32), nullable=nullable)


applications = Table(
    "applications",
    metadata,
    Column("application_id", String(32), primary_key=True),
    Column("customer_id", String(64), nullable=False),
    Column("product", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("decision_id", String(32)),
    Column("offer_id", String(32)),
    Column("live_offer_id", String(32)),
    Column("envelope", LargeBinary, nullable=False),
    _time("created_at"),
    _time("changed_at"),
    _time("submitted_at", nullable=True),
    Index(None, "customer_id"),
    Index(None, "state"),
    UniqueConstraint("live_offer_id"),
)
"""`live_offer_id` is the offer while the application lives, so that one offer has one live application."""

application_events = Table(
    "application_events",
    metadata,
    Column("application_id", String(32), ForeignKey("applications.application_id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _time("at"),
    Column("actor", String(64), nullable=False),
    Column("act", String(32), nullable=False),
    Column("from_state", String(16)),
    Column("to_state", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "at"),
)

saved_offers = Table(
    "saved_offers",
    metadata,
    Column("customer_id", String(64), primary_key=True),
    Column("offer_id", String(32), ForeignKey("offers.offer_id"), primary_key=True),
    _time("at"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("invitation_id", String(32), primary_key=True),
    Column("customer_id", String(64), nullable=False),
    Column("invited_id", String(64)),
    Column("code_sha256", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    _time("created_at"),
    _time("expires_at"),
    Index(None, "customer_id"),
    UniqueConstraint("code_sha256"),
)

documents = Table(
    "documents",
    metadata,
    Column("document_id", String(32), primary_key=True),
    Column("customer_id", String(64), nullable=False),
    Column("application_id", String(32), ForeignKey("applications.application_id")),
    Column("asked", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("object_key", String(255), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("media_type", String(64), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    _time("created_at"),
    _time("changed_at"),
    Index(None, "customer_id"),
    Index(None, "application_id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("message_id", String(32), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("customer_id", String(64)),
    Column("once", String(128), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("trouble", String(255), nullable=False),
    _time("created_at"),
    _time("due_at"),
    _time("claimed_until", nullable=True),
    _time("done_at", nullable=True),
    Index(None, "done_at"),
    UniqueConstraint("once"),
)

notices = Table(
    "notices",
    metadata,
    Column("notice_id", String(32), primary_key=True),
    Column("customer_id", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    _time("at"),
    _time("read_at", nullable=True),
    Index(None, "customer_id"),
)

preferences = Table(
    "preferences",
    metadata,
    Column("customer_id", String(64), primary_key=True),
    Column("envelope", LargeBinary, nullable=False),
    _time("changed_at"),
)

requests = Table(
    "requests",
    metadata,
    Column("request_id", String(32), primary_key=True),
    Column("customer_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("handled_by", String(64)),
    Column("envelope", LargeBinary, nullable=False),
    _time("opened_at"),
    _time("due_at"),
    _time("closed_at", nullable=True),
    Index(None, "customer_id"),
    Index(None, "state"),
)

request_events = Table(
    "request_events",
    metadata,
    Column("request_id", String(32), ForeignKey("requests.request_id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _time("at"),
    Column("actor", String(64), nullable=False),
    Column("act", String(32), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)

restrictions = Table(
    "restrictions",
    metadata,
    Column("customer_id", String(64), primary_key=True),
    Column("request_id", String(32), ForeignKey("requests.request_id"), nullable=False),
    _time("since"),
    Column("erase_on", String(10), nullable=False),
)

behaviour = Table(
    "behaviour",
    metadata,
    Column("event_id", String(32), primary_key=True),
    _time("at"),
    Column("visitor", String(64), nullable=False),
    Column("event", String(32), nullable=False),
    Column("page", String(64), nullable=False),
    Column("step", String(32), nullable=False),
    Column("product", String(64), nullable=False),
    Column("variants", Text, nullable=False),
    Index(None, "at"),
    Index(None, "visitor"),
)
"""`visitor` is a keyed hash that changes with each session: events of a visit belong together, visits do not."""

exposures = Table(
    "exposures",
    metadata,
    Column("experiment", String(64), primary_key=True),
    Column("subject", String(64), primary_key=True),
    Column("variant", String(32), nullable=False),
    _time("at"),
)
