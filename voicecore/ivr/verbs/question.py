"""What gather, menu and ask share: a question is put again, in other words, until it has an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from voicecore.errors import UsageError
from voicecore.ivr.ear import Utterance
from voicecore.ivr.line import Line
from voicecore.ivr.options import UniversalOption
from voicecore.ivr.prompt import Prompt
from voicecore.ivr.results import Digits, Unanswered
from voicecore.ivr.verbs.gather import Entry, Patience, gather

A = TypeVar("A")

Escalation = Prompt | list[Prompt]
"""What is said before a question is put again: always the same, or a list: at the first time, the second, ...

The last of a list stands for all later times.
"""

MAX_REPEATS = 20
"""Times that a caller may hear a question again on his own wish; after that the key is no answer."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a question is put, and what is said in between. Raises UsageError for less than once."""

    tries: int
    invalid: Escalation
    no_input: Escalation

    def __post_init__(self) -> None:
        if self.tries < 1:
            raise UsageError(f"a question needs at least one try, not {self.tries}")

    def before(self, reason: Unanswered, times: int) -> Sequence[Prompt]:
        """What is said after the caller failed in this way for the n-th time."""
        escalation = self.no_input if reason is Unanswered.SILENT else self.invalid
        if not isinstance(escalation, list):
            return (escalation,)
        return escalation[min(times, len(escalation)) - 1 :][:1]


async def put(
    line: Line,
    prompts: Sequence[Prompt],
    entry: Entry,
    patience: Patience,
    retry: Retry,
    accept: Callable[[Digits | Utterance], A | None],
) -> A | Unanswered:
    """Puts the question until `accept` makes an answer of what was pressed or said, the tries are used up, or a
    universal option leads elsewhere."""
    times = {Unanswered.SILENT: 0, Unanswered.INVALID: 0}
    spoken, repeats = prompts, 0
    while True:
        reason = Unanswered.INVALID
        match await gather(line, spoken, entry, patience):
            case None:
                reason = Unanswered.SILENT
            case UniversalOption.BACK:
                return Unanswered.BACK
            case UniversalOption.OPERATOR:
                return Unanswered.OPERATOR
            case UniversalOption.REPEAT:
                repeats += 1
                if repeats <= MAX_REPEATS:
                    spoken = prompts
                    continue
            case Digits() | Utterance() as given:
                answer = accept(given)
                if answer is not None:
                    return answer
                line.digits.clear()  # the rest of a wrong number is no answer to the next question
        times[reason] += 1
        if sum(times.values()) >= retry.tries:
            return reason
        spoken = (*retry.before(reason, times[reason]), *prompts)
