"""`voicecore replay`: a call that happened, again, with the flow as it is now."""

from __future__ import annotations

import asyncio
from dataclasses import replace as with_
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from voicecore.cli.flow_argument import flow_named
from voicecore.cli.options import ConfigOption
from voicecore.cli.printing import console, table
from voicecore.cli.show import CallArgument, explain, read_call
from voicecore.cli.simulate import show_performance
from voicecore.config.reader import load
from voicecore.errors import Unavailable
from voicecore.store.records import CallFile
from voicecore.testing.journals import Departure, departure, told
from voicecore.testing.recorded_web import RecordedWeb, replies_of
from voicecore.testing.replay import NotReplayable, journal_of, lengths_of, script_of
from voicecore.testing.replay_text import text_of_test
from voicecore.testing.simulated_speech import SimulatedSpeech, human_pace
from voicecore.testing.simulation import Simulation, Stage, simulate
from voicecore.trace.printable import printable

TestOption = Annotated[
    Path | None,
    typer.Option("--test", metavar="FILE", help="Write the call to FILE as a test, and do not replay it."),
]
SecretOption = Annotated[
    str, typer.Option("--secret", metavar="KEYS", help="Keys for those that were pressed in secret.")
]
FlowOption = Annotated[
    str,
    typer.Option("--flow", metavar="FLOW", help="Another flow than the one of the call: module:function."),
]


def replay(
    call: CallArgument,
    config: ConfigOption = None,
    test: TestOption = None,
    secret: SecretOption = "",
    flow: FlowOption = "",
) -> None:
    """Run a call again in a simulation, and say where its flow departs from what it did.

    Exit status 0 when it does the same, 1 when not. The caller does what he did, at the same times.

    Examples:

      voicecore replay last

      voicecore replay 1k3m7 --test tests/test_lost_customer.py
    """
    settings = load(config)
    file, candidates = asyncio.run(read_call(settings.store.url, call))
    if file is None:
        explain(call, candidates)
        raise typer.Exit(2)
    try:
        file = _of_flow(file, flow)
        script = script_of(file, secret)
        if test is not None:
            _write(test, text_of_test(file, script))
            return
        journal = journal_of(file)
    except NotReplayable as error:
        raise Unavailable(str(error)) from error
    speech = SimulatedSpeech(lengths_of(journal), pace=human_pace)
    web = RecordedWeb(replies_of(journal))
    stage = Stage(journal.args, journal.language, speech, file.call.number, web)
    simulation = simulate(flow_named(settings, journal.flow).flow, script, stage)
    show_performance(with_(simulation.performance, unmet=None))
    raise typer.Exit(_report(departure(journal, simulation.journal), simulation))


def _of_flow(file: CallFile, flow: str) -> CallFile:
    return with_(file, flow_journal=with_(journal_of(file), flow=flow)) if flow else file


def _report(found: Departure | None, simulation: Simulation) -> int:
    out = console()
    if found is None:
        out.print(f"the flow does what it did, in {len(told(simulation.journal))} steps")
        return 0
    out.print(f"the flow departs at step {found.step + 1}" + (f", {found.where}" if found.where else ""))
    made = table("", "step")
    made.add_row("then", Text(printable(found.before or "it was over")))
    made.add_row("now", Text(printable(found.after or "it is over")))
    out.print(made)
    trace = simulation.file.call.traceback
    if trace is not None:
        typer.echo(f"the flow failed\n{printable(trace, keep=chr(10))}", err=True)
    return 1


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"cannot write {path}: {error.strerror}") from error
