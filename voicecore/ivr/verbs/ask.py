"""ask: a question whose answer is a typed value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from voicecore.errors import Unavailable
from voicecore.ivr.ear import Utterance
from voicecore.ivr.kinds import Kind, NoMatch, OneOf
from voicecore.ivr.line import Line
from voicecore.ivr.options import NOTHING, Listens, check_universal
from voicecore.ivr.prompt import Prompt
from voicecore.ivr.results import Asked, Choice, Digits, How, NotAsked, Unanswered
from voicecore.ivr.spoken import answers_of, grammar_of, keys_of
from voicecore.ivr.verbs.gather import Entry, Patience
from voicecore.ivr.verbs.menu import menu
from voicecore.ivr.verbs.question import Retry, put
from voicecore.speech.recognition.grammar import Answer
from voicecore.speech.recognition.words.registry import spoken_rules

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
    speech: bool,
) -> Asked[T] | NotAsked:
    """An answer that the caller rejects is asked for again, as often as a wrong one would be."""
    if isinstance(kind, OneOf):
        check_universal(kind.values, line.universal)
    answers = answers_of(kind, line.language, line.now.date()) if speech else None
    entry = Entry(
        kind.is_complete,
        terminator,
        line.universal.beside(kind.first_keys),
        barge_in,
        grammar_of(answers, line.universal.by_key().values()),
    )

    def accept(given: Digits | Utterance) -> tuple[Asked[T], str] | None:
        match given:
            case Digits(keys):
                how, confidence, at = How.KEY, 1.0, line.now
            case Utterance(str(meaning), confidence, at):
                how, keys = How.SPEECH, keys_of(kind, meaning)
            case _:
                return None
        value = kind.parse(keys)
        return None if isinstance(value, NoMatch) else (Asked(value, how, confidence, at), keys)

    for _ in range(retry.tries):
        answer = await put(line, prompts, entry, patience, retry, accept)
        if isinstance(answer, Unanswered):
            return NotAsked(answer)
        asked, keys = answer
        if confirm is False:
            return asked
        spoken = _read_back(keys) if confirm is True else confirm(asked.value)
        listens = _yes_and_no(line.language) if speech else NOTHING
        confirmed = await menu(line, (*spoken, "confirm_entry"), CONFIRM_KEYS, patience, retry, listens)
        if not isinstance(confirmed, Choice):
            return NotAsked(confirmed.reason)
        if confirmed.value:
            return asked
    return NotAsked(Unanswered.REJECTED)


def _yes_and_no(language: str) -> Listens:
    """How the two keys of a confirmation may be said; nothing where nobody knows the language."""
    try:
        said = spoken_rules(language).answers
    except Unavailable:
        return NOTHING
    return {"1": said[Answer.YES], "2": said[Answer.NO]}


def _read_back(keys: str) -> tuple[Prompt, ...]:
    return ("you_entered", *(_KEY_PROMPTS.get(key, f"digit_{key}") for key in keys))
