"""menu: offer options, take one, and say what went wrong when it was none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from voicecore.calls.journal import EventKind
from voicecore.ivr.kinds import OneOf
from voicecore.ivr.line import Line
from voicecore.ivr.options import Options, check_universal
from voicecore.ivr.prompt import Prompt
from voicecore.ivr.results import Choice, Digits, NoChoice, Unanswered
from voicecore.ivr.verbs.gather import Entry, Patience
from voicecore.ivr.verbs.question import Retry, put

T = TypeVar("T")


async def menu(
    line: Line,
    prompts: Sequence[Prompt],
    options: Options[T],
    patience: Patience,
    retry: Retry,
) -> Choice[T] | NoChoice:
    """Raises UsageError before anything is played, for options that cannot be told apart."""
    one_of = OneOf(options)
    check_universal(one_of.values, line.universal)

    def accept(digits: Digits) -> Choice[T] | None:
        if digits.text not in one_of.values:
            return None
        return Choice(one_of.values[digits.text], digits.text, at=line.now)

    entry = Entry(one_of.is_complete, terminator="", universal=line.universal.beside(one_of.first_keys))
    chosen = await put(line, prompts, entry, patience, retry, accept)
    if isinstance(chosen, Unanswered):
        line.note(EventKind.CHOICE, f"none: {chosen.value}")
        return NoChoice(chosen)
    line.note(EventKind.CHOICE, chosen.key)
    return chosen
