"""What a flow did in one call, verb by verb, so that it can be read, compared and run again. No SQL here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import to_json

from voicecore.ids import LegId

VERSION = 1
"""Of the form in which journals are kept. A reader refuses a newer one."""

Argument = str | int | float | bool
"""A value that the number table passes to a flow."""

Scalar = str | int | float | bool | None


class Fact(NamedTuple):
    """One thing that a verb was asked for, or that came of it.

    A personal one may tell who the caller is or what he owns; whoever shows journals to others leaves it out.
    """

    name: str
    value: Scalar
    is_personal: bool = False


class Spoken(NamedTuple):
    """A prompt that began to play during a step: its name, and how long it is as a whole."""

    prompt: str
    length_ms: int


class Step(NamedTuple):
    """One verb. One without `ended` was never finished."""

    verb: str
    where: str
    """The line of the flow that asked for it: "module:line"."""
    leg: LegId
    began: datetime
    asked: tuple[Fact, ...] = ()
    ended: datetime | None = None
    outcome: str = ""
    """What it returned or raised, as the name of a type: "Choice", "NoInput", "Hangup"; "" for nothing."""
    result: tuple[Fact, ...] = ()
    spoken: tuple[Spoken, ...] = ()
    is_secret: bool = False
    """What was pressed is not in it."""


@dataclass(frozen=True, slots=True)
class FlowJournal:
    """A run of one flow. `version` names its source: two runs with the same one ran the same text."""

    flow: str
    version: str = ""
    language: str = ""
    args: Mapping[str, Argument] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    dropped: int = 0
    """Steps that did not fit."""

    def without_personal(self) -> FlowJournal:
        """The same, without a word of who the caller is: for those who need not know."""
        return replace(self, steps=tuple(map(_impersonal, self.steps)))


def _impersonal(step: Step) -> Step:
    def open_ones(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
        return tuple(one for one in facts if not one.is_personal)

    return step._replace(asked=open_ones(step.asked), result=open_ones(step.result))


def journal_to_json(journal: FlowJournal) -> str:
    """Small, because every call writes one."""
    return to_json(journal_to_plain(journal)).decode()


def journal_from_json(text: str | bytes) -> FlowJournal:
    """The opposite of `journal_to_json`. Raises ValueError for anything that it did not write."""
    return journal_of_plain(json.loads(text))


def journal_to_plain(journal: FlowJournal) -> dict[str, Any]:
    """Of what JSON knows only."""
    return {
        "journal": VERSION,
        "flow": journal.flow,
        "version": journal.version,
        "language": journal.language,
        "args": dict(journal.args),
        "steps": [_step_to_plain(step) for step in journal.steps],
        "dropped": journal.dropped,
    }


def journal_of_plain(plain: Any) -> FlowJournal:
    """The opposite of `journal_to_plain`. Raises ValueError for anything that it did not make."""
    try:
        if plain["journal"] != VERSION:
            raise ValueError(f"a journal of version {plain['journal']}: this program reads {VERSION}")
        return FlowJournal(
            flow=plain["flow"],
            version=plain["version"],
            language=plain["language"],
            args=plain["args"],
            steps=tuple(map(_step_of, plain["steps"])),
            dropped=plain["dropped"],
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a flow's journal: {error}") from error


def _step_to_plain(step: Step) -> dict[str, Any]:
    """What may be missing is left out when it is empty."""
    optional = {
        "asked": step.asked,
        "ended": step.ended.isoformat() if step.ended else None,
        "outcome": step.outcome,
        "result": step.result,
        "spoken": step.spoken,
        "secret": step.is_secret,
    }
    plain = {"verb": step.verb, "where": step.where, "leg": step.leg, "began": step.began.isoformat()}
    return plain | {name: value for name, value in optional.items() if value}


def _step_of(plain: Any) -> Step:
    ended = plain.get("ended")
    return Step(
        verb=plain["verb"],
        where=plain["where"],
        leg=LegId(plain["leg"]),
        began=datetime.fromisoformat(plain["began"]),
        asked=tuple(Fact(*fact) for fact in plain.get("asked", ())),
        ended=None if ended is None else datetime.fromisoformat(ended),
        outcome=plain.get("outcome", ""),
        result=tuple(Fact(*fact) for fact in plain.get("result", ())),
        spoken=tuple(Spoken(*one) for one in plain.get("spoken", ())),
        is_secret=plain.get("secret", False),
    )
