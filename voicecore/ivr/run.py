"""From an entry of the number table to a running flow; a flow that raises ends with an apology."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import replace

import structlog

from voicecore.calls.active_call import ActiveCall, Script
from voicecore.calls.flow_log import FlowLog
from voicecore.calls.numbers import NumberEntry
from voicecore.errors import UsageError
from voicecore.ivr.call import Call
from voicecore.ivr.flows import Flow, FlowLibrary
from voicecore.ivr.line import Line
from voicecore.ivr.results import Hangup
from voicecore.ivr.studio import Studio
from voicecore.ivr.web.message import NoWeb, Web
from voicecore.store.flow_journal import FlowJournal

_log = structlog.get_logger(__name__)

APOLOGY = "apology"


class FlowRunner:
    """Makes the script that answers a number. Flows are imported when they are first called."""

    def __init__(
        self,
        studio: Studio,
        default_language: str,
        flows: Mapping[str, Flow] | None = None,
        *,
        library: FlowLibrary | None = None,
        web: Web | None = None,
    ) -> None:
        """`flows`: some that are known already, by their references; `library` has others, and may be changed.

        `web`: the servers that flows may ask.
        """
        self._studio = studio
        self._language = default_language
        self._library = library or FlowLibrary(flows)
        self._web = web or NoWeb()

    def script_of(self, entry: NumberEntry) -> Script:
        async def script(active: ActiveCall) -> None:
            leg = active.first
            if leg is None:
                raise UsageError("a flow needs a leg")
            line = Line(active, leg, self._studio, entry.language or self._language, web=self._web)
            call = Call(line)
            try:
                reference = entry.flow_of(active.id)
                active.record = replace(active.record, flow=reference)
                flow = self._library.get(reference, entry.args)
                head = FlowJournal(reference, flow.version, line.language, entry.args)
                active.flow_log = FlowLog(head, active.journal, active.services.clock)
                await flow.flow(call, **entry.args)
            except Exception:
                active.failed(traceback.format_exc())
                await _apologise(call)

        return script


async def _apologise(call: Call) -> None:
    """The caller hears it even when the flow failed before it answered."""
    try:
        await call.answer()
        await call.play(APOLOGY)
    except Hangup:
        raise
    except Exception:
        _log.exception("no apology either", call=call.id)
