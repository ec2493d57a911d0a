"""What call flows import: the call, its results, and the prompts that it can play."""

from voicecore.calls.outbound import Answered, Busy, Declined, DialOutcome, NoAnswer, NotReachable, Rejected
from voicecore.calls.transferor import NotTransferred, TransferOutcome, Transferred
from voicecore.ivr.call import Call
from voicecore.ivr.kinds import (
    Amount,
    CalendarDate,
    DateOrder,
    DigitString,
    OneOf,
    Pattern,
    PhoneNumber,
    WholeNumber,
    YesNo,
)
from voicecore.ivr.options import Listens, numbered
from voicecore.ivr.prompt import AudioData, AudioFile, InLanguage, Named, Prompt, Say, Series, Spoken, Tone
from voicecore.ivr.results import (
    Asked,
    BridgeEnd,
    Choice,
    Digits,
    FaxTone,
    GatherEnd,
    Hangup,
    How,
    Key,
    Message,
    NoChoice,
    NoInput,
    NotAsked,
    NotRecorded,
    RecordEnd,
    Unanswered,
)
from voicecore.ivr.verbs.first_of import first_of
from voicecore.ivr.web.message import WebReply
from voicecore.sip.cause import Cause
from voicecore.speech.language.money import Money

__all__ = [
    "Amount",
    "Answered",
    "Asked",
    "AudioData",
    "AudioFile",
    "BridgeEnd",
    "Busy",
    "CalendarDate",
    "Call",
    "Cause",
    "Choice",
    "DateOrder",
    "Declined",
    "DialOutcome",
    "DigitString",
    "Digits",
    "FaxTone",
    "GatherEnd",
    "Hangup",
    "How",
    "InLanguage",
    "Key",
    "Listens",
    "Message",
    "Money",
    "Named",
    "NoAnswer",
    "NoChoice",
    "NoInput",
    "NotAsked",
    "NotReachable",
    "NotRecorded",
    "NotTransferred",
    "OneOf",
    "Pattern",
    "PhoneNumber",
    "Prompt",
    "RecordEnd",
    "Rejected",
    "Say",
    "Series",
    "Spoken",
    "Tone",
    "TransferOutcome",
    "Transferred",
    "Unanswered",
    "WebReply",
    "WholeNumber",
    "YesNo",
    "first_of",
    "numbered",
]
