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
from voicecore.errors import Unavailable
from voicecore.ivr.flows import Flow, fault_of, load_flow

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


def entry_named(settings: Settings, name: str) -> NumberEntry:
    """What answers a number, or the flow itself; nothing is imported. Raises Unavailable for no such number."""
    if ":" in name:
        return NumberEntry(name, name)
    found = NumberTable(map(entry_of, settings.numbers)).find(name)
    if found is None:
        raise Unavailable(f"no number of the configuration is {name}; a flow is module:function")
    return found


def language_of(settings: Settings, entry: NumberEntry) -> str:
    return entry.language or settings.prompts.language


def flow_named(settings: Settings, name: str) -> NamedFlow:
    """Raises Unavailable for a number that nobody answers, and for a flow that cannot be imported: file and line."""
    if os.getcwd() not in sys.path:  # where an operator's flows lie; an installed command does not look there
        sys.path.append(os.getcwd())
    entry = entry_named(settings, name)
    try:
        flow = load_flow(entry.flow)
    except Exception as error:
        raise Unavailable(str(fault_of(entry.flow, error))) from error
    return NamedFlow(entry.flow, flow, language_of(settings, entry), entry.args)
