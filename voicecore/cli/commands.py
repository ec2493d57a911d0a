"""The commands of `voicecore`, and what becomes of their errors."""

from __future__ import annotations

import sys

import typer

from voicecore.cli.call import call
from voicecore.cli.calls import calls
from voicecore.cli.check import check
from voicecore.cli.doctor import doctor
from voicecore.cli.look import graph, look
from voicecore.cli.prompts import prompts
from voicecore.cli.recordings import recordings
from voicecore.cli.registrations import registrations
from voicecore.cli.replay import replay
from voicecore.cli.serve import serve
from voicecore.cli.show import show
from voicecore.cli.simulate import simulate
from voicecore.cli.trunks import trunks
from voicecore.errors import ConfigError, Unavailable
from voicecore.testing.caller_script import ScriptError

COMMANDS = (
    serve,
    check,
    doctor,
    call,
    calls,
    show,
    replay,
    simulate,
    look,
    graph,
    trunks,
    registrations,
)
"""One function a command, each in a file of `voicecore/cli` with its name, in the order of the help."""

GROUPS = {"prompts": prompts, "recordings": recordings}
"""Commands that have commands of their own."""

app = typer.Typer(
    name="voicecore",
    help="A contact centre on its own SIP and RTP stack.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _command in COMMANDS:
    app.command()(_command)
for _name, _group in GROUPS.items():
    app.add_typer(_group, name=_name)


def run() -> None:
    """Runs the command of `sys.argv` and exits: 2 for what the operator can mend, said in one line each."""
    try:
        app()
    except ConfigError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        sys.exit(2)
    except (Unavailable, ScriptError) as error:
        print(f"voicecore: {error}", file=sys.stderr)
        sys.exit(2)
