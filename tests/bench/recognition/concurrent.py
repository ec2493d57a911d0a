"""Many callers at once on one core: what understanding them costs, and how long they wait for it."""

from __future__ import annotations

import asyncio
import os
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from tests.bench.recognition import spoken
from tests.bench.recognition.line import RATE, Samples, over_the_phone
from voicecore.speech.recognition import result
from voicecore.speech.recognition.facts import ENGINES
from voicecore.speech.recognition.grammar import Choices, Grammar, Way
from voicecore.speech.recognition.live import LiveListening, LiveRecogniser
from voicecore.speech.recognition.recogniser import END_OF_SPEECH_S, Wish
from voicecore.speech.recognition.voice_activity import Detectors, detector_maker

BATCH: Final = 480
DEAF: Final = frozenset({"dictate/pause"})
"""Words of the menu that are too short for a beginning."""


class Batch(NamedTuple):
    samples: Samples
    at: float = 0.0
    lost_ms: int = 0


@dataclass
class Tally:
    """`waits_s`: from the last sound of a word to its meaning, the silence that ends it included."""

    right: int = 0
    asked: int = 0
    waits_s: list[float] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Cost:
    tally: Tally
    wall_s: float
    control_s: float
    """CPU of the process that has the calls: voice activity, matching, pipes."""
    engine_s: float
    """CPU of the recogniser's processes."""


async def measure(folder: Path, calls: int, every_s: float, seconds: float) -> Cost:
    """Every caller says a word of the menu every so many seconds, all processes on one core."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    words = [
        (over_the_phone(folder / f"{name}.wav"), word)
        for name, word in spoken.MENU.items()
        if name not in DEAF
    ]
    ways = tuple(Way(word, (word,)) for word in sorted(set(spoken.MENU.values())))
    wish = Wish(Grammar(Choices(ways)), "en")
    recogniser = LiveRecogniser(ENGINES["whisper"], {}, Detectors(detector_maker()))
    tally = Tally()
    async with recogniser.running():
        await recogniser.ready()
        await recogniser.prepare(calls)
        before, began = _cpu(), time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(calls):
                turn = [words[(number * 7 + at) % len(words)] for at in range(len(words))]
                group.create_task(
                    _call(recogniser, wish, turn, number * every_s / calls, every_s, seconds, tally)
                )
        wall, spent = time.monotonic() - began, _cpu() - before
    return Cost(tally, wall, spent, _children())


async def _call(
    recogniser: LiveRecogniser,
    wish: Wish,
    words: Sequence[tuple[Samples, str]],
    starts_s: float,
    every_s: float,
    seconds: float,
    tally: Tally,
) -> None:
    await asyncio.sleep(starts_s)
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    async with recogniser.open(wish) as listening, asyncio.TaskGroup() as group:
        said: list[tuple[float, str]] = []
        reader = group.create_task(_read(listening, said, tally))
        at = 0
        while loop.time() < end:
            sound, word = words[at % len(words)]
            at += 1
            tally.asked += 1
            await _say(listening, sound, word, every_s, said, tally)
        reader.cancel()


async def _say(
    listening: LiveListening,
    sound: Samples,
    word: str,
    every_s: float,
    said: list[tuple[float, str]],
    tally: Tally,
) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    loud = np.flatnonzero(np.abs(sound) > 300)
    said.append((began + (int(loud[-1]) if len(loud) else len(sound)) / RATE, word))
    whole = np.zeros(round(every_s * RATE), np.int16)
    whole[: len(sound)] = sound
    for number, start in enumerate(range(0, len(whole) - BATCH, BATCH), 1):
        listening.feed(Batch(whole[start : start + BATCH]))
        due = began + number * BATCH / RATE
        tally.late_s.append(max(0.0, loop.time() - due))
        await asyncio.sleep(due - loop.time())


async def _read(listening: LiveListening, said: list[tuple[float, str]], tally: Tally) -> None:
    async for told in listening.results():
        match told:
            case result.Final(match=found):
                ended, word = said[-1]
                tally.waits_s.append(asyncio.get_running_loop().time() - ended)
                tally.right += found is not None and found.meaning == word
            case result.Failed(problem):
                tally.failed.append(problem)
            case _:
                pass


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _children() -> float:
    """Of all that have ended: the model's loading is in it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def report(cost: Cost, calls: int, every_s: float) -> str:
    tally, wall = cost.tally, cost.wall_s
    waits = sorted(tally.waits_s) or [0.0]
    late = sorted(tally.late_s)
    p95 = waits[int(0.95 * len(waits))]
    return (
        f"{calls} callers on one core for {wall:.0f} s, a word every {every_s:g} s each: {tally.asked} words, "
        f"{tally.right} understood, {len(tally.failed)} failures; from the end of a word to its meaning "
        f"{waits[len(waits) // 2]:.2f} s, p95 {p95:.2f} s ({END_OF_SPEECH_S:g} s of it are silence); "
        f"CPU of the core: control {100 * cost.control_s / wall:.1f} %, engine {100 * cost.engine_s / wall:.1f} %; "
        f"audio handed in late by {1000 * late[int(0.99 * len(late))]:.0f} ms (p99)"
    )
