"""Bindings of registered phones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "bindings",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("aor", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("q", sa.Float(), nullable=False),
        sa.Column("transport", sa.String(), nullable=False),
        sa.Column("local", sa.String(), nullable=False),
        sa.Column("remote", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("instance", sa.String()),
        sa.Column("reg_id", sa.Integer()),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("cseq", sa.Integer(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("registered", sa.DateTime(), nullable=False),
        sa.Column("refreshed", sa.DateTime(), nullable=False),
        sa.Column("expires", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("bindings")
