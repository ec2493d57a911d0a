"""`voicecore simulate`: a flow and a scripted caller, without a network and in no time; or live, over SIP and RTP."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.text import Text

from voicecore.cli.flow_argument import FlowArgument, entry_named, flow_named, language_of
from voicecore.cli.live_call import perform_live
from voicecore.cli.options import ConfigOption
from voicecore.cli.printing import console, table
from voicecore.config.reader import load
from voicecore.errors import PeerError, Unavailable
from voicecore.sip.uri import Uri
from voicecore.speech.manifest import read_manifest
from voicecore.testing.caller_script import CallerScript, parse_script
from voicecore.testing.scripted_call import Performance, Who
from voicecore.testing.simulated_speech import SimulatedSpeech, human_pace
from voicecore.testing.simulation import Simulation, Stage
from voicecore.testing.simulation import simulate as run
from voicecore.trace.printable import printable

ScriptArgument = Annotated[Path, typer.Argument(metavar="SCRIPT", help="What the caller does: a text file.")]

LiveOption = Annotated[
    str, typer.Option("--live", metavar="URI", help="Call a running server, as sip:1000@127.0.0.1:5060.")
]


def simulate(
    flow: FlowArgument,
    script: ScriptArgument,
    config: ConfigOption = None,
    live: LiveOption = "",
) -> None:
    """Let a scripted caller meet a flow; exit status 0 when all came as the script expects, 1 when not.

    With --live the caller calls a running server by SIP, and knows its prompts by their sound.

    \b
    Examples:
      voicecore simulate my_flows:main caller.txt
      voicecore simulate 1000 caller.txt --config voicecore.toml
      voicecore simulate 1000 caller.txt --live sip:1000@127.0.0.1:5060
    """
    settings = load(config)
    parsed = read_script(script)
    if live:
        _check_uri(live)
        language = language_of(settings, entry_named(settings, flow))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            performance = runner.run(perform_live(parsed, live, settings, language))
        show_performance(performance)
        raise typer.Exit(int(performance.unmet is not None))
    named = flow_named(settings, flow)
    manifest = read_manifest(settings.prompts.directory / "manifest.toml")
    speech = SimulatedSpeech(manifest=manifest, pace=human_pace)
    simulation = run(named.flow, parsed, Stage(named.args, named.language, speech))
    show_performance(simulation.performance)
    raise typer.Exit(_status(simulation))


def _check_uri(text: str) -> None:
    try:
        Uri.parse(text)
    except PeerError as error:
        raise typer.BadParameter(error.reason, param_hint="--live") from error


def read_script(path: Path) -> CallerScript:
    """Raises ScriptError, and Unavailable for a file that cannot be read."""
    try:
        return parse_script(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"cannot read {path}: {error}") from error


def show_performance(performance: Performance) -> None:
    """What was heard and done, in order."""
    made = table("after", "caller", "platform")
    for moment in performance.moments:
        what = Text(printable(moment.what))
        sides = (what, "") if moment.who is Who.CALLER else ("", what)
        made.add_row(f"{moment.at:.1f} s", *sides)
    console().print(made)
    if performance.unmet is not None:
        typer.echo(printable(str(performance.unmet)), err=True)


def _status(simulation: Simulation) -> int:
    trace = simulation.file.call.traceback
    if trace is not None:
        typer.echo(f"the flow failed\n{printable(trace, keep=chr(10))}", err=True)
    return int(trace is not None or simulation.performance.unmet is not None)
