from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from voicecore.store import migration, schema


def test_the_migrations_make_the_tables_of_the_schema(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/calls.db")
    with engine.begin() as connection:
        migration.upgrade(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
        made = {table: inspect(connection).get_columns(table) for table in schema.metadata.tables}
        assert all(made.values())
    engine.dispose()


def test_the_newest_migration_is_the_revision_that_the_schema_names() -> None:
    scripts = Path(migration.__file__).parent / "migrations"
    assert ScriptDirectory(str(scripts)).get_current_head() == schema.REVISION


def test_upgrading_twice_changes_nothing(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/calls.db")
    with engine.begin() as connection:
        assert migration.revision(connection) is None
        migration.upgrade(connection)
        migration.upgrade(connection)
        assert migration.revision(connection) == schema.REVISION
    engine.dispose()
