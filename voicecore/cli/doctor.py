"""`voicecore doctor`: what is wrong with this machine, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import typer
from rich.table import Table

from voicecore.cli.diagnosis import Check, State, diagnose
from voicecore.cli.options import ConfigOption
from voicecore.cli.printing import cell, console, table
from voicecore.config.reader import load, read
from voicecore.errors import ConfigError

STYLES = {State.OK: "green", State.WARN: "yellow", State.FAIL: "bold red"}


def doctor(config: ConfigOption = None) -> None:
    """Say what is wrong with this machine and what to do: ports, codecs, speech, limits, clocks, directories.

    Exit status 1 when a check fails.

    Examples:

      voicecore doctor

      voicecore doctor --config voicecore.toml
    """
    checks = list(_checks(config))
    console().print(checks_table(checks))
    if any(check.state is State.FAIL for check in checks):
        raise typer.Exit(1)


def _checks(config: Path | None) -> Iterator[Check]:
    settings = load(config)
    try:
        read(config)
    except ConfigError as error:
        for fault in error.faults:
            problem = f"{settings.file}:{fault.line or ''} {fault.key}: {fault.problem}"
            yield Check("configuration", State.FAIL, problem, fault.remedy)
    else:
        yield Check("configuration", State.OK, f"{settings.file} is right; its directories can be written")
    yield from diagnose(settings)


def checks_table(checks: Iterable[Check]) -> Table:
    made = table("check", "", "what was found", "what to do")
    for check in checks:
        made.add_row(
            cell(check.name),
            cell(check.state.value, STYLES[check.state]),
            cell(check.detail),
            cell(check.remedy),
        )
    return made
