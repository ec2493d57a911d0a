"""gather: play something, and collect the keys that the caller presses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from voicecore.calls.journal import EventKind
from voicecore.calls.media_session import Playout
from voicecore.calls.race import race
from voicecore.ivr.line import Line
from voicecore.ivr.options import UniversalOption
from voicecore.ivr.prompt import Prompt
from voicecore.ivr.results import Digits, GatherEnd


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: from the prompt's end to the first key, and from key to key."""

    first: float = 5.0
    between: float = 2.5


@dataclass(frozen=True, slots=True)
class Entry:
    """What ends the input. `is_complete` is asked after each key; `universal` keys count when pressed first."""

    is_complete: Callable[[str], bool]
    terminator: str = "#"
    universal: Mapping[str, UniversalOption] = field(default_factory=dict)
    barge_in: bool = True


async def gather(
    line: Line, prompts: Sequence[Prompt], entry: Entry, patience: Patience
) -> Digits | UniversalOption | None:
    """Keys typed ahead count; with barge-in the first key stops the prompt. None: nothing was pressed."""
    result = await _collect(line, prompts, entry, patience)
    match result:
        case None:
            line.note(EventKind.GATHERED, "nothing")
        case Digits(_, end):
            line.note(EventKind.GATHERED, end.value)
        case UniversalOption():
            line.note(EventKind.GATHERED, result.value)
    return result


async def _collect(
    line: Line, prompts: Sequence[Prompt], entry: Entry, patience: Patience
) -> Digits | UniversalOption | None:
    typed_ahead = entry.barge_in and line.digits.is_waiting
    playout = None if typed_ahead else await line.start(prompts)
    digit = await _first_digit(line, playout, patience.first, barge_in=entry.barge_in)
    if digit is None:
        return None
    if digit in entry.universal:
        return entry.universal[digit]
    text = ""
    while digit not in entry.terminator:
        text += digit
        if entry.is_complete(text):
            return Digits(text, GatherEnd.COMPLETE)
        following = await _digit_within(line, patience.between)
        if following is None:
            return Digits(text, GatherEnd.TIMEOUT)
        digit = following
    return Digits(text, GatherEnd.TERMINATOR)


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
