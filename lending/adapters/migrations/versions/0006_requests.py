"""The request that a ledger entry was written in."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    server = op.get_bind().dialect.name != "sqlite"  # text sorts there by code point as everywhere, see 0005
    name = sa.String(length=64, collation="C" if server else None)
    op.add_column("ledger", sa.Column("request_id", name, nullable=True))
    op.create_index(op.f("ix_ledger_request_id"), "ledger", ["request_id"], unique=False)
