"""Writes our responses (RFC 3261, 8.2.6)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from voicecore.sip.arrival import Arrival
from voicecore.sip.headers import Field
from voicecore.sip.message import write_response
from voicecore.sip.reason import reason_phrase


class Responder:
    def __init__(self, user_agent: str, secret: str) -> None:
        """`secret` makes the tags of stateless responses unguessable."""
        self._server: Field = ("Server", user_agent)
        self._secret = secret.encode()

    def write(
        self,
        arrival: Arrival,
        status: int,
        reason: str | None = None,
        *,
        tag: str | None = None,
        fields: Sequence[Field] = (),
        body: bytes = b"",
    ) -> bytes:
        """The bytes of a response. Without `tag` the To tag follows from the request, also of a repeat."""
        request = arrival.request
        to = request.headers.lines()["To"][0]
        if status > 100 and request.to_tag is None:
            to = f"{to};tag={tag or self.tag_of(arrival)}"
        lines = [*arrival.reply_fields(), ("To", to), *fields, self._server]
        return write_response(status, reason or reason_phrase(status), lines, body)

    def tag_of(self, arrival: Arrival) -> str:
        """The To tag of every answer to a request, its CANCEL and its repeats (RFC 3261, 8.2.7 and 9.2).

        Nobody can guess it without our secret.
        """
        text = f"{arrival.key.branch} {arrival.request.call_id}".encode()
        return hashlib.blake2s(text, key=self._secret[:32], digest_size=8).hexdigest()
