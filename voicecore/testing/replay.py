"""A call that happened as a script of its caller: the same keys, at the same times after the same prompts.

Prompts last as long as they did. What cannot be known is left out: what was said (somebody speaks as long as he did),
keys of other parties, and keys pressed in secret, which whoever replays has to give.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from voicecore.calls.journal import HIDDEN, EventKind
from voicecore.errors import VoicecoreError
from voicecore.store.flow_journal import Fact, FlowJournal, Step
from voicecore.store.records import CallEnd, CallFile
from voicecore.testing.caller_script import (
    Action,
    CallerScript,
    Ends,
    HangUp,
    Hears,
    Line,
    Meets,
    Press,
    Reaction,
    Says,
    Silence,
)
from voicecore.testing.scripted_call import LETTERS_PER_SECOND, TONE_S

LATE_END_S = 3600.0
"""Seconds that a replayed caller waits for the end of a call that the platform ended."""

SILENCE_S = 5.0
"""What `call.record` takes for the end of a message, unless a flow says otherwise."""

_BREATH_S = 0.1
"""From the beginning of a recording to the first word: that it is later is certain, and how much is not kept."""


class NotReplayable(VoicecoreError):
    """The record does not tell enough; says what is missing."""


@dataclass(frozen=True, slots=True)
class _Heard:
    at: float
    prompt: str


@dataclass(frozen=True, slots=True)
class _Pressed:
    at: float
    key: str


@dataclass(frozen=True, slots=True)
class _Spoke:
    at: float
    seconds: float


_Event = _Heard | _Pressed | _Spoke


def script_of(file: CallFile, secret: str = "") -> CallerScript:
    """`secret`: the keys that were pressed in secret, in order. Raises NotReplayable."""
    journal = journal_of(file)
    hidden = sum(1 for one in file.events if _is_key(one.kind) and one.detail == HIDDEN)
    if hidden > len(secret):
        raise NotReplayable(f"{hidden} keys were pressed in secret and are not kept: give them with --secret")
    events = sorted(
        [*_heard_and_pressed(file, iter(secret)), *_spoken(file, journal)], key=lambda one: one.at
    )
    actions = list(_actions(events, file))
    meets = tuple(dict.fromkeys(_meetings(journal)))
    return CallerScript(
        tuple(Line(number, one) for number, one in enumerate(actions, 1)), meets, file.call.id
    )


def lengths_of(journal: FlowJournal) -> dict[str, float]:
    """Seconds that each prompt lasted, by its name."""
    return {one.prompt: one.length_ms / 1000 for step in journal.steps for one in step.spoken}


def journal_of(file: CallFile) -> FlowJournal:
    """Raises NotReplayable for a call in which no flow ran."""
    if file.flow_journal is None:
        raise NotReplayable("no flow ran in this call")
    return file.flow_journal


def _heard_and_pressed(file: CallFile, secret: Iterator[str]) -> Iterator[_Event]:
    legs = sorted(leg.id for leg in file.legs)
    others = tuple(f"leg {leg}: " for leg in legs[1:])
    for event in file.events:
        at = _after(file, event.at)
        if event.kind == EventKind.PROMPT.value:
            name = event.detail.partition(", ")[0]
            if _is_name(name):
                yield _Heard(at, name)
        elif _is_key(event.kind) and not event.detail.startswith(others):
            yield _Pressed(at, next(secret) if event.detail == HIDDEN else event.detail[-1])


def _spoken(file: CallFile, journal: FlowJournal) -> Iterator[_Event]:
    """Somebody who left a message spoke until the silence that ended it, or as long as it was."""
    for step in journal.steps:
        facts = _facts(step)
        length = facts.get("duration_ms")
        if step.verb != "record" or facts.get("spoken") is not True or not isinstance(length, int | float):
            continue
        silence = SILENCE_S if facts.get("end") == "silence" else 0.0
        if step.ended is not None:
            began = _after(file, step.ended) - length / 1000 + _BREATH_S
            yield _Spoke(began, max(_BREATH_S, length / 1000 - silence - _BREATH_S))


def _actions(events: list[_Event], file: CallFile) -> Iterator[Action]:
    """`now` is the time of the script, in seconds of the call that happened."""
    now = 0.0
    for event in events:
        if isinstance(event, _Heard):
            yield Hears(event.prompt)
            now = max(now, event.at)
            continue
        if event.at > now + 0.0005:
            yield Silence(round(event.at - now, 3))
            now = event.at
        if isinstance(event, _Pressed):
            yield Press(event.key)
            now += TONE_S
        else:
            letters = max(1, round(event.seconds * LETTERS_PER_SECOND))
            yield Says(("a message " * (letters // 10 + 1))[:letters])
            now += event.seconds
    ended = file.call.ended
    if file.call.end in (CallEnd.CALLER_HUNG_UP, CallEnd.CANCELLED) and ended is not None:
        left = _hung_up(file) - now
        if left > 0.0005:
            yield Silence(round(left, 3))
        yield HangUp()
    else:
        yield Ends(LATE_END_S)


def _hung_up(file: CallFile) -> float:
    """The record is closed a little later than the leg."""
    ends = [one.at for one in file.events if one.kind == EventKind.ENDED.value]
    return _after(file, ends[0] if ends else file.call.ended or file.call.started)


def _meetings(journal: FlowJournal) -> Iterator[Meets]:
    for number, step in enumerate(journal.steps):
        target = next((one.value for one in step.asked if one.name == "target"), None)
        if step.verb != "dial" or not isinstance(target, str) or step.ended is None:
            continue
        seconds = round((step.ended - step.began).total_seconds(), 3)
        for one in target.split(", "):
            yield _meeting(one, step, seconds, _talk_after(journal, number))


def _meeting(target: str, step: Step, seconds: float, talks: float | None) -> Meets:
    match step.outcome:
        case "Answered":
            return Meets(target, Reaction.ANSWERS, seconds, talks)
        case "Machine":
            # How much of the verb's time was ringing, the journal does not tell.
            return Meets(target, Reaction.MACHINE)
        case "Busy":
            return Meets(target, Reaction.IS_BUSY, seconds)
        case "Rejected":
            status = _facts(step).get("status")
            return Meets(target, Reaction.REJECTS, seconds, status=status if isinstance(status, int) else 603)
        case "NotReachable":
            return Meets(target, Reaction.REJECTS, seconds, status=503)
        case _:
            return Meets(target, Reaction.IGNORES, seconds)


def _talk_after(journal: FlowJournal, dialled: int) -> float | None:
    """How long the party of that dial talked before it hung up; None: it did not hang up."""
    for step in journal.steps[dialled + 1 :]:
        if step.verb == "dial":
            return None
        if step.verb == "bridge" and step.ended is not None:
            by_party = Fact("value", "party hung up") in step.result
            return round((step.ended - step.began).total_seconds(), 3) if by_party else None
    return None


def _facts(step: Step) -> Mapping[str, object]:
    return {one.name: one.value for one in step.result}


def _is_key(kind: str) -> bool:
    return kind == EventKind.DIGIT.value


def _is_name(prompt: str) -> bool:
    """Whether a simulation says it by this name."""
    return prompt.isidentifier() and prompt != HIDDEN


def _after(file: CallFile, at: datetime) -> float:
    return (at - file.call.started).total_seconds()
