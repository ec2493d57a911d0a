"""gather: play something, and take the keys that the caller presses, or what he says instead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from voicecore.calls.journal import EventKind
from voicecore.calls.playout import Playout
from voicecore.calls.race import race
from voicecore.ivr.ear import Ear, Utterance, listening
from voicecore.ivr.line import Line
from voicecore.ivr.options import UniversalOption
from voicecore.ivr.prompt import Prompt
from voicecore.ivr.results import Digits, GatherEnd
from voicecore.ivr.spoken import OPTIONS
from voicecore.speech.recognition.grammar import Grammar
from voicecore.speech.recognition.recogniser import END_OF_SPEECH_S

LONGEST_SPEECH_S: Final = 40.0
"""From the caller's first word to what it means, at most; a recogniser that says nothing for so long is not heard."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: from the prompt's end to the first key or word, from key to key, and of silence after the last word."""

    first: float = 5.0
    between: float = 2.5
    end_of_speech: float = END_OF_SPEECH_S


@dataclass(frozen=True, slots=True)
class Entry:
    """What ends the input. `is_complete` is asked after each key; `universal` keys count when pressed first.

    `grammar`: what may be said in place of keys; None: nothing.
    """

    is_complete: Callable[[str], bool]
    terminator: str = "#"
    universal: Mapping[str, UniversalOption] = field(default_factory=dict)
    barge_in: bool = True
    grammar: Grammar | None = None


async def gather(
    line: Line, prompts: Sequence[Prompt], entry: Entry, patience: Patience
) -> Digits | Utterance | UniversalOption | None:
    """Keys typed ahead count; with barge-in the first key or word stops the prompt. None: nothing came."""
    result = await _collect(line, prompts, entry, patience)
    match result:
        case None:
            line.note(EventKind.GATHERED, "nothing")
        case Digits(_, end):
            line.note(EventKind.GATHERED, end.value)
        case Utterance():
            line.note(EventKind.GATHERED, "speech")
        case UniversalOption():
            line.note(EventKind.GATHERED, result.value)
    return result


async def _collect(
    line: Line, prompts: Sequence[Prompt], entry: Entry, patience: Patience
) -> Digits | Utterance | UniversalOption | None:
    first = await _first(line, prompts, entry, patience)
    match first:
        case None:
            return None
        case Utterance(command=None):
            return first
        case Utterance(command=command) if command is not None:
            return OPTIONS[command]
        case str():
            return await _keys(line, first, entry, patience)
    return None


async def _keys(line: Line, digit: str, entry: Entry, patience: Patience) -> Digits | UniversalOption:
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


async def _first(
    line: Line, prompts: Sequence[Prompt], entry: Entry, patience: Patience
) -> str | Utterance | None:
    """The first key, or all that was said; no longer listened for after."""
    if entry.barge_in and line.digits.is_waiting:
        return line.digits.take()
    playout = await line.start(prompts, until_key=entry.barge_in)
    try:
        if not entry.barge_in and playout is not None:
            await playout.finished()
        async with listening(line, entry.grammar, patience.end_of_speech) as ear:
            await _until_input(playout, ear)
            if ear is None:
                return await _digit_within(line, patience.first)
            return await _digit_or_utterance_within(line, ear, patience.first)
    finally:
        if playout is not None:
            playout.stop()


async def _until_input(playout: Playout | None, ear: Ear | None) -> None:
    """Returns when the prompt is over, by itself, by a key, or by the caller's voice."""
    if playout is None:
        return
    if ear is None:
        await playout.finished()
    else:
        await race(playout.finished(), ear.noticed())
        playout.stop()


async def _digit_or_utterance_within(line: Line, ear: Ear, patience: float) -> str | Utterance | None:
    """While the caller speaks the patience waits; after what was no speech it begins anew."""
    while True:
        if line.digits.is_waiting:
            return line.digits.take()
        if (heard := ear.take()) is not None:
            return heard
        try:
            async with asyncio.timeout(LONGEST_SPEECH_S if ear.is_speaking else patience):
                await race(line.digits.pressed(), ear.changed())
        except TimeoutError:
            return None


async def _digit_within(line: Line, patience: float) -> str | None:
    try:
        async with asyncio.timeout(patience):
            await line.digits.pressed()
    except TimeoutError:
        return None
    return line.digits.take()
