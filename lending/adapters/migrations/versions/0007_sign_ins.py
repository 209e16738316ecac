"""Sign-ins under way with a provider."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    server = op.get_bind().dialect.name != "sqlite"  # text sorts there by code point as everywhere, see 0005
    rule = "C" if server else None
    op.create_table(
        "sign_ins",
        sa.Column("state_sha256", sa.String(length=64, collation=rule), nullable=False),
        sa.Column("browser_sha256", sa.String(length=64, collation=rule), nullable=False),
        sa.Column("nonce", sa.String(length=64, collation=rule), nullable=False),
        sa.Column("verifier", sa.String(length=128, collation=rule), nullable=False),
        sa.Column("wanted", sa.String(length=512, collation=rule), nullable=False),
        sa.Column("expires_at", sa.String(length=32, collation=rule), nullable=False),
        sa.PrimaryKeyConstraint("state_sha256", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_expires_at"), "sign_ins", ["expires_at"], unique=False)
