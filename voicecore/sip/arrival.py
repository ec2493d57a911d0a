"""A request of the peer with all that is needed to answer it."""

from __future__ import annotations

from voicecore.sip.destination import ReplyPath, reply_path
from voicecore.sip.headers import Field
from voicecore.sip.hop import Hop
from voicecore.sip.message import Request
from voicecore.sip.output import DialogId
from voicecore.sip.transaction.key import ServerKey


class Arrival:
    """`hop` is where the request came from; `reply_hop` is where its responses go."""

    __slots__ = ("_reply", "hop", "key", "request", "who")

    def __init__(self, request: Request, hop: Hop, key: ServerKey) -> None:
        self.request = request
        self.hop = hop
        self.key = key
        self.who: object = None
        """What the gate found out of the sender."""
        self._reply: ReplyPath | None = None

    @property
    def reply_hop(self) -> Hop:
        return self._reply_path().hop

    def reply_fields(self) -> tuple[Field, ...]:
        """What every response copies from the request as it is (RFC 3261, 8.2.6.2): all but To."""
        return self._reply_path().fields

    def dialog_id(self) -> DialogId:
        """The dialog that the request says it belongs to (RFC 3261, 12.2.2)."""
        request = self.request
        return DialogId(request.call_id, request.to_tag or "", request.from_tag or "")

    def _reply_path(self) -> ReplyPath:
        # An ACK and a repeat never need it, so it is made at the first response.
        if self._reply is None:
            self._reply = reply_path(self.request, self.hop)
        return self._reply
