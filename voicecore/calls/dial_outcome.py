"""What becomes of a call to somebody: its outcomes, how they rank, and what each is in SIP and in Q.850."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from voicecore.calls.leg import Leg
from voicecore.calls.machine_detection import MachineSign
from voicecore.media.call_progress import ProgressTone, SpecialInformation
from voicecore.media.events import ToneHeard
from voicecore.sip import cause as q850
from voicecore.sip.cause import Cause


@dataclass(frozen=True, slots=True)
class Answered:
    leg: Leg


@dataclass(frozen=True, slots=True)
class Machine:
    """An answering machine, or another one, answered. What is said on the leg is a message, `at_beep` at once."""

    leg: Leg
    sign: MachineSign
    """What told it."""
    at_beep: bool = False


@dataclass(frozen=True, slots=True)
class Busy:
    """486 or 600, or the tone of it. `cause`, here and below: the Q.850 cause that the network named, if any."""

    by_tone: bool = False
    """The network said it by its busy tone alone."""
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """It rang, and nobody came within the ring time, or the phone said so (408, 480)."""

    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Another failure response: its status and reason phrase."""

    status: int
    reason: str
    cause: Cause | None = None
    retry_after_s: int = 0
    """When the same call may do better (Retry-After); 0: nobody says."""


@dataclass(frozen=True, slots=True)
class NotReachable:
    """No response, no address, no port, or 503: the network's fault, not the party's."""

    reason: str
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """It was answered, but nobody there took the call when asked."""


DialOutcome = Answered | Machine | Busy | NoAnswer | Rejected | NotReachable | Declined


def why_not(leg: Leg) -> DialOutcome:
    """What the end of a leg says that was never answered."""
    status, reason, cause = leg.progress.status, leg.progress.reason, leg.told
    if status in (486, 600):
        return Busy(cause=cause)
    if status in (408, 480):
        # A 408 of our own means that nothing came at all (timer B).
        return NoAnswer(cause) if leg.was_heard else NotReachable("no response")
    if status is None or status == 503:
        return NotReachable(reason or "no response", cause)
    return Rejected(status, reason or "", cause)


def refusal_of(heard: ToneHeard) -> DialOutcome:
    """What a tone of early media says, in place of the response that a network owes."""
    match heard.tone, heard.meaning:
        case ProgressTone.BUSY, _:
            return Busy(by_tone=True)
        case ProgressTone.SPECIAL_INFORMATION, SpecialInformation.INTERCEPT | SpecialInformation.VACANT_CODE:
            return Rejected(404, f"special information tone: {heard.meaning.value}")
        case _:
            return NotReachable(f"{heard.tone.value} tone")


def severity(outcome: DialOutcome) -> int:
    """Which of several refusals tells the most: that of a person before that of a network."""
    match outcome:
        case Busy() | Declined():
            return 0
        case Rejected():
            return 1
        case NoAnswer():
            return 2
        case _:
            return 3


def status_of(outcome: DialOutcome) -> int:
    """The SIP status that tells an outcome to a peer."""
    match outcome:
        case Answered() | Machine():
            return 200
        case Busy():
            return 486
        case NoAnswer():
            return 480
        case Rejected(status):
            return status
        case NotReachable():
            return 503
        case Declined():
            return 603
        case _:
            assert_never(outcome)


_NOT_OF_THE_CALLER = {
    **dict.fromkeys((401, 407, 494), 403),
    **dict.fromkeys((406, 415), 488),
    **dict.fromkeys(
        (400, 405, 411, 412, 413, 414, 416, 417, 420, 421, 422, 423, 481, 491, 493, 505, 513), 500
    ),
}
"""Statuses that speak of one request, and what they are to somebody who sent another one."""


def refusal_status_of(outcome: DialOutcome) -> int:
    """The SIP status that refuses a caller for what came of calling somebody else.

    Our INVITE was refused, not the caller's: a challenge of the called side, or an extension that it lacks, would
    make the caller's phone change a request in which nothing is wrong. Where a 3xx leads is not for the caller
    either. The Q.850 cause tells it apart.
    """
    status = status_of(outcome)
    return _NOT_OF_THE_CALLER.get(status, status) if status >= 400 else 480


def cause_of(outcome: DialOutcome) -> Cause:
    """The Q.850 cause that tells an outcome to a peer: what the network named, else what it amounts to."""
    match outcome:
        case Answered() | Machine():
            return Cause.NORMAL_CALL_CLEARING
        case NoAnswer(cause):
            return cause or Cause.NO_ANSWER_FROM_USER
        case Busy(_, cause) | Rejected(cause=cause) | NotReachable(_, cause):
            return cause or q850.cause_of(status_of(outcome))
        case Declined():
            return Cause.CALL_REJECTED
        case _:
            assert_never(outcome)


def describe(outcome: DialOutcome) -> str:
    """For a call's journal."""
    match outcome:
        case Answered(leg):
            return f"answered: leg {leg.id}"
        case Machine(leg, sign, at_beep):
            return f"machine: leg {leg.id}, {sign.value}{', at its beep' if at_beep else ''}"
        case Rejected(status, reason):
            return f"rejected: {status} {reason}"
        case NotReachable(reason):
            return f"not reachable: {reason}"
        case Busy(by_tone):
            return "busy by its tone" if by_tone else "busy"
        case NoAnswer():
            return "no answer"
        case Declined():
            return "declined"
