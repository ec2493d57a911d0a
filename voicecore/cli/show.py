"""`voicecore show`: all that is known of one call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from voicecore.calls.ladder import draw
from voicecore.calls.ladder_svg import ladder_svg
from voicecore.cli.calls import calls_table
from voicecore.cli.options import ConfigOption, JsonOption
from voicecore.cli.printing import cell, clock_time, console, table
from voicecore.config.reader import load
from voicecore.errors import Unavailable
from voicecore.store.flow_journal import Fact, FlowJournal
from voicecore.store.records import CallFile, CallRecord, Quality
from voicecore.store.sql import SqlCallReader
from voicecore.store.text import file_to_json
from voicecore.trace.capture import capture
from voicecore.trace.printable import printable
from voicecore.trace.secrets import masked

CallArgument = Annotated[str, typer.Argument(metavar="CALL", help="Its id, the beginning of it, or `last`.")]
SipOption = Annotated[bool, typer.Option("--sip", help="Print the SIP messages in full.")]
PcapngOption = Annotated[
    Path | None,
    typer.Option("--pcapng", metavar="FILE", help="Write the SIP messages to FILE for Wireshark."),
]
SvgOption = Annotated[
    Path | None, typer.Option("--svg", metavar="FILE", help="Write the ladder's picture to FILE.")
]


def show(
    call: CallArgument,
    config: ConfigOption = None,
    sip: SipOption = False,
    json: JsonOption = False,
    pcapng: PcapngOption = None,
    svg: SvgOption = None,
) -> None:
    """Show one call: its record, the quality of its legs, events, recordings and the SIP ladder.

    Examples:

      voicecore show last

      voicecore show 1k3m7 --sip

      voicecore show last --json

      voicecore show last --pcapng call.pcapng --svg call.svg
    """
    file, candidates = asyncio.run(read_call(load(config).store.url, call))
    if file is None:
        explain(call, candidates)
        raise typer.Exit(2)
    # Older versions kept the messages as they came.
    file = replace(file, ladder=tuple(replace(one, text=masked(one.text)) for one in file.ladder))
    ladder = draw(file.ladder, events=file.events, legs=file.legs)
    if pcapng is not None:
        _write(pcapng, capture(file.ladder))
    if svg is not None:
        _write(svg, ladder_svg(ladder, f"call {file.call.id}").encode())
    if pcapng is not None or svg is not None:
        return
    if json:
        typer.echo(file_to_json(file))
        return
    out = console()
    for part in _parts(file):
        out.print(part)
    if ladder:
        # Not through the console, which would fold the ladder's long lines.
        typer.echo("SIP\n" + ladder)
    if sip:
        typer.echo("\n".join(_messages(file)))


async def read_call(url: str, call: str) -> tuple[CallFile | None, list[CallRecord]]:
    """The call, or those that its name might mean."""
    async with SqlCallReader.open(url) as reader:
        if call == "last":
            newest = await reader.calls(limit=1)
            return (await reader.call(newest[0].id) if newest else None), []
        file = await reader.call(call)
        return file, [] if file else await reader.find(call)


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise Unavailable(f"cannot write {path}: {error.strerror}") from error


def explain(call: str, candidates: list[CallRecord]) -> None:
    """Why there is no such call, on standard error."""
    if candidates:
        typer.echo(f"{printable(call)} begins the id of more than one call, such as these:", err=True)
        console().print(calls_table(candidates))
    else:
        typer.echo(f"there is no call {printable(call)}: `voicecore calls` lists them", err=True)


def _parts(file: CallFile) -> Iterator[RenderableType]:
    yield _record(file.call)
    if file.legs:
        yield _legs(file)
        yield _quality(file)
    if file.events:
        yield _events(file)
    if file.flow_journal is not None:
        yield _flow(file.call, file.flow_journal)
    if file.recordings:
        yield _recordings(file)
    if file.call.traceback:
        yield Text(f"The flow failed\n{printable(file.call.traceback, keep=chr(10))}", style="red")


def _record(call: CallRecord) -> Table:
    made = table("call", call.id)
    for name, value in (
        ("number", call.number),
        ("caller", call.caller),
        ("flow", call.flow),
        ("started", clock_time(call.started)),
        ("answered", clock_time(call.answered)),
        ("ended", clock_time(call.ended)),
        ("end", "running" if call.end is None else call.end.value),
        ("status", call.status),
    ):
        if value is not None:
            made.add_row(cell(name), cell(value))
    return made


def _legs(file: CallFile) -> Table:
    made = table("leg", "side", "from", "remote", "local", "codec", "status", "reason", title="Legs")
    for leg in file.legs:
        made.add_row(
            *map(cell, (leg.id, leg.side.value, leg.remote_address, leg.remote_uri, leg.local_uri)),
            *map(cell, (leg.codec, leg.status, leg.reason)),
        )
    return made


def _quality(file: CallFile) -> Table:
    legs = [(leg, leg.quality) for leg in file.legs if leg.quality is not None]
    made = table("", *(f"leg {leg.id}" for leg, _ in legs), title="Quality")
    for name in Quality._fields:
        values = [getattr(quality, name) for _, quality in legs]
        made.add_row(cell(name.replace("_", " ")), *map(cell, map(_rounded, values)))
    return made


def _rounded(value: float | None) -> str:
    return "unknown" if value is None else str(round(value, 2))


def _events(file: CallFile) -> Table:
    made = table("after", "event", "detail", title="Events")
    for event in file.events:
        after = (event.at - file.call.started).total_seconds()
        made.add_row(cell(f"{after:.3f} s"), cell(event.kind), cell(event.detail))
    return made


def _flow(call: CallRecord, journal: FlowJournal) -> Table:
    """What the flow did, verb by verb; blocks stand before what they hold."""
    title = f"Flow {journal.flow}" + (f", version {journal.version}" if journal.version else "")
    made = table("after", "verb", "line", "asked", "outcome", title=title)
    for step in journal.steps:
        after = (step.began - call.started).total_seconds()
        asked = " ".join(map(_fact, step.asked))
        outcome = " ".join([step.outcome, *map(_fact, step.result)])
        made.add_row(*map(cell, (f"{after:.3f} s", step.verb, step.where, asked, outcome)))
    if journal.dropped:
        made.add_row("", cell(f"{journal.dropped} more steps did not fit"))
    return made


def _fact(fact: Fact) -> str:
    value = "" if fact.value is None else str(fact.value)
    return f"{fact.name}={value!r}" if " " in value else f"{fact.name}={value}"


def _recordings(file: CallFile) -> Table:
    made = table("recording", "leg", "file", "seconds", "lost", "channels", title="Recordings")
    for one in file.recordings:
        made.add_row(
            *map(cell, (one.id, one.leg, one.path, f"{one.duration_ms / 1000:.1f}")),
            *map(cell, (f"{one.lost_ms} ms", one.channels)),
        )
    return made


def _messages(file: CallFile) -> Iterator[str]:
    for message in file.ladder:
        way = "from" if message.received else "to"
        yield f"--- {message.at.isoformat()} {way} {message.remote} at {message.local}"
        yield printable(message.text.decode("utf-8", "backslashreplace").replace("\r\n", "\n"), keep="\n\t")
