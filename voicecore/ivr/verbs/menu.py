"""menu: offer options, take one, and say what went wrong when it was none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from voicecore.calls.journal import EventKind
from voicecore.ivr.ear import Utterance
from voicecore.ivr.kinds import OneOf
from voicecore.ivr.line import Line
from voicecore.ivr.options import NOTHING, Listens, Options, check_universal
from voicecore.ivr.prompt import Prompt
from voicecore.ivr.results import Choice, Digits, How, NoChoice, Unanswered
from voicecore.ivr.spoken import answers_of, grammar_of
from voicecore.ivr.verbs.gather import Entry, Patience
from voicecore.ivr.verbs.question import Retry, put

T = TypeVar("T")


async def menu(
    line: Line,
    prompts: Sequence[Prompt],
    options: Options[T],
    patience: Patience,
    retry: Retry,
    listens: Listens = NOTHING,
) -> Choice[T] | NoChoice:
    """Raises UsageError before anything is played, for options that cannot be told apart."""
    one_of = OneOf(options, listens)
    check_universal(one_of.values, line.universal)
    answers = answers_of(one_of, line.language, line.now.date())

    def accept(given: Digits | Utterance) -> Choice[T] | None:
        match given:
            case Digits(key) if key in one_of.values:
                return Choice(one_of.values[key], key, at=line.now)
            case Utterance(str(key), confidence, at):
                return Choice(one_of.values[key], key, How.SPEECH, confidence, at)
            case _:
                return None

    entry = Entry(
        one_of.is_complete,
        terminator="",
        universal=line.universal.beside(one_of.first_keys),
        grammar=grammar_of(answers, line.universal.by_key().values()),
    )
    chosen = await put(line, prompts, entry, patience, retry, accept)
    if isinstance(chosen, Unanswered):
        line.note(EventKind.CHOICE, f"none: {chosen.value}")
        return NoChoice(chosen)
    line.note(EventKind.CHOICE, chosen.key)
    return chosen
