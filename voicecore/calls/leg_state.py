"""The states of a leg, as a table. The leg's SIP and media machines have their own."""

from __future__ import annotations

from enum import auto

from voicecore.sip.symbol import Symbol


class LegState(Symbol):
    OFFERED = auto()
    """Inbound: INVITE received, no final response sent."""
    DIALLING = auto()
    """Outbound: INVITE sent, no final response received."""
    CANCELLING = auto()
    """Outbound: we gave up, the peer has not confirmed."""
    ANSWERED = auto()
    ENDED = auto()


class LegInput(Symbol):
    ANSWER = auto()
    """Our 2xx to an inbound INVITE, or the peer's to ours."""
    CANCEL = auto()
    END = auto()
    """BYE either way, a failure response, a time-out."""


TRANSITIONS: dict[tuple[LegState, LegInput], LegState] = {
    (LegState.OFFERED, LegInput.ANSWER): LegState.ANSWERED,
    (LegState.OFFERED, LegInput.END): LegState.ENDED,
    (LegState.DIALLING, LegInput.ANSWER): LegState.ANSWERED,
    (LegState.DIALLING, LegInput.CANCEL): LegState.CANCELLING,
    (LegState.DIALLING, LegInput.END): LegState.ENDED,
    (LegState.CANCELLING, LegInput.END): LegState.ENDED,
    (LegState.ANSWERED, LegInput.END): LegState.ENDED,
}


def step(state: LegState, what: LegInput) -> LegState | None:
    """The next state, or None if this state has no use for the input."""
    return TRANSITIONS.get((state, what))
