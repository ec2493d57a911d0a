"""gather: play something, and collect the keys that the caller presses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from voicecore.calls.journal import EventKind
from voicecore.calls.media_session import Playout
from voicecore.calls.race import race
from voicecore.ivr.line import Line
from voicecore.ivr.prompt import Prompt
from voicecore.ivr.results import Digits, GatherEnd, NoInput


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: from the prompt's end to the first key, and from key to key."""

    first: float = 5.0
    between: float = 2.5


@dataclass(frozen=True, slots=True)
class Entry:
    """What ends the input. `is_complete` is asked after each key."""

    is_complete: Callable[[str], bool]
    terminator: str = "#"


async def gather(
    line: Line, prompts: Sequence[Prompt], entry: Entry, patience: Patience, *, barge_in: bool
) -> Digits | NoInput:
    """Keys typed ahead count; with `barge_in` the first key stops the prompt."""
    result = await _collect(line, prompts, entry, patience, barge_in=barge_in)
    line.note(EventKind.GATHERED, "nothing" if isinstance(result, NoInput) else result.end.value)
    return result


async def _collect(
    line: Line, prompts: Sequence[Prompt], entry: Entry, patience: Patience, *, barge_in: bool
) -> Digits | NoInput:
    typed_ahead = barge_in and line.digits.is_waiting
    playout = None if typed_ahead else await line.start(prompts)
    first = await _first_digit(line, playout, patience.first, barge_in=barge_in)
    if first is None:
        return NoInput()
    text, digit = "", first
    while True:
        if digit in entry.terminator:
            return Digits(text, GatherEnd.TERMINATOR)
        text += digit
        if entry.is_complete(text):
            return Digits(text, GatherEnd.COMPLETE)
        following = await _digit_within(line, patience.between)
        if following is None:
            return Digits(text, GatherEnd.TIMEOUT)
        digit = following


async def _first_digit(line: Line, playout: Playout | None, patience: float, *, barge_in: bool) -> str | None:
    if playout is not None:
        try:
            if barge_in:
                await race(playout.finished(), line.digits.pressed())
            else:
                await playout.finished()
        finally:
            playout.stop()
    return await _digit_within(line, patience)


async def _digit_within(line: Line, patience: float) -> str | None:
    try:
        async with asyncio.timeout(patience):
            await line.digits.pressed()
    except TimeoutError:
        return None
    return line.digits.take()
