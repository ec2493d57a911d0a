"""The marks of recordings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("recordings", sa.Column("marks", sa.Text(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("recordings", "marks")
