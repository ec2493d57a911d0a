"""`voicecore calls`: the newest calls."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from voicecore.cli.options import ConfigOption, JsonOption
from voicecore.cli.printing import cell, clock_time, console, duration, table
from voicecore.config.reader import load
from voicecore.store.records import CallRecord
from voicecore.store.sql import SqlCallReader
from voicecore.store.text import calls_to_json

LimitOption = Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="How many at most.")]


def calls(config: ConfigOption = None, limit: LimitOption = 20, json: JsonOption = False) -> None:
    """List calls, the newest first.

    Examples:

      voicecore calls

      voicecore calls --limit 5

      voicecore calls --json --config voicecore.toml
    """
    found = asyncio.run(_read(load(config).store.url, limit))
    if json:
        typer.echo(calls_to_json(found))
    elif found:
        console().print(calls_table(found))
    else:
        typer.echo("no calls yet")


async def _read(url: str, limit: int) -> list[CallRecord]:
    async with SqlCallReader.open(url) as reader:
        return await reader.calls(limit)


def calls_table(found: Sequence[CallRecord]) -> Table:
    made = table("call", "started", "caller", "number", "lasted", "status", "end")
    for call in found:
        lasted = call.ended - call.answered if call.ended and call.answered else None
        made.add_row(
            cell(call.id, "bold"),
            cell(clock_time(call.started)),
            cell(call.caller),
            cell(call.number),
            cell(duration(lasted)),
            cell(call.status),
            cell("running" if call.end is None else call.end.value, "red" if call.traceback else ""),
        )
    return made
