"""Tables, neutral between SQLite and PostgreSQL. Times are UTC in ISO 8601 text of one width, so that they sort."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


LONG = BigInteger().with_variant(Integer, "sqlite")
"""A number that grows with every entry: beyond 32 bits on a server, as on SQLite."""


def _time(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, String(32), nullable=nullable)


customer_keys = Table(
    "customer_keys",
    metadata,
    Column("customer_id", String(64), primary_key=True),
    Column("wrapped_key", LargeBinary, nullable=False),
)

customers = Table(
    "customers",
    metadata,
    Column("customer_id", String(64), primary_key=True),
    Column("facts_as_of", String(10), primary_key=True),
    Column("household", String(64)),
    Column("envelope", LargeBinary, nullable=False),
)

protected_attributes = Table(
    "protected_attributes",
    metadata,
    Column("customer_id", String(64), primary_key=True),
    Column("envelope", LargeBinary, nullable=False),
)

relations = Table(
    "relations",
    metadata,
    Column("customer_id", String(64), primary_key=True),
    Column("co_applicant_id", String(64), primary_key=True),
    _time("consented_at"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("password_hash", String(256), nullable=False),
    Column("role", String(32), nullable=False),
    Column("customer_id", String(64)),
    Column("display_name", String(128), nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("username", String(64), ForeignKey("accounts.username"), nullable=False),
    _time("created_at"),
    _time("seen_at"),
    _time("expires_at"),
    Column("agent", String(64)),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("state_sha256", String(64), primary_key=True),
    Column("browser_sha256", String(64), nullable=False),
    Column("nonce", String(64), nullable=False),
    Column("verifier", String(128), nullable=False),
    Column("wanted", String(512), nullable=False),
    _time("expires_at"),
    Index(None, "expires_at"),
)

throttle = Table(
    "throttle",
    metadata,
    Column("key_sha256", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    _time("failed_at"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", String(32), primary_key=True),
    Column("customer_id", String(64), nullable=False),
    Column("product", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Index(None, "customer_id"),
)

attachments = Table(
    "attachments",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("decision_id", String(32), ForeignKey("decisions.decision_id"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("envelope", LargeBinary, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("writer", String(32), primary_key=True),
    Column("seq", LONG, primary_key=True, autoincrement=False),
    Column("kind", String(32), nullable=False),
    Column("decision_id", String(32), nullable=False),
    Column("core_sha256", String(64), nullable=False),
    Column("envelope_sha256", String(64), nullable=False),
    Column("prev", String(64), nullable=False),
    _time("recorded_at"),
    Column("channel", String(32), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("entry_sha256", String(64), nullable=False),
    Column("request_id", String(64), nullable=True),
    Index(None, "decision_id"),
    Index(None, "request_id"),
)

ledger_heads = Table(
    "ledger_heads",
    metadata,
    Column("writer", String(32), primary_key=True),
    Column("seq", LONG, nullable=False),
    Column("entry_sha256", String(64), nullable=False),
    Column("last_decision_id", String(32), nullable=False),
    Column("mac", String(64), nullable=False),
)

offers = Table(
    "offers",
    metadata,
    Column("offer_id", String(32), primary_key=True),
    Column("decision_id", String(32), ForeignKey("decisions.decision_id"), nullable=False),
    Column("customer_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    _time("created_at"),
    _time("valid_until"),
    Index(None, "customer_id"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("body_sha256", String(64), nullable=False),
    Column("status", Integer),
    Column("reply", LargeBinary),
    _time("created_at"),
)

policies = Table(
    "policies",
    metadata,
    Column("version", String(32), primary_key=True),
    Column("files", Text, nullable=False),
)

audit_events = Table(
    "audit_events",
    metadata,
    Column("seq", LONG, primary_key=True, autoincrement=False),
    _time("at"),
    Column("actor", String(64), nullable=False),
    Column("act", String(64), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("detail", Text, nullable=False),
    Column("prev", String(64), nullable=False),
    Column("entry_sha256", String(64), nullable=False),
    Index(None, "actor", "seq"),
    Index(None, "act", "seq"),
    Index(None, "subject", "seq"),
    Index(None, "at"),
)

conversations = Table(
    "conversations",
    metadata,
    Column("conversation_id", String(32), primary_key=True),
    Column("customer_id", String(64), nullable=False),
    _time("started_at"),
    Index(None, "customer_id"),
)

turns = Table(
    "turns",
    metadata,
    Column("conversation_id", String(32), ForeignKey("conversations.conversation_id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("role", String(16), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("generation_id", String(32)),
    _time("at"),
    Index(None, "generation_id"),
)

generations = Table(
    "generations",
    metadata,
    Column("generation_id", String(32), primary_key=True),
    Column("customer_id", String(64)),
    Column("decision_id", String(32)),
    Column("kind", String(32), nullable=False),
    Column("prompt", String(64), nullable=False),
    Column("model", String(128), nullable=False),
    Column("index_version", String(32), nullable=False),
    Column("written_by", String(16), nullable=False),
    Column("failures", Text, nullable=False),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("cost", String(32), nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("cached", Integer, nullable=False),
    Column("trace_id", String(64)),
    _time("at"),
    Index(None, "at"),
    Index(None, "decision_id"),
)

kept_texts = Table(
    "kept_texts",
    metadata,
    Column("key_sha256", String(64), primary_key=True),
    Column("customer_id", String(64), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    _time("at"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("feedback_id", String(32), primary_key=True),
    Column("customer_id", String(64), nullable=False),
    Column("about", String(16), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("thumb", String(8), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reviewed_by", String(64)),
    _time("at"),
    Index(None, "subject"),
    Index(None, "at"),
)

own_documents = Table(
    "own_documents",
    metadata,
    Column("customer_id", String(64), primary_key=True),
    Column("document_id", String(64), primary_key=True),
    Column("envelope", LargeBinary, nullable=False),
    _time("at"),
)
