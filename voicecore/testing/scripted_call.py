"""Lets the caller of a script happen on a line, simulated or real, and tells what was heard and done when."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, assert_never

from voicecore.calls.race import race
from voicecore.testing.caller_script import (
    Action,
    At,
    CallerScript,
    Ends,
    HangUp,
    Hears,
    Press,
    Refused,
    Says,
    Silence,
)

TONE_S = 0.2
"""Seconds from key to key."""

LETTERS_PER_SECOND = 15.0
"""The pace of a person who speaks."""


class Who(Enum):
    """Whose doing it is."""

    CALLER = "caller"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing of a call. `at`: seconds since the caller dialled."""

    at: float
    who: Who
    what: str


@dataclass(frozen=True, slots=True)
class Unmet:
    """What did not come as the script expects."""

    file: str
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.problem}"


@dataclass(frozen=True, slots=True)
class Performance:
    """What came of a script."""

    moments: tuple[Moment, ...]
    unmet: Unmet | None
    status: int
    """The final SIP status of the call."""
    seconds: float


class CallerLine(Protocol):
    """The caller's end of a call that he has dialled."""

    @property
    def now(self) -> float:
        """Seconds since he dialled."""
        ...

    @property
    def status(self) -> int | None:
        """The final SIP status; None: not yet known."""
        ...

    @property
    def is_over(self) -> bool: ...

    async def settled(self) -> None:
        """Returns with the final SIP status."""
        ...

    async def over(self) -> None:
        """Returns when the call has ended, whoever ended it."""
        ...

    async def hears(self, wanted: Hears) -> float:
        """Returns when it is known to be said, after what was waited for before; and when it began, as `now`."""
        ...

    def press(self, key: str) -> None: ...

    async def says(self, text: str) -> None:
        """Returns when it is said."""
        ...

    def hang_up(self) -> None: ...

    def heard(self) -> Sequence[Moment]:
        """All that was said to him."""
        ...


class _Disappointed(Exception):
    """The problem of an `Unmet`."""


async def perform(script: CallerScript, line: CallerLine) -> Performance:
    """All of the script, or until something does not come; then the caller hangs up."""
    done: list[Moment] = []
    unmet: Unmet | None = None
    mark = 0.0
    for one in script.lines:
        try:
            mark = await _do(one.action, line, done, mark)
        except _Disappointed as problem:
            unmet = Unmet(script.file, one.number, str(problem))
            break
    await line.settled()
    if line.is_over:
        done.append(Moment(line.now, Who.PLATFORM, "the call is over"))
    else:
        line.hang_up()
        done.append(Moment(line.now, Who.CALLER, "hangs up"))
    await line.over()
    # What is heard at the very time of a key is heard because of it.
    moments = sorted([*done, *line.heard()], key=lambda moment: moment.at)
    return Performance(tuple(moments), unmet, line.status or 0, line.now)


async def _do(action: Action, line: CallerLine, done: list[Moment], mark: float) -> float:
    """Returns the time from which the next pause counts: on a real line a prompt is known after it has begun."""
    match action:
        case Hears():
            return await _hear(action, line)
        case Press(keys):
            await _settled_well(line)
            for key in keys:
                _still_there(line, f"to press {key}")
                done.append(Moment(line.now, Who.CALLER, f"presses {key}"))
                line.press(key)
                await asyncio.sleep(TONE_S)
        case Silence(seconds):
            await asyncio.sleep(max(0.0, mark + seconds - line.now))
            return mark + seconds
        case At(seconds):
            await asyncio.sleep(max(0.0, seconds - line.now))
        case Says(text):
            await _settled_well(line)
            _still_there(line, "to say it")
            done.append(Moment(line.now, Who.CALLER, f"says {text}"))
            await line.says(text)
        case HangUp():
            await _settled_well(line)
            _still_there(line, "to hang up")
            line.hang_up()
        case Ends(within):
            await _end(line, within)
        case Refused(status):
            await line.settled()
            if line.status != status:
                raise _Disappointed(f"the call got the status {line.status}, not {status}")
        case _:
            assert_never(action)
    return line.now


async def _hear(wanted: Hears, line: CallerLine) -> float:
    """When it began, or when it was waited for, if that was later."""
    waited = line.now
    what = f'"{wanted.what}"' if wanted.is_words else wanted.what
    heard: list[float] = []

    async def listen() -> None:
        heard.append(await line.hears(wanted))

    try:
        async with asyncio.timeout(wanted.within):
            await race(listen(), line.over())
    except TimeoutError:
        raise _Disappointed(f"{what} is not heard within {wanted.within:g} s") from None
    if not heard:
        raise _Disappointed(f"{what} is not heard: the call ends before")
    return max(waited, heard[0])


async def _settled_well(line: CallerLine) -> None:
    await line.settled()
    if line.status is not None and line.status >= 300:
        raise _Disappointed(f"the call is refused with {line.status}")


def _still_there(line: CallerLine, purpose: str) -> None:
    if line.is_over:
        raise _Disappointed(f"the call is over, too early {purpose}")


async def _end(line: CallerLine, within: float) -> None:
    try:
        async with asyncio.timeout(within):
            await line.over()
    except TimeoutError:
        raise _Disappointed(f"the call does not end within {within:g} s") from None
