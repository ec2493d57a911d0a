"""How many of a leg's packets went on as they came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("legs", sa.Column("packets_relayed", sa.Integer()))


def downgrade() -> None:
    op.drop_column("legs", "packets_relayed")
