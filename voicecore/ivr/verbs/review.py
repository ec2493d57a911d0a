"""record with a review: the caller listens to his message, records it again, or keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from voicecore.ivr.line import Line
from voicecore.ivr.prompt import AudioFile, Prompt
from voicecore.ivr.results import Choice, Message, NotRecorded
from voicecore.ivr.verbs.gather import Patience
from voicecore.ivr.verbs.menu import menu
from voicecore.ivr.verbs.question import Retry
from voicecore.ivr.verbs.record import RecordLimits, record

MAX_ROUNDS = 20
"""Times that a caller may listen or record again; then the message is kept as it is."""


class Wish(Enum):
    LISTEN = auto()
    AGAIN = auto()
    KEEP = auto()


RETRY = Retry(3, "invalid_choice", "no_input")
KEYS = {"1": Wish.LISTEN, "2": Wish.AGAIN, "3": Wish.KEEP}


async def reviewed(line: Line, limits: RecordLimits, *, beep: bool) -> Message | NotRecorded:
    """Who says nothing, or hangs up, keeps the message. Earlier takes stay in the call's record."""
    message = await record(line, limits, beep=beep)
    spoken: Sequence[Prompt] = ("review_message",)
    for _ in range(MAX_ROUNDS):
        if isinstance(message, NotRecorded):
            break
        match await menu(line, spoken, KEYS, Patience(), RETRY):
            case Choice(Wish.LISTEN):
                spoken = (AudioFile(message.path), "review_message")
            case Choice(Wish.AGAIN):
                message = await record(line, limits, beep=beep)
                spoken = ("review_message",)
            case _:
                break
    return message
