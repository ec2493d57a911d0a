"""How commands name a flow: as the number that it answers, or as `module:function`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import typer

from voicecore.app.flow_watch import entry_of
from voicecore.calls.numbers import Argument, NumberEntry, NumberTable
from voicecore.config.settings import Settings
from voicecore.errors import Unavailable, UsageError
from voicecore.ivr.flows import Flow, load_flow

FlowArgument = Annotated[
    str, typer.Argument(metavar="FLOW", help="A number of the configuration, or module:function.")
]


@dataclass(frozen=True, slots=True)
class NamedFlow:
    """A flow with what its number gives to it."""

    reference: str
    flow: Flow
    language: str
    args: Mapping[str, Argument] = field(default_factory=dict)


def flow_named(settings: Settings, name: str) -> NamedFlow:
    """Raises Unavailable for a number that nobody answers, and for a flow that is not there."""
    if os.getcwd() not in sys.path:  # where an operator's flows lie; an installed command does not look there
        sys.path.append(os.getcwd())
    entry = NumberEntry(name, name)
    if ":" not in name:
        numbers = NumberTable(map(entry_of, settings.numbers))
        found = numbers.find(name)
        if found is None:
            raise Unavailable(f"no number of the configuration is {name}; a flow is module:function")
        entry = found
    try:
        flow = load_flow(entry.flow)
    except UsageError as error:
        raise Unavailable(str(error)) from error
    return NamedFlow(entry.flow, flow, entry.language or settings.prompts.language, entry.args)
