"""What call flows import: the call, its results, and the prompts that it can play."""

from voicecore.calls.outbound import Answered, Busy, DialOutcome, NoAnswer, NotReachable, Rejected
from voicecore.calls.transferor import NotTransferred, TransferOutcome, Transferred
from voicecore.ivr.call import Call
from voicecore.ivr.prompt import AudioFile, Named, Prompt, Say, Series, Spoken, Tone
from voicecore.ivr.results import (
    BridgeEnd,
    Choice,
    Digits,
    GatherEnd,
    Hangup,
    Message,
    NoChoice,
    NoChoiceReason,
    NoInput,
    NotRecorded,
    RecordEnd,
)
from voicecore.speech.language.money import Money

__all__ = [
    "Answered",
    "AudioFile",
    "BridgeEnd",
    "Busy",
    "Call",
    "Choice",
    "DialOutcome",
    "Digits",
    "GatherEnd",
    "Hangup",
    "Message",
    "Money",
    "Named",
    "NoAnswer",
    "NoChoice",
    "NoChoiceReason",
    "NoInput",
    "NotReachable",
    "NotRecorded",
    "NotTransferred",
    "Prompt",
    "RecordEnd",
    "Rejected",
    "Say",
    "Series",
    "Spoken",
    "Tone",
    "TransferOutcome",
    "Transferred",
]
