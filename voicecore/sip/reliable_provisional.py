"""Provisional responses that are acknowledged (RFC 3262): what the UAS repeats, and what the UAC takes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from voicecore.sip.symbol import Symbol
from voicecore.sip.transaction.timers import Timers
from voicecore.sip.transaction.timing import Timing

RSEQ_LIMIT = 1 << 31
"""The first RSeq is below it (RFC 3262, 3)."""


class State(Symbol):
    QUIET = auto()
    WAITING = auto()
    """One response was sent and has no PRACK yet; all others wait behind it."""
    ENDED = auto()
    """The INVITE has its final response, or is to get one: nothing is repeated any more (RFC 3262, 3)."""


class Input(Symbol):
    SEND = auto()
    PRACK = auto()
    END = auto()
    TIMER_REPEAT = auto()
    TIMER_GIVE_UP = auto()
    """64*T1 without PRACK."""


TRANSITIONS: dict[tuple[State, Input], State] = {
    (State.QUIET, Input.SEND): State.WAITING,
    (State.QUIET, Input.END): State.ENDED,
    (State.WAITING, Input.PRACK): State.QUIET,
    (State.WAITING, Input.TIMER_REPEAT): State.WAITING,
    (State.WAITING, Input.TIMER_GIVE_UP): State.ENDED,
    (State.WAITING, Input.END): State.ENDED,
}


@dataclass(frozen=True, slots=True)
class Provisional:
    """A response with its RSeq, written and ready to go."""

    rseq: int
    status: int
    data: bytes
    has_sdp: bool


class Effect(Enum):
    SEND = auto()
    """Send `current`; it is the first time."""
    REPEAT = auto()
    """Send `current` again."""
    GIVE_UP = auto()
    """The peer never acknowledged it: refuse the INVITE."""


class ReliableProvisionals:
    """The UAS's side of one INVITE."""

    __slots__ = ("_gap", "_last", "_output", "_queue", "_timers", "_timing", "current", "state")

    def __init__(self, timing: Timing, first: int) -> None:
        """`first` is the RSeq before the first one, from 0 to 2**31 - 2, not to be guessed."""
        self.state = State.QUIET
        self.current: Provisional | None = None
        """The response that has no PRACK."""
        self._queue: deque[Provisional] = deque()
        self._last = first
        self._timing = timing
        self._gap = timing.t1
        self._timers: Timers[Input] = Timers()
        self._output: list[Effect] = []

    @property
    def holds_answer_back(self) -> bool:
        """Whether a 2xx has to wait: SDP went out, or is about to, that has no PRACK (RFC 3262, 3)."""
        if self.state is State.ENDED:
            return False
        current = self.current
        return (current is not None and current.has_sdp) or any(one.has_sdp for one in self._queue)

    def next_rseq(self) -> int:
        self._last += 1
        return self._last

    def send(self, response: Provisional, now: float) -> None:
        """Send a response, once all before it have their PRACK."""
        if self.state is not State.ENDED:
            self._queue.append(response)
            self._send_next(now)

    def acknowledge(self, rseq: int, now: float) -> bool:
        """A PRACK came. False where it is not for the response that waits for one."""
        if self.current is None or self.current.rseq != rseq:
            return False
        self.current = None
        self.receive(Input.PRACK, now)
        self._send_next(now)
        return True

    def receive(self, what: Input, now: float) -> bool:
        """Step the table. False where this state has no use for the input."""
        after = TRANSITIONS.get((self.state, what))
        if after is None:
            return False
        before, self.state = self.state, after
        match what:
            case Input.SEND:
                self._output.append(Effect.SEND)
                self._gap = self._timing.t1
                self._timers.replace(
                    {
                        Input.TIMER_REPEAT: now + self._gap,
                        Input.TIMER_GIVE_UP: now + self._timing.timeout,
                    }
                )
            case Input.TIMER_REPEAT:
                # RFC 3262, 3: doubled each time, without the bound that other repeats have.
                self._output.append(Effect.REPEAT)
                self._gap *= 2
                self._timers.arm(Input.TIMER_REPEAT, now + self._gap)
            case Input.TIMER_GIVE_UP:
                self._output.append(Effect.GIVE_UP)
        if after is not before and after is not State.WAITING:
            self._timers.replace({})
        return True

    def handle_timer(self, now: float) -> None:
        while (what := self._timers.pop_due(now)) is not None:
            self.receive(what, now)

    def next_timer(self) -> float | None:
        return self._timers.next()

    def poll(self) -> list[Effect]:
        output, self._output = self._output, []
        return output

    def _send_next(self, now: float) -> None:
        if self._queue and self.state is State.QUIET:
            self.current = self._queue.popleft()
            self.receive(Input.SEND, now)


class Verdict(Enum):
    """What a UAC does with a reliable provisional response (RFC 3262, 4)."""

    NEXT = auto()
    """Acknowledge it and tell the owner."""
    REPEAT = auto()
    """It was acknowledged; the PRACK repeats by itself."""
    EARLY = auto()
    """One before it is missing: it is not acknowledged, so it comes again."""


class ProvisionalOrder:
    """The UAC's side of one early dialog."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: int | None = None

    def take(self, rseq: int) -> Verdict:
        if self._last is None or rseq == self._last + 1:
            self._last = rseq
            return Verdict.NEXT
        return Verdict.REPEAT if rseq <= self._last else Verdict.EARLY
