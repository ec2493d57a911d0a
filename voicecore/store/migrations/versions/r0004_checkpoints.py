"""Where flows were when they last said so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("flow", sa.String(), nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("checkpoints")
