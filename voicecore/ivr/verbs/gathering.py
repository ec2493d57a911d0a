"""gather as a flow asks for it: so many digits, tried again where they are too few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from voicecore.ivr.ear import Utterance
from voicecore.ivr.line import Line
from voicecore.ivr.prompt import Prompt
from voicecore.ivr.results import Digits, GatherEnd, How, NoInput, Unanswered
from voicecore.ivr.spoken import grammar_of
from voicecore.ivr.verbs.gather import Entry, Patience
from voicecore.ivr.verbs.question import Retry, put
from voicecore.speech.recognition.grammar import DigitString


@dataclass(frozen=True, slots=True)
class DigitsWanted:
    """How many, how they may end, and whether they may be said."""

    most: int
    at_least: int
    terminator: str
    barge_in: bool
    speech: bool


async def gather_digits(
    line: Line, prompts: Sequence[Prompt], wanted: DigitsWanted, patience: Patience, retry: Retry
) -> Digits | NoInput:
    answers = DigitString(max(1, wanted.at_least), wanted.most) if wanted.speech else None
    entry = Entry(
        lambda text: len(text) >= wanted.most,
        wanted.terminator,
        line.universal.beside("0123456789"),
        wanted.barge_in,
        grammar_of(answers, line.universal.by_key().values()),
    )

    def accept(given: Digits | Utterance) -> Digits | None:
        match given:
            case Utterance(str(digits), confidence, at):
                return Digits(digits, GatherEnd.COMPLETE, How.SPEECH, confidence, at)
            case Digits() if len(given.text) >= wanted.at_least:
                return replace(given, at=line.now)
            case _:
                return None

    given = await put(line, prompts, entry, patience, retry, accept)
    return NoInput(given) if isinstance(given, Unanswered) else given
