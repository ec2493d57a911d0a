"""Binding records as rows of their table, and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete

from voicecore.store import schema
from voicecore.store.binding_backlog import Changes
from voicecore.store.bindings import BindingRecord
from voicecore.store.rows import Insert, upsert

_KEEP = Insert.of(upsert(schema.bindings))
_DELETED = 500
"""In one statement: SQLite takes 32,766 parameters."""


def write(connection: Connection, changes: Changes) -> None:
    """All of them, in the caller's transaction."""
    _KEEP.execute(connection, [_row(binding) for binding in changes.values() if binding is not None])
    gone = [id for id, binding in changes.items() if binding is None]
    for start in range(0, len(gone), _DELETED):
        some = gone[start : start + _DELETED]
        connection.execute(delete(schema.bindings).where(schema.bindings.c.id.in_(some)))


def binding_of(row: Row[Any]) -> BindingRecord:
    values = dict(row._mapping)
    return BindingRecord(**{**values, "path": tuple(json.loads(values["path"]))})


def _row(binding: BindingRecord) -> tuple[object, ...]:
    return (
        binding.id,
        binding.aor,
        binding.contact,
        binding.q,
        binding.transport,
        binding.local,
        binding.remote,
        json.dumps(binding.path),
        binding.instance,
        binding.reg_id,
        binding.call_id,
        binding.cseq,
        binding.user_agent,
        binding.tenure,
        _moment(binding.registered),
        _moment(binding.refreshed),
        _moment(binding.expires),
    )


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
