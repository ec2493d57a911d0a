"""Calls, their legs, events, SIP ladders and recordings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _call() -> sa.Column[str]:
    return sa.Column("call", sa.String(), sa.ForeignKey("calls.id", ondelete="CASCADE"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("flow", sa.String()),
        sa.Column("started", sa.DateTime(), nullable=False),
        sa.Column("answered", sa.DateTime()),
        sa.Column("ended", sa.DateTime()),
        sa.Column("end", sa.String()),
        sa.Column("status", sa.Integer()),
        sa.Column("traceback", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index("calls_unfinished", "calls", ["id"], sqlite_where=sa.text('"end" IS NULL'))
    op.create_table(
        "legs",
        _call(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("sip_call_id", sa.String(), nullable=False),
        sa.Column("local_uri", sa.String(), nullable=False),
        sa.Column("remote_uri", sa.String(), nullable=False),
        sa.Column("remote_address", sa.String(), nullable=False),
        sa.Column("codec", sa.String()),
        sa.Column("started", sa.DateTime(), nullable=False),
        sa.Column("answered", sa.DateTime()),
        sa.Column("ended", sa.DateTime()),
        sa.Column("status", sa.Integer()),
        sa.Column("reason", sa.String()),
        sa.Column("packets_sent", sa.Integer()),
        sa.Column("octets_sent", sa.Integer()),
        sa.Column("packets_received", sa.Integer()),
        sa.Column("octets_received", sa.Integer()),
        sa.Column("packets_lost", sa.Integer()),
        sa.Column("packets_discarded", sa.Integer()),
        sa.Column("concealed_ms", sa.Integer()),
        sa.Column("jitter_ms", sa.Float()),
        sa.Column("max_gap_ms", sa.Float()),
        sa.Column("max_send_gap_ms", sa.Float()),
        sa.Column("round_trip_ms", sa.Float()),
        sa.Column("remote_loss", sa.Float()),
        sa.Column("remote_jitter_ms", sa.Float()),
        sa.Column("mos", sa.Float()),
        sa.PrimaryKeyConstraint("call", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "events",
        _call(),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call", "sequence"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ladders",
        _call(),
        sa.Column("messages", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("call"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "recordings",
        _call(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("leg", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("started", sa.DateTime(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("lost_ms", sa.Integer(), nullable=False),
        sa.Column("channels", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("call", "id"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("recordings", "ladders", "events", "legs", "calls"):
        op.drop_table(table)
