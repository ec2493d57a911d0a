"""menu: offer options, take one, and say what went wrong when it was none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from voicecore.calls.journal import EventKind
from voicecore.errors import UsageError
from voicecore.ivr.line import Line
from voicecore.ivr.prompt import Prompt
from voicecore.ivr.results import Choice, NoChoice, NoChoiceReason, NoInput
from voicecore.ivr.verbs.gather import Entry, Patience, gather

T = TypeVar("T")

KEYS = frozenset("0123456789*#ABCD")


async def menu(
    line: Line,
    prompts: Sequence[Prompt],
    options: Mapping[str, T],
    *,
    tries: int,
    patience: Patience,
    invalid: Prompt,
    no_input: Prompt,
) -> Choice[T] | NoChoice:
    """Plays the prompts up to `tries` times. A key that begins no option, or silence, is told and tried again."""
    _check(options, tries)
    reason = NoChoiceReason.SILENT
    spoken: Sequence[Prompt] = prompts
    entry = Entry(lambda text: _is_decided(text, options), terminator="")
    for _ in range(tries):
        result = await gather(line, spoken, entry, patience, barge_in=True)
        if isinstance(result, NoInput):
            reason, spoken = NoChoiceReason.SILENT, (no_input, *prompts)
        elif result.text in options:
            line.note(EventKind.CHOICE, result.text)
            return Choice(options[result.text], result.text)
        else:
            reason, spoken = NoChoiceReason.INVALID, (invalid, *prompts)
            line.digits.clear()  # the rest of a wrong number is no answer to the next question
    line.note(EventKind.CHOICE, f"none: {reason.value}")
    return NoChoice(reason)


def _is_decided(text: str, options: Mapping[str, T]) -> bool:
    """No further key could make another option of it."""
    return not any(key.startswith(text) and key != text for key in options)


def _check(options: Mapping[str, T], tries: int) -> None:
    wrong = [key for key in options if not key or not set(key) <= KEYS]
    if not options or wrong:
        raise UsageError(
            f"a menu's options are keys of a phone, as '1' or '42'; not {wrong or 'none at all'}"
        )
    if tries < 1:
        raise UsageError(f"a menu needs at least one try, not {tries}")
