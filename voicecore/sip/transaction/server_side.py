"""All server transactions of a stack: matches requests to them and puts their bytes on the wire."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NewType, assert_never

from voicecore.sip.agenda import Agenda
from voicecore.sip.hop import RELIABLE, Hop
from voicecore.sip.message import Request
from voicecore.sip.output import Output, Transmit
from voicecore.sip.transaction.invite_server import Input as InviteInput
from voicecore.sip.transaction.invite_server import InviteServerTransaction
from voicecore.sip.transaction.key import ServerKey
from voicecore.sip.transaction.non_invite_server import NonInviteServerTransaction
from voicecore.sip.transaction.output import Send, Signal
from voicecore.sip.transaction.timing import Timing
from voicecore.sip.wake import Wake

MergeKey = NewType("MergeKey", str)
"""What a request keeps when a proxy forks it and both branches reach us (RFC 3261, 8.2.2.2).

Text, because the garbage collector goes through all that is no text. None of its parts holds a blank.
"""


@dataclass(init=False, slots=True)
class _Server:
    transaction: InviteServerTransaction | NonInviteServerTransaction
    hop: Hop
    call_id: str
    merge: MergeKey | None

    def __init__(
        self,
        transaction: InviteServerTransaction | NonInviteServerTransaction,
        hop: Hop,
        call_id: str,
        merge: MergeKey | None,
    ) -> None:
        self.transaction = transaction
        self.hop = hop
        self.call_id = call_id
        self.merge = merge


class ServerTransactions:
    def __init__(self, timing: Timing, agenda: Agenda[Wake], outbox: list[Output]) -> None:
        self._timings = (timing, replace(timing, is_reliable=True))
        self._agenda = agenda
        self._outbox = outbox
        self._servers: dict[ServerKey, _Server] = {}
        self._merges: dict[MergeKey, ServerKey] = {}

    def __len__(self) -> int:
        return len(self._servers)

    def __contains__(self, key: ServerKey) -> bool:
        return key in self._servers

    def receive(self, key: ServerKey, request: Request, now: float) -> bool:
        """Whether a transaction took the request. False: it is new, or an ACK for the user."""
        server = self._servers.get(key)
        if server is None:
            return False
        match server.transaction:
            case InviteServerTransaction() as invite:
                invite.receive(InviteInput.ACK if request.method == "ACK" else InviteInput.INVITE, now)
            case NonInviteServerTransaction() as other:
                other.receive(now)
        return not self._drain(key, server)

    def open(self, key: ServerKey, request: Request, reply_to: Hop) -> None:
        """Start a transaction for a request that `receive` did not take; its responses go to `reply_to`."""
        merge = _merge_key(request) if request.to_tag is None else None
        if merge is not None:
            self._merges[merge] = key
        timing = self._timings[reply_to.transport in RELIABLE]
        kind = InviteServerTransaction if key.method == "INVITE" else NonInviteServerTransaction
        transaction = kind(timing)
        self._servers[key] = _Server(transaction, reply_to, request.call_id, merge)

    def is_merged(self, request: Request) -> bool:
        """Whether a request outside of a dialog came here before on another path (RFC 3261, 8.2.2.2)."""
        return bool(self._merges) and _merge_key(request) in self._merges

    def respond(self, key: ServerKey, status: int, data: bytes, now: float) -> None:
        """Send a response. One whose transaction is over is dropped: the peer stopped listening."""
        if (server := self._servers.get(key)) is not None:
            server.transaction.respond(status, data, now)
            self._drain(key, server)

    def drop(self, key: ServerKey) -> None:
        """Forget a transaction that was answered: its repeats are taken for new requests."""
        if (server := self._servers.get(key)) is not None:
            self._forget(key, server)

    def handle_timer(self, key: ServerKey, now: float) -> None:
        if (server := self._servers.get(key)) is not None:
            server.transaction.handle_timer(now)
            self._drain(key, server)

    def _drain(self, key: ServerKey, server: _Server) -> bool:
        """Carry the transaction's outputs out; whether its user must see the message."""
        deliver = False
        for output in server.transaction.poll():
            match output:
                case Send(data):
                    self._outbox.append(Transmit(data, server.hop, server.call_id))
                case Signal.DELIVER:
                    deliver = True
                case Signal.TIMED_OUT | Signal.ACKNOWLEDGE | Signal.UNREACHABLE:
                    # A failure without ACK leaves nothing to undo: no dialog came of it.
                    pass
                case _:
                    assert_never(output)
        if server.transaction.is_over:
            self._forget(key, server)
        else:
            self._agenda.arm(key, server.transaction.next_timer())
        return deliver

    def _forget(self, key: ServerKey, server: _Server) -> None:
        self._agenda.arm(key, None)
        del self._servers[key]
        if server.merge is not None and self._merges.get(server.merge) == key:
            del self._merges[server.merge]


def _merge_key(request: Request) -> MergeKey:
    return MergeKey(f"{request.method} {request.cseq.number} {request.call_id} {request.from_tag}")
