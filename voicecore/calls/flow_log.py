"""What a flow does, noted verb by verb while it runs."""

from __future__ import annotations

from contextvars import ContextVar, Token
from dataclasses import replace
from typing import Protocol

from voicecore.clock import Clock
from voicecore.ids import LegId
from voicecore.store.flow_journal import Fact, FlowJournal, Spoken, Step

MAX_STEPS = 2000
"""Steps kept of one call; when full, later ones are counted and dropped."""

MAX_SPOKEN = 50
"""Prompts kept of one step; when full, later ones are dropped."""

LONGEST_TEXT = 500
"""Characters kept of one fact."""

LONGEST_BODY = 16_384
"""Of a fact called "body": what a server sent, without which a flow cannot be run again."""

HIDDEN = "hidden"
"""Stands where a fact would tell a secret."""


class Secrecy(Protocol):
    """What the call's journal knows of secrets."""

    @property
    def is_secret(self) -> bool: ...
    def without_secrets(self, text: str) -> str: ...


_running: ContextVar[int | None] = ContextVar("step of the flow that runs", default=None)
"""Tasks that a verb starts inherit it."""


class FlowLog:
    """The steps of one run of a flow. Steps may overlap, as the verbs of `first_of` do."""

    def __init__(self, head: FlowJournal, secrecy: Secrecy, clock: Clock) -> None:
        self._head = head
        self._secrecy = secrecy
        self._clock = clock
        self._steps: list[Step] = []
        self._dropped = 0

    def begin(self, verb: str, where: str, leg: LegId, asked: tuple[Fact, ...]) -> int | None:
        """The number of the step; None when there is no room for it."""
        if len(self._steps) >= MAX_STEPS:
            self._dropped += 1
            return None
        is_secret = self._secrecy.is_secret
        # Limits are numbers and no secret; what is played may read back what was pressed.
        asked = tuple(self._kept(one, is_secret and isinstance(one.value, str)) for one in asked)
        self._steps.append(Step(verb, where, leg, self._clock.wall(), asked, is_secret=is_secret))
        return len(self._steps) - 1

    @staticmethod
    def enter(number: int) -> Token[int | None]:
        """What is done from now on, until `leave`, is done for that step."""
        return _running.set(number)

    @staticmethod
    def leave(outer: Token[int | None]) -> None:
        """The step before runs again. `outer` is what `enter` returned."""
        _running.reset(outer)

    def spoken(self, prompt: str, length_ms: int) -> None:
        """A prompt begins to play for the step that runs."""
        number = _running.get()
        if number is None:
            return
        step = self._steps[number]
        if len(step.spoken) < MAX_SPOKEN:
            name = HIDDEN if self._secrecy.is_secret else self._secrecy.without_secrets(prompt)
            self._steps[number] = step._replace(spoken=(*step.spoken, Spoken(name, length_ms)))

    def end(self, number: int, outcome: str, result: tuple[Fact, ...] = ()) -> None:
        step = self._steps[number]
        is_secret = step.is_secret or self._secrecy.is_secret
        self._steps[number] = step._replace(
            ended=self._clock.wall(),
            outcome=outcome,
            result=tuple(self._kept(one, is_secret) for one in result),
            is_secret=is_secret,
        )

    def journal(self) -> FlowJournal:
        """All of it until now."""
        return replace(self._head, steps=tuple(self._steps), dropped=self._dropped)

    def _kept(self, fact: Fact, is_secret: bool) -> Fact:
        if is_secret:
            return fact._replace(value=HIDDEN)
        if not isinstance(fact.value, str):
            return fact
        kept = self._secrecy.without_secrets(fact.value)
        kept = kept[: LONGEST_BODY if fact.name == "body" else LONGEST_TEXT]
        return fact if kept == fact.value else fact._replace(value=kept)
