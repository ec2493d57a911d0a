"""A request of the peer with all that is needed to answer it."""

from __future__ import annotations

from dataclasses import dataclass

from voicecore.sip.destination import ReplyPath
from voicecore.sip.hop import Hop
from voicecore.sip.message import Request
from voicecore.sip.output import DialogId
from voicecore.sip.transaction.key import ServerKey


@dataclass(frozen=True, slots=True)
class Arrival:
    request: Request
    hop: Hop
    """Where it came from; `reply.hop` is where responses go."""
    key: ServerKey
    reply: ReplyPath

    def dialog_id(self) -> DialogId:
        """The dialog that the request says it belongs to (RFC 3261, 12.2.2)."""
        request = self.request
        return DialogId(request.call_id, request.to.tag or "", request.from_.tag or "")
