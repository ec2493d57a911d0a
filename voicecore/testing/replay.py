"""A call that happened as a script of its caller: the same keys and words, at the same times after the same prompts,
and those of the parties that were called.

Prompts last as long as they did. What cannot be known is left out: what was said in a message (somebody speaks as long
as he did), words said in secret, and keys pressed in secret, which whoever replays has to give.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from voicecore.calls.journal import HIDDEN, EventKind
from voicecore.errors import VoicecoreError
from voicecore.ids import LegId
from voicecore.speech.recognition.recogniser import END_OF_SPEECH_S
from voicecore.store.flow_journal import Fact, FlowJournal, Step
from voicecore.store.records import CallEnd, CallFile, EventRecord, LegRecord
from voicecore.testing.caller_script import (
    Action,
    CallerScript,
    Deed,
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

_HAIR_S = 0.001
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


@dataclass(frozen=True, slots=True)
class _Said:
    """Words that were understood."""

    at: float
    text: str


_Event = _Heard | _Pressed | _Spoke | _Said


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
    meets = tuple(dict.fromkeys(_meetings(file, journal)))
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
    others = tuple(f"leg {leg}: " for leg in _legs(file)[1:])
    for event in file.events:
        at = _after(file, event.at)
        if event.kind == EventKind.PROMPT.value:
            name = event.detail.partition(", ")[0]
            if _is_name(name):
                yield _Heard(at, name)
        elif _is_key(event.kind) and not event.detail.startswith(others):
            yield _Pressed(at, next(secret) if event.detail == HIDDEN else event.detail[-1])
        elif (text := _understood(event)) and not event.detail.startswith(others):
            yield _said(at, text)


def _legs(file: CallFile) -> list[LegId]:
    """The caller's first."""
    return sorted(leg.id for leg in file.legs)


def _understood(event: EventRecord) -> str:
    """What was said, of an event that tells it."""
    if event.kind != EventKind.SPOKEN.value or event.detail == HIDDEN:
        return ""
    return event.detail.partition(": ")[2]


def _said(understood: float, text: str) -> _Said:
    """It is understood a silence after the last word, and how long it took is not kept: at a person's pace."""
    return _Said(understood - END_OF_SPEECH_S - len(text) / LETTERS_PER_SECOND, text)


def _spoken(file: CallFile, journal: FlowJournal) -> Iterator[_Event]:
    """Somebody who left a message spoke until the silence that ended it, or as long as it was."""
    for step in journal.steps:
        if step.verb == "record" and step.outcome == "Hangup":
            yield from _spoke_and_left(file, step)
        facts = _facts(step)
        length = facts.get("duration_ms")
        if step.verb != "record" or facts.get("spoken") is not True or not isinstance(length, int | float):
            continue
        silence = SILENCE_S if facts.get("end") == "silence" else 0.0
        if step.ended is not None:
            began = _after(file, step.ended) - length / 1000 + _BREATH_S
            yield _Spoke(began, max(_BREATH_S, length / 1000 - silence - _BREATH_S))


def _spoke_and_left(file: CallFile, step: Step) -> Iterator[_Spoke]:
    """Who hung up within a message that was longer than its silence had spoken: how long, only about."""
    starts = (one for one in file.events if one.kind == EventKind.RECORDING_STARTED.value)
    started = next((one.at for one in starts if step.began <= one.at <= (step.ended or step.began)), None)
    if started is None or step.ended is None:
        return
    silence = next((one.value for one in step.asked if one.name == "silence"), SILENCE_S)
    length = (step.ended - started).total_seconds()
    if isinstance(silence, int | float) and length > silence:
        yield _Spoke(_after(file, started) + _BREATH_S, length - silence / 2)


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
        match event:
            case _Pressed(_, key):
                yield Press(key)
                now += TONE_S
            case _Said(_, text):
                yield Says(text)
                now += len(text) / LETTERS_PER_SECOND
            case _Spoke(_, seconds):
                letters = max(1, round(seconds * LETTERS_PER_SECOND))
                yield Says(("a message " * (letters // 10 + 1))[:letters])
                now += seconds
            case _:
                assert_never(event)
    ended = file.call.ended
    if file.call.end in (CallEnd.CALLER_HUNG_UP, CallEnd.CANCELLED) and ended is not None:
        left = _hung_up(file) - now - _head_start(file)
        if left > 0.0005:
            yield Silence(round(left, 3))
        yield HangUp()
    else:
        yield Ends(LATE_END_S)


def _head_start(file: CallFile) -> float:
    """Who hung up in the very instant in which a verb would have ended came first then: he shall again."""
    steps = () if file.flow_journal is None else file.flow_journal.steps
    is_waiting = bool(steps) and _after(file, steps[-1].began) < _hung_up(file) - 2 * _HAIR_S
    return _HAIR_S if is_waiting else 0.0


def _hung_up(file: CallFile) -> float:
    """The record is closed a little later than the leg."""
    ends = [one.at for one in file.events if one.kind == EventKind.ENDED.value]
    return _after(file, ends[0] if ends else file.call.ended or file.call.started)


def _meetings(file: CallFile, journal: FlowJournal) -> Iterator[Meets]:
    for number, step in enumerate(journal.steps):
        target = next((one.value for one in step.asked if one.name == "target"), None)
        if step.verb != "dial" or not isinstance(target, str) or step.ended is None:
            continue
        seconds = round((step.ended - step.began).total_seconds(), 3)
        targets = target.split(", ")
        party = _answerer(file, step) if len(targets) == 1 else None
        for one in targets:
            meeting = _meeting(one, step, seconds, _talk_after(journal, number))
            yield meeting if party is None else _answering(meeting, file, step, party)


def _answerer(file: CallFile, step: Step) -> LegRecord | None:
    """The party that answered during this dial."""
    called = (leg for leg in file.legs if leg.id != _legs(file)[0] and leg.answered is not None)
    ended = step.ended or step.began
    return next((leg for leg in called if leg.answered and step.began <= leg.answered <= ended), None)


def _answering(meeting: Meets, file: CallFile, step: Step, party: LegRecord) -> Meets:
    """With what he did on the phone, before the caller heard him and after: one who declined had answered as well."""
    if party.answered is None:
        return meeting
    answered = party.answered
    mark, does = f"leg {party.id}: ", list[Deed]()
    for event in file.events:
        at = (event.at - answered).total_seconds()
        if event.detail.startswith(mark) and _is_key(event.kind):
            does.append(Deed(round(at, 3), Press(event.detail[-1])))
        elif event.detail.startswith(mark) and (text := _understood(event)):
            does.append(Deed(round(max(0.0, _said(at, text).at), 3), Says(text)))
    rang = round((answered - step.began).total_seconds(), 3)
    talks = meeting.talks
    if talks is not None and step.ended is not None:
        talks = round(talks + (step.ended - answered).total_seconds(), 3)
    return Meets(meeting.target, Reaction.ANSWERS, rang, talks, does=tuple(does))


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
