"""`voicecore look` and `voicecore graph`: a flow's source as it is, without a call."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from voicecore.cli.flow_argument import FlowArgument, NamedFlow, flow_named
from voicecore.cli.flow_svg import flow_svg
from voicecore.cli.options import ConfigOption
from voicecore.cli.printing import printable
from voicecore.config.reader import load
from voicecore.config.settings import Settings
from voicecore.errors import Unavailable, UsageError
from voicecore.ivr.flows import loaded
from voicecore.ivr.look.findings import Finding
from voicecore.ivr.look.findings import look as findings_of
from voicecore.ivr.look.graph import FlowGraph
from voicecore.ivr.look.reading import read
from voicecore.ivr.look.taken import Travelled, travelled
from voicecore.speech.manifest import read_manifest
from voicecore.store.sql import SqlCallReader

OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the picture to FILE.")
]
CallsOption = Annotated[
    int, typer.Option("--calls", metavar="N", help="Paint how often the newest N calls took each way.", min=0)
]


def look(flow: FlowArgument, config: ConfigOption = None) -> None:
    """Say what is wrong with a flow, as far as its source tells; exit status 1 when anything is.

    Options that no case takes, keys that begin one another, prompts without a text in one of the languages of the
    configuration, silence that nobody thought of, loops without a way out.

    \b
    Examples:
      voicecore look my_flows:main
      voicecore look 1000 --config voicecore.toml
    """
    settings = load(config)
    found = _findings(settings, flow_named(settings, flow))
    for one in found:
        typer.echo(printable(str(one)))
    typer.echo(f"{len(found)} findings" if found else "nothing is wrong with it")
    raise typer.Exit(int(bool(found)))


def graph(
    flow: FlowArgument,
    config: ConfigOption = None,
    output: OutputOption = None,
    calls: CallsOption = 0,
) -> None:
    """Draw a flow's dialogue as SVG. Boxes are verbs; blue ones ask, and yellow ones call somebody.

    With --calls, ways are as thick as they were taken often, and those that no call took are dashed.

    \b
    Examples:
      voicecore graph 1000 --output main-menu.svg
      voicecore graph my_flows:main --calls 1000 --output busy.svg
    """
    settings = load(config)
    named = flow_named(settings, flow)
    drawn = _graph(named)
    taken = asyncio.run(_taken(settings, named, drawn, calls)) if calls else None
    if taken is not None:
        others = f", {taken.others} of other versions left out" if taken.others else ""
        typer.echo(f"{taken.calls} calls{others}", err=True)
    picture = flow_svg(drawn, named.reference, taken)
    if output is None:
        typer.echo(picture)
        return
    try:
        output.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"cannot write {output}: {error.strerror}") from error


def _findings(settings: Settings, named: NamedFlow) -> list[Finding]:
    manifest = read_manifest(settings.prompts.directory / "manifest.toml")
    languages = [named.language, *(one.language for one in settings.numbers if one.language)]
    try:
        return findings_of(named.flow, manifest, list(dict.fromkeys(languages)))
    except UsageError as error:
        raise Unavailable(str(error)) from error


def _graph(named: NamedFlow) -> FlowGraph:
    try:
        return read(named.flow).graph
    except UsageError as error:
        raise Unavailable(str(error)) from error


async def _taken(settings: Settings, named: NamedFlow, drawn: FlowGraph, calls: int) -> Travelled:
    async with SqlCallReader.open(settings.store.url) as reader:
        journals = await reader.journals(named.reference, calls)
    return travelled(drawn, journals, loaded(named.flow).version)
