"""`voicecore registrations`: which phones are registered, and where."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import typer
from rich.table import Table

from voicecore.cli.options import ConfigOption, JsonOption
from voicecore.cli.printing import cell, console, duration, table
from voicecore.config.reader import load
from voicecore.store.bindings import BindingRecord
from voicecore.store.sql_bindings import SqlBindingReader
from voicecore.store.text import bindings_to_json


def registrations(config: ConfigOption = None, json: JsonOption = False) -> None:
    """List registered phones by account. The running server writes the list a moment after each change.

    Examples:

      voicecore registrations

      voicecore registrations --json --config voicecore.toml
    """
    now = datetime.now(UTC)
    found = [one for one in asyncio.run(_read(load(config).store.url)) if one.expires > now]
    if json:
        typer.echo(bindings_to_json(found))
    elif found:
        console().print(_table(found, now))
    else:
        typer.echo("no phone is registered")


async def _read(url: str) -> list[BindingRecord]:
    async with SqlBindingReader.open(url) as reader:
        return await reader.bindings()


def _table(found: Sequence[BindingRecord], now: datetime) -> Table:
    made = table("account", "contact", "transport", "source", "expires in", "user agent")
    for binding in found:
        made.add_row(
            cell(binding.aor.removeprefix("sip:"), "bold"),
            cell(binding.contact),
            cell(binding.transport),
            cell(binding.remote),
            cell(duration(binding.expires - now)),
            cell(binding.user_agent),
        )
    return made
