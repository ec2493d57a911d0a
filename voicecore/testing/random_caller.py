"""Callers who do anything at any time, and what must hold for all of them.

check_flow(main, bounds=Bounds(operator_key="0"))
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from voicecore.calls.journal import EventKind
from voicecore.ivr.flows import Flow
from voicecore.store.flow_journal import Step
from voicecore.store.records import CallFile
from voicecore.testing.caller_script import (
    Action,
    CallerScript,
    Ends,
    HangUp,
    Line,
    Meets,
    Press,
    Reaction,
    Says,
    Silence,
    script_text,
)
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_leg import SimulatedLeg
from voicecore.testing.simulated_line import SimulatedLine
from voicecore.testing.simulation import Stage
from voicecore.testing.virtual_loop import VirtualTimeLoop

KEYS = "0123456789*#"
QUESTIONS = frozenset({"menu", "ask", "gather", "key"})
SOUNDING = frozenset({"record", "bridge", "dial", "echo", "music", "playing", "transfer"})
"""Verbs during which a platform that plays nothing is no silent one."""

_WORDS = "Well, I do not know what to say to you."
_LOOK_EVERY_S = 0.1


class FlowFault(AssertionError):
    """A caller who does not fare as he should. The message ends with his script."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What one caller did, and what came of it."""

    script: CallerScript
    file: CallFile
    ended: bool
    """Whether the flow ended by itself after the caller had fallen silent, or he hung up."""
    longest_silence: float
    """Seconds, of those in which the platform should have said something."""
    dialled: tuple[str, ...]
    heard: tuple[str, ...]
    operator_keys: int
    """Times that the operator's key was pressed at a question; no more were needed, or possible."""


def reached_somebody(walk: Walk) -> bool:
    """The flow dialled, or said why it did not."""
    return bool(walk.dialled) or "operator_unavailable" in walk.heard


@dataclass(frozen=True, slots=True)
class Bounds:
    """What must hold. Times are seconds."""

    ends_within: float = 600.0
    """Of a caller who does nothing any more."""
    longest_silence: float = 10.0
    operator_key: str = ""
    """Pressed at each question that comes when the caller has had enough; "": nobody wants an operator."""
    operator_within: int = 1
    """Presses after which he is reached, wherever the caller is, unless the flow ends before."""
    reached: Callable[[Walk], bool] = reached_somebody
    actions: int = 12
    """What a caller does at most before he falls silent."""


def check_flow(
    flow: Flow, *, callers: int = 100, seed: int = 0, bounds: Bounds | None = None, stage: Stage | None = None
) -> None:
    """Raises FlowFault for the first caller who is trapped, hears nothing for too long, or finds no operator."""
    bounds, stage = bounds or Bounds(), stage or Stage()
    for number in range(callers):
        done = walk(flow, seed + number, bounds, stage)
        fault = next(_faults(done, bounds), None)
        if fault is not None:
            raise FlowFault(f"caller {seed + number}: {fault}\n{script_text(done.script)}")


