"""Alembic's scripts. They run in-process when the store is opened; see `migration.py`."""
