"""Reason: why a request was sent or a response came, in the words of another protocol (RFC 3326)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from voicecore.errors import PeerError
from voicecore.sip.cause import Cause
from voicecore.sip.grammar import is_token, parameter, parse_number, parse_value, plain_text, quote
from voicecore.sip.headers import Headers

Q850 = "Q.850"
SIP = "SIP"


@dataclass(frozen=True, slots=True)
class Reason:
    """`cause` is a Q.850 cause or a SIP status, by `protocol`.

    >>> str(Reason.of_cause(Cause.USER_BUSY))
    'Q.850;cause=17;text="User busy"'
    """

    protocol: str
    cause: int | None = None
    text: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one; PeerError when it is malformed."""
        protocol, parameters = parse_value(text, "Reason")
        if not is_token(protocol):
            raise PeerError("Malformed Reason")
        cause = parameter(parameters, "cause")
        number = None if cause is None else parse_number(cause, "Reason")
        return cls(protocol, number, plain_text(parameter(parameters, "text") or ""))

    @classmethod
    def of_cause(cls, cause: Cause) -> Self:
        return cls(Q850, cause, cause.phrase)

    @classmethod
    def all_of(cls, headers: Headers) -> tuple[Self, ...]:
        return tuple([cls.parse(value) for value in headers.all("Reason")])

    def __str__(self) -> str:
        cause = "" if self.cause is None else f";cause={int(self.cause)}"
        text = f";text={quote(self.text)}" if self.text else ""
        return f"{self.protocol}{cause}{text}"

    @property
    def q850(self) -> Cause | None:
        """The cause, where it is one of Q.850's that we know."""
        if self.protocol.upper() != Q850 or self.cause is None:
            return None
        try:
            return Cause(self.cause)
        except ValueError:
            return None


def cause_of(headers: Headers) -> Cause | None:
    """The first Q.850 cause that a message names. A malformed Reason says nothing."""
    try:
        reasons = Reason.all_of(headers)
    except PeerError:
        return None
    return next((reason.q850 for reason in reasons if reason.q850 is not None), None)
