"""`voicecore trunks`: how the carriers are, as the running server sees them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import typer
from rich.table import Table
from rich.text import Text

from voicecore.cli.options import ConfigOption, JsonOption
from voicecore.cli.printing import cell, clock_time, console, duration, table
from voicecore.config.reader import load
from voicecore.store.live_file import LiveFile
from voicecore.trunks.status import REPORT, TrunkReport, TrunkState, TrunkStatus

FRESH = timedelta(seconds=30)
"""A report that is older is told to be old: its server may have ended."""

_STYLES = {TrunkState.UP: "green", TrunkState.DOWN: "red", TrunkState.UNKNOWN: "yellow"}


def trunks(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Show whether each trunk is up, its servers, its registration and its calls. Exit status 1: one is down.

    Examples:

      voicecore trunks

      voicecore trunks --json

      voicecore trunks --config voicecore.toml
    """
    settings = load(config)
    text = LiveFile.beside(settings.store.url, REPORT).read()
    report = None if text is None else TrunkReport.from_json(text)
    if json:
        typer.echo(text or "null")
    elif report is None:
        _explain_silence(len(settings.trunks))
    else:
        _show(report, datetime.now(UTC))
    if report is not None and any(one.state is TrunkState.DOWN for one in report.trunks):
        raise typer.Exit(1)
    if report is None and settings.trunks:
        raise typer.Exit(2)


def _explain_silence(configured: int) -> None:
    if configured:
        typer.echo("no server runs on this database: `voicecore serve` starts one", err=True)
    else:
        typer.echo("no trunk is configured: docs/trunks.md shows how")


def _show(report: TrunkReport, now: datetime) -> None:
    out = console()
    out.print(_trunks(report))
    out.print(_servers(report))
    age = now - report.written
    out.print(f"as of {clock_time(report.written)}", markup=False)
    if age > FRESH:
        out.print(f"that is {duration(age)} ago: the server may have ended", style="yellow", markup=False)


def _trunks(report: TrunkReport) -> Table:
    made = table("trunk", "state", "since", "registration", "calls in", "calls out", "over a limit")
    for trunk in report.trunks:
        made.add_row(
            cell(trunk.name, "bold"),
            cell(trunk.state.value, _STYLES[trunk.state]),
            cell(clock_time(trunk.since)),
            cell(_registration(trunk)),
            *map(cell, (trunk.inbound, trunk.outbound, trunk.refused)),
        )
    return made


def _registration(trunk: TrunkStatus) -> str | None:
    held = trunk.registration
    if held is None:
        return None
    until = f" until {clock_time(held.until)}" if held.until else ""
    status = f" ({held.last_status})" if held.last_status and held.until is None else ""
    return f"{held.state}{until}{status}"


def _servers(report: TrunkReport) -> Table:
    made = table("server", "trunk", "state", "since", "answer", "round trip")
    for row in _server_rows(report):
        made.add_row(*row)
    return made


def _server_rows(report: TrunkReport) -> Iterator[tuple[Text, ...]]:
    for trunk in report.trunks:
        for server in trunk.servers:
            trip = None if server.round_trip_ms is None else f"{server.round_trip_ms:g} ms"
            yield (
                cell(server.uri),
                cell(trunk.name),
                cell(server.state),
                cell(clock_time(server.since)),
                cell(server.last_status),
                cell(trip),
            )
