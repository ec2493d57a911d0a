"""The verbs of a TwiML document as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Method(Enum):
    GET = "GET"
    POST = "POST"


@dataclass(frozen=True, slots=True)
class Say:
    """`language` None is the call's. `loop` 0 is until the caller hangs up."""

    text: str
    language: str | None = None
    loop: int = 1


@dataclass(frozen=True, slots=True)
class Play:
    """A sound file, or keys that are sent to the caller (`w` waits half a second)."""

    url: str
    loop: int = 1
    digits: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: int = 1


@dataclass(frozen=True, slots=True)
class Action:
    """Where the next document is, relative to this one; "" is this one."""

    url: str = ""
    method: Method = Method.POST


@dataclass(frozen=True, slots=True)
class Gather:
    """`timeout` counts to the first key and from key to key. `num_digits` None: until the finish key or silence."""

    prompts: tuple[Say | Play | Pause, ...]
    action: Action
    timeout: int = 5
    finish_on_key: str = "#"
    num_digits: int | None = None
    on_empty: bool = False
    """Whether the action is asked also when nothing was pressed."""


@dataclass(frozen=True, slots=True)
class Record:
    action: Action
    timeout: int = 5
    finish_on_key: str = "1234567890*#"
    max_length: int = 3600
    play_beep: bool = True


@dataclass(frozen=True, slots=True)
class Party:
    """Whom to call, as our `dial` takes it. `url`: a document for who answers, before the two talk."""

    target: str
    url: str = ""
    method: Method = Method.POST


@dataclass(frozen=True, slots=True)
class Dial:
    """`action` None: the document goes on after it."""

    parties: tuple[Party, ...]
    action: Action | None = None
    timeout: int = 30
    time_limit: int = 14_400
    hangup_on_star: bool = False
    record: bool = False
    answer_on_bridge: bool = False
    sequential: bool = False


@dataclass(frozen=True, slots=True)
class Redirect:
    action: Action


@dataclass(frozen=True, slots=True)
class Hangup:
    pass


@dataclass(frozen=True, slots=True)
class Reject:
    busy: bool = False


Verb = Say | Play | Pause | Gather | Record | Dial | Redirect | Hangup | Reject


@dataclass(frozen=True, slots=True)
class Document:
    """`remarks` say, with their lines, what of it is not done here."""

    verbs: tuple[Verb, ...]
    remarks: tuple[str, ...] = ()
