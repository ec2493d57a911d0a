"""Whom a request is for."""

from __future__ import annotations

from voicecore.sip.output import RequestReceived
from voicecore.sip.uri import Uri


def addressee(received: RequestReceived) -> Uri:
    """The Request-URI; within a dialog that is our own Contact, and To still says who was meant."""
    return received.request.uri if received.dialog is None else received.request.to.uri
