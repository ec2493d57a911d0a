"""What makes two messages belong to one transaction (RFC 3261, 17.1.3 and 17.2.3)."""

from __future__ import annotations

from typing import NamedTuple

from voicecore.sip.message import Request

MAGIC_COOKIE = "z9hG4bK"


class ServerKey(NamedTuple):
    branch: str
    host: str
    port: int | None
    method: str
    """An ACK has the method of what it acknowledges: INVITE."""

    def of_invite(self) -> ServerKey:
        """The key of the INVITE that a CANCEL with this key means (RFC 3261, 9.2)."""
        return ServerKey(self.branch, self.host, self.port, "INVITE")


class ClientKey(NamedTuple):
    branch: str
    method: str


def server_key(request: Request) -> ServerKey:
    via = request.via
    method = "INVITE" if request.method == "ACK" else request.method
    branch = via.branch
    if branch is None or not branch.startswith(MAGIC_COOKIE):
        # RFC 3261, 17.2.3: a client of RFC 2543 is known by everything that its repeats share.
        branch = f"{request.uri} {request.from_tag} {request.call_id} {request.cseq.number} {via}"
    return ServerKey(branch, via.host, via.port, method)