def walk(flow: Flow, seed: int, bounds: Bounds | None = None, stage: Stage | None = None) -> Walk:
    """One caller. The same seed does the same as long as the flow does."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(_walk(flow, Random(seed), bounds or Bounds(), stage or Stage()))


def _faults(done: Walk, bounds: Bounds) -> Iterator[str]:
    trace = done.file.call.traceback
    if trace is not None:
        yield f"the flow failed: {trace.strip().rsplit(chr(10), 1)[-1]}"
    if not done.ended:
        yield f"the flow does not end within {bounds.ends_within:g} s"
    if done.longest_silence > bounds.longest_silence:
        yield f"nothing is heard for {done.longest_silence:.1f} s"
    if done.operator_keys >= bounds.operator_within and bounds.operator_key and not bounds.reached(done):
        yield f"no operator after {done.operator_keys} times {bounds.operator_key}"


async def _walk(flow: Flow, random: Random, bounds: Bounds, stage: Stage) -> Walk:
    meets = Meets("", random.choice(list(Reaction)), random.uniform(0, 8), random.uniform(1, 30))
    async with simulated_platform(
        {stage.number: (flow, stage.args)}, speech=stage.speech, language=stage.language, meets=[meets]
    ) as platform:
        assert platform.met is not None
        platform.met.otherwise = meets
        line = platform.line(stage.number)
        await line.settled()
        caller = _Caller(platform, line, random)
        for _ in range(random.randint(0, bounds.actions)):
            if not await caller.acts():
                break
        pressed = await caller.asks_for_operator(bounds)
        ended = await caller.waits(bounds.ends_within)
        if not ended:
            line.hang_up()
        file = await platform.record()
        heard = tuple(platform.name_of(one.sound) for one in (line.leg.heard if line.leg else ()))
        silence = _longest_silence(file, line.leg, line.began)
        return Walk(caller.script(meets), file, ended, silence, tuple(platform.met.dialled), heard, pressed)


@dataclass
class _Caller:
    platform: SimulatedPlatform
    line: SimulatedLine
    random: Random
    done: list[Action] = field(default_factory=list)

    async def acts(self) -> bool:
        """One thing; False when there is nobody to do it to any more."""
        await self._pauses(self.random.choice((0.0, 0.3, 1.0, 4.0, 9.0)) * self.random.random())
        if self.line.is_over:
            return False
        match self.random.random():
            case chance if chance < 0.03:
                self._notes(HangUp())
                self.line.hang_up()
                return False
            case chance if chance < 0.15:
                self._notes(Says(_WORDS))
                await self.line.says(_WORDS)
            case chance if chance < 0.65:
                await self._presses(self._option())
            case _:
                await self._presses(self.random.choice(KEYS))
        return True

    async def asks_for_operator(self, bounds: Bounds) -> int:
        """How often he pressed the key, each time at a question."""
        if not bounds.operator_key:
            return 0
        asked_at, pressed = -1, 0
        while pressed < bounds.operator_within:
            question = await self._question(asked_at, bounds.ends_within)
            if question is None:
                break
            asked_at, pressed = question, pressed + 1
            await self._presses(bounds.operator_key)
        return pressed

    async def waits(self, seconds: float) -> bool:
        """Whether the call ends meanwhile."""
        try:
            async with asyncio.timeout(seconds):
                await self.line.over()
        except TimeoutError:
            return False
        return True

    def script(self, meets: Meets) -> CallerScript:
        met = [Meets(one, meets.reaction, meets.after, meets.talks) for one in self._dialled()]
        lines = [Line(number, one) for number, one in enumerate([*self.done, Ends()], 1)]
        return CallerScript(tuple(lines), tuple(dict.fromkeys(met)), "random caller")

    def _option(self) -> str:
        """One that the question takes, where it is a menu; so every branch is met often."""
        steps = [step for step in self._steps() if step.ended is None and step.verb == "menu"]
        options = [str(fact.value) for step in steps for fact in step.asked if fact.name == "options"]
        keys = [key.partition("-")[0] for key in " ".join(options).split()]
        return str(self.random.choice(keys or [*KEYS]))

    async def _question(self, later_than: int, patience: float) -> int | None:
        """The number of the step that asks something now, which is not the one before."""
        began = self.line.now
        while not self.line.is_over and self.line.now < began + patience:
            steps = list(enumerate(self._steps()))
            asking = [n for n, one in steps if one.ended is None and one.verb in QUESTIONS and n > later_than]
            if asking:
                return asking[-1]
            await self._pauses(_LOOK_EVERY_S)
        return None

    async def _pauses(self, seconds: float) -> None:
        rounded = round(seconds, 3)
        if rounded:
            self._notes(Silence(rounded))
            await asyncio.sleep(rounded)

    async def _presses(self, keys: str) -> None:
        self._notes(Press(keys))
        for key in keys:
            self.line.press(key)
            await asyncio.sleep(0.2)

    def _notes(self, action: Action) -> None:
        last = self.done[-1] if self.done else None
        if isinstance(action, Silence) and isinstance(last, Silence):
            self.done[-1] = Silence(round(last.seconds + action.seconds, 3))
        else:
            self.done.append(action)

    def _dialled(self) -> Sequence[str]:
        return () if self.platform.met is None else self.platform.met.dialled

    def _steps(self) -> Sequence[Step]:
        logs = [call.flow_log for call in self.platform.switchboard.calls if call.flow_log is not None]
        return logs[0].journal().steps if logs else ()


def _longest_silence(file: CallFile, leg: SimulatedLeg | None, began: float) -> float:
    """Of the platform, from its first sound to the end of the call. `began`: of the call, in the loop's time."""
    steps = () if file.flow_journal is None else file.flow_journal.steps
    started, ended = file.call.started, file.call.ended
    if leg is None or ended is None:
        return 0.0

    def after(at: datetime) -> float:
        return began + (at - started).total_seconds()

    spans = [(one.began, one.ended) for one in leg.heard]
    # Who has just pressed a key does not wonder yet.
    spans += [(after(one.at), after(one.at)) for one in file.events if one.kind == EventKind.DIGIT.value]
    sounding = (step for step in steps if step.verb in SOUNDING)
    spans += [(after(step.began), after(step.ended or ended)) for step in sounding]
    return _longest_gap(spans, after(ended))


def _longest_gap(spans: Sequence[tuple[float, float]], end: float) -> float:
    ordered = sorted(spans)
    if not ordered:
        return 0.0
    longest, until = 0.0, ordered[0][0]
    for began, ended in ordered:
        longest, until = max(longest, began - until), max(until, ended)
    return max(longest, end - until)
