"""Brings a database to the tables of `schema.py`, inside the caller's transaction: all of it or nothing."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from voicecore.errors import Unavailable
from voicecore.store.schema import REVISION

_SCRIPTS = Path(__file__).parent / "migrations"


def revision(connection: Connection) -> str | None:
    """What the database says it holds; None before the first migration."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    held = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if held is None else str(held)


def upgrade(connection: Connection) -> None:
    """Runs the migrations that are missing. Raises Unavailable for a database that a newer program wrote."""
    if revision(connection) == REVISION:
        return
    # Imported only when there is work: it takes longer than everything else at start.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise Unavailable(f"the database was written by a newer VoiceCore: {error}") from error
