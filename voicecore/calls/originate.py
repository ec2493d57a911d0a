"""A call that begins with us: somebody is dialled, and a flow talks to who answers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Protocol

from voicecore.calls import outbound
from voicecore.calls.active_call import ActiveCall, Script
from voicecore.calls.dial_outcome import Answered, DialOutcome, NotReachable, status_of
from voicecore.calls.numbers import NumberEntry
from voicecore.errors import PeerError


class Exchange(Protocol):
    """What it needs of the switchboard."""

    def new_call(self, *, number: str, caller: str, flow: str | None) -> ActiveCall: ...
    def start(self, call: ActiveCall, script: Script) -> object: ...
    def script_of(self, entry: NumberEntry) -> Script: ...


NOBODY = "sip:anonymous@anonymous.invalid"
"""The caller of a call that shows none (RFC 3323, 4.1.1.3)."""


async def originate(
    exchange: Exchange,
    entry: NumberEntry,
    target: str,
    *,
    caller: str = NOBODY,
    ring_time: float = 30.0,
) -> DialOutcome:
    """Dials `target`, which is what `call.dial` takes, and lets the entry's flow talk to who answers.

    Returns as soon as it is known whether somebody did; the call goes on by itself. In the flow, the call's number
    is `target`; it is answered already. `caller` is the URI that the called side may be shown. Raises PeerError if
    `target` makes no sense.
    """
    told: asyncio.Future[DialOutcome] = asyncio.get_running_loop().create_future()
    talk = exchange.script_of(entry)

    async def script(call: ActiveCall) -> None:
        try:
            outcome = await outbound.dial(call, target, ring_time=ring_time)
        except PeerError as error:
            told.set_exception(error)
            told.exception()  # who waited may have gone, and then nobody else looks at it
            return
        except BaseException:
            told.set_result(NotReachable("the call was ended"))
            raise
        call.is_dialling_out = False
        if isinstance(outcome, Answered):
            call.first = outcome.leg
        else:
            call.record = replace(call.record, status=status_of(outcome))
        told.set_result(outcome)
        if isinstance(outcome, Answered) and not outcome.leg.is_over:
            await talk(call)

    call = exchange.new_call(number=target, caller=caller, flow=entry.flow)
    call.is_dialling_out = True
    exchange.start(call, script)
    return await asyncio.shield(told)
