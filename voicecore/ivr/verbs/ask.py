"""ask: a question whose answer is a typed value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from voicecore.ivr.kinds import Kind, NoMatch, OneOf
from voicecore.ivr.line import Line
from voicecore.ivr.options import check_universal
from voicecore.ivr.prompt import Prompt
from voicecore.ivr.results import Asked, Choice, Digits, How, NotAsked, Unanswered
from voicecore.ivr.verbs.gather import Entry, Patience
from voicecore.ivr.verbs.menu import menu
from voicecore.ivr.verbs.question import Retry, put

T = TypeVar("T")

Confirmation = bool | Callable[[T], Sequence[Prompt]]
"""Whether, or how, an answer is read back. True: key by key."""

CONFIRM_KEYS = {"1": True, "2": False}
_KEY_PROMPTS = {"*": "digit_star", "#": "digit_pound"}


async def ask(
    line: Line,
    prompts: Sequence[Prompt],
    kind: Kind[T],
    *,
    confirm: Confirmation[T],
    terminator: str,
    barge_in: bool,
    patience: Patience,
    retry: Retry,
) -> Asked[T] | NotAsked:
    """An answer that the caller rejects is asked for again, as often as a wrong one would be."""
    if isinstance(kind, OneOf):
        check_universal(kind.values, line.universal)
    entry = Entry(kind.is_complete, terminator, line.universal.beside(kind.first_keys), barge_in)

    def accept(digits: Digits) -> tuple[T, str] | None:
        value = kind.parse(digits.text)
        return None if isinstance(value, NoMatch) else (value, digits.text)

    for _ in range(retry.tries):
        answer = await put(line, prompts, entry, patience, retry, accept)
        if isinstance(answer, Unanswered):
            return NotAsked(answer)
        value, keys = answer
        asked = Asked(value, How.KEY, 1.0, line.now)
        if confirm is False:
            return asked
        spoken = _read_back(keys) if confirm is True else confirm(value)
        confirmed = await menu(line, (*spoken, "confirm_entry"), CONFIRM_KEYS, patience, retry)
        if not isinstance(confirmed, Choice):
            return NotAsked(confirmed.reason)
        if confirmed.value:
            return asked
    return NotAsked(Unanswered.REJECTED)


def _read_back(keys: str) -> tuple[Prompt, ...]:
    return ("you_entered", *(_KEY_PROMPTS.get(key, f"digit_{key}") for key in keys))
