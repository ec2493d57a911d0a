"""Who is let in: asked about every request outside of our dialogs, before anything is kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from voicecore.sip.headers import Field
from voicecore.sip.hop import Hop
from voicecore.sip.message import Request


@dataclass(init=False, slots=True)
class LetIn:
    """`who` is what the gate found out of the sender. The stack hands it on and never looks at it."""

    who: Final[object | None]

    def __init__(self, who: object | None = None) -> None:
        self.who = who


@dataclass(frozen=True, slots=True)
class TurnAway:
    """A final response, sent without keeping anything: repeats are judged anew."""

    status: int
    reason: str | None = None
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignore:
    """No answer at all."""


Verdict = LetIn | TurnAway | Ignore


class Gate(Protocol):
    """Never asked about a request within a dialog, a CANCEL of an INVITE that we have, an ACK, or a repeat."""

    def judge(self, request: Request, hop: Hop, now: float) -> Verdict: ...

    def answers_malformed(self, hop: Hop, now: float) -> bool:
        """Whether who sent what cannot be read is told so."""
        ...


class OpenGate:
    """Lets everybody in, as nobody in particular: for tests, and for programs that only call."""

    def judge(self, request: Request, hop: Hop, now: float) -> Verdict:
        return LetIn()

    def answers_malformed(self, hop: Hop, now: float) -> bool:
        return True
