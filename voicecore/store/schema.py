"""The tables. A change here needs a migration in `migrations/versions`; a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone outside, UTC without one inside: SQLite has no type that keeps a zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


REVISION = "0008"
"""The migration that makes these tables: what `alembic_version` holds in a database of this program."""

metadata = MetaData()


def _call_column() -> Column[str]:
    return Column("call", String, ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True)


calls = Table(
    "calls",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", String, nullable=False),
    Column("caller", String, nullable=False),
    Column("flow", String),
    Column("started", UtcTime, nullable=False),
    Column("answered", UtcTime),
    Column("ended", UtcTime),
    Column("end", String),
    Column("status", Integer),
    Column("traceback", Text),
    sqlite_with_rowid=False,
)
# Finds what a crash left behind without reading every call ever made.
Index("calls_unfinished", calls.c.id, sqlite_where=calls.c.end.is_(None))

legs = Table(
    "legs",
    metadata,
    _call_column(),
    Column("id", Integer, primary_key=True),
    Column("side", String, nullable=False),
    Column("sip_call_id", String, nullable=False),
    Column("local_uri", String, nullable=False),
    Column("remote_uri", String, nullable=False),
    Column("remote_address", String, nullable=False),
    Column("codec", String),
    Column("started", UtcTime, nullable=False),
    Column("answered", UtcTime),
    Column("ended", UtcTime),
    Column("status", Integer),
    Column("reason", String),
    # The quality: all of it absent for a leg without media.
    Column("packets_sent", Integer),
    Column("octets_sent", Integer),
    Column("packets_received", Integer),
    Column("octets_received", Integer),
    Column("packets_lost", Integer),
    Column("packets_discarded", Integer),
    Column("concealed_ms", Integer),
    Column("jitter_ms", Float),
    Column("max_gap_ms", Float),
    Column("max_send_gap_ms", Float),
    Column("round_trip_ms", Float),
    Column("remote_loss", Float),
    Column("remote_jitter_ms", Float),
    Column("mos", Float),
    Column("remote_mos", Float),
    Column("remote_r_factor", Float),
    Column("remote_burst_loss", Float),
    Column("remote_gap_loss", Float),
    Column("remote_delay_ms", Float),
    Column("packets_relayed", Integer),
    sqlite_with_rowid=False,
)

events = Table(
    "events",
    metadata,
    _call_column(),
    Column("sequence", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("kind", String, nullable=False),
    Column("detail", Text, nullable=False),
    sqlite_with_rowid=False,
)

ladders = Table(
    "ladders",
    metadata,
    _call_column(),
    # JSON. One row a call: it is only ever read whole, and a row a message doubles the cost of a short call.
    Column("messages", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

recordings = Table(
    "recordings",
    metadata,
    _call_column(),
    Column("id", Integer, primary_key=True),
    Column("leg", Integer, nullable=False),
    Column("path", String, nullable=False),
    Column("started", UtcTime, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("lost_ms", Integer, nullable=False),
    Column("channels", Integer, nullable=False),
    Column("marks", Text, nullable=False, server_default="[]"),
    sqlite_with_rowid=False,
)

flow_journals = Table(
    "flow_journals",
    metadata,
    _call_column(),
    # JSON, like the ladders and for the same reason.
    Column("journal", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

checkpoints = Table(
    "checkpoints",
    metadata,
    # No reference to `calls`: the call's beginning may still be on its way to the disk.
    Column("call", String, primary_key=True),
    Column("flow", String, nullable=False),
    Column("caller", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    sqlite_with_rowid=False,
)

bindings = Table(
    "bindings",
    metadata,
    Column("id", String, primary_key=True),
    Column("aor", String, nullable=False),
    Column("contact", String, nullable=False),
    Column("q", Float, nullable=False),
    Column("transport", String, nullable=False),
    Column("local", String, nullable=False),
    Column("remote", String, nullable=False),
    Column("path", String, nullable=False),  # a JSON array
    Column("instance", String),
    Column("reg_id", Integer),
    Column("call_id", String, nullable=False),
    Column("cseq", Integer, nullable=False),
    Column("user_agent", String, nullable=False),
    Column("tenure", String, nullable=False, server_default=""),
    Column("registered", UtcTime, nullable=False),
    Column("refreshed", UtcTime, nullable=False),
    Column("expires", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)

keys = Table(
    "keys",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

of_one_call = (legs, events, ladders, recordings, flow_journals)
"""The tables whose rows belong to a row of `calls`, and go with it."""
