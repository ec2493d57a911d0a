"""What the peers of legs tell of the quality that they hear (RFC 3611, 4.7)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_COLUMNS = ("remote_mos", "remote_r_factor", "remote_burst_loss", "remote_gap_loss", "remote_delay_ms")


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("legs", sa.Column(name, sa.Float()))


def downgrade() -> None:
    for name in reversed(_COLUMNS):
        op.drop_column("legs", name)
