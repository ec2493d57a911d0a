"""Runs the migrations on the connection that `voicecore.store.migration` hands over."""

from __future__ import annotations

from alembic import context

from voicecore.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter most of a table: Alembic copies it
)
with context.begin_transaction():
    context.run_migrations()
