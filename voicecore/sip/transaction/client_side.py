"""All client transactions of a stack: matches responses to them and puts their bytes on the wire."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, assert_never

from voicecore.errors import UsageError
from voicecore.sip.agenda import Agenda
from voicecore.sip.headers import Headers
from voicecore.sip.hop import RELIABLE, Address, Hop, Transport
from voicecore.sip.message import Request, Response
from voicecore.sip.output import Output, Transmit
from voicecore.sip.transaction.invite_client import InviteClientTransaction
from voicecore.sip.transaction.key import ClientKey
from voicecore.sip.transaction.non_invite_client import NonInviteClientTransaction
from voicecore.sip.transaction.output import Send, Signal
from voicecore.sip.transaction.timing import Timing
from voicecore.sip.wake import Wake


@dataclass(init=False, slots=True)
class _Client:
    key: ClientKey
    transaction: InviteClientTransaction | NonInviteClientTransaction
    call_id: str
    hop: Hop
    request: Request | None
    """None once a request other than INVITE has its final response: nothing refers to it any more."""

    def __init__(
        self,
        key: ClientKey,
        transaction: InviteClientTransaction | NonInviteClientTransaction,
        call_id: str,
        hop: Hop,
        request: Request | None,
    ) -> None:
        self.key = key
        self.transaction = transaction
        self.call_id = call_id
        self.hop = hop
        self.request = request


@dataclass(init=False, slots=True)
class TransactionEnded:
    """A client transaction is over. `signal` is why, when it ended without a final response."""

    key: Final[ClientKey]
    signal: Final[Signal | None]

    def __init__(self, key: ClientKey, signal: Signal | None) -> None:
        self.key = key
        self.signal = signal


class ClientTransactions:
    def __init__(self, timing: Timing, agenda: Agenda[Wake], outbox: list[Output]) -> None:
        self._timings = (timing, replace(timing, is_reliable=True))
        self._agenda = agenda
        self._outbox = outbox
        self._clients: dict[ClientKey, _Client] = {}
        self._by_way: dict[tuple[Transport, Address], set[ClientKey]] = {}

    def __len__(self) -> int:
        return len(self._clients)

    def open(self, request: Request, branch: str, hop: Hop, now: float) -> ClientKey:
        """Send a request (never an ACK) and repeat it as long as the rules say."""
        key = ClientKey(branch, request.method)
        kind = InviteClientTransaction if request.method == "INVITE" else NonInviteClientTransaction
        timing = self._timings[hop.transport in RELIABLE]
        client = _Client(key, kind(request.to_bytes(), now, timing), request.call_id, hop, request)
        self._clients[key] = client
        self._by_way.setdefault((hop.transport, hop.remote), set()).add(key)
        self._drain(key, client, None)
        return key

    def receive(self, response: Response, now: float) -> ClientKey | None:
        """The transaction whose user must see this response; None when it was absorbed or matches none."""
        key = ClientKey(response.via.branch or "", response.cseq.method)
        client = self._clients.get(key)
        if client is None:
            return None
        client.transaction.receive(response.status, now)
        if response.status >= 200 and key.method != "INVITE":
            client.request = None
        return key if Signal.DELIVER in self._drain(client.key, client, response) else None

    def abandon(self, key: ClientKey, now: float) -> None:
        """Stop an INVITE that will not get its final response (RFC 3261, 9.1)."""
        client = self._clients.get(key)
        if client is not None and isinstance(client.transaction, InviteClientTransaction):
            client.transaction.abandon(now)
            self._drain(key, client, None)

    def handle_timer(self, key: ClientKey, now: float) -> TransactionEnded | None:
        client = self._clients.get(key)
        if client is None:
            return None
        client.transaction.handle_timer(now)
        return self._ended(key, client)

    def sent(self, key: ClientKey) -> tuple[Request, Hop]:
        """A request as it went out, and its way. UsageError where it has its final response, and is no INVITE."""
        client = self._clients[key]
        if client.request is None:
            raise UsageError(f"{key.method} was answered already")
        return client.request, client.hop

    def transport_failed(self, hop: Hop, now: float) -> list[TransactionEnded]:
        """The transport says that nothing goes this way; what waited for it is over."""
        ended: list[TransactionEnded] = []
        for key in sorted(self._by_way.get((hop.transport, hop.remote), ())):
            client = self._clients[key]
            client.transaction.transport_failed(now)
            if (end := self._ended(key, client)) is not None:
                ended.append(end)
        return ended

    def _ended(self, key: ClientKey, client: _Client) -> TransactionEnded | None:
        signals = self._drain(key, client, None)
        if not client.transaction.is_over:
            return None
        return TransactionEnded(key, signals[0] if signals else None)

    def _drain(self, key: ClientKey, client: _Client, response: Response | None) -> list[Signal]:
        """Carry the transaction's outputs out; what its user must know of them."""
        signals: list[Signal] = []
        for output in client.transaction.poll():
            match output:
                case Send(data):
                    self._outbox.append(Transmit(data, client.hop, client.call_id))
                case Signal.ACKNOWLEDGE:
                    if response is not None and client.request is not None:
                        data = failure_ack(client.request, response).to_bytes()
                        self._outbox.append(Transmit(data, client.hop, client.call_id))
                case Signal.DELIVER | Signal.TIMED_OUT | Signal.UNREACHABLE:
                    signals.append(output)
                case _:
                    assert_never(output)
        if client.transaction.is_over:
            self._forget(key, client)
        else:
            self._agenda.arm(key, client.transaction.next_timer())
        return signals

    def _forget(self, key: ClientKey, client: _Client) -> None:
        self._agenda.arm(key, None)
        del self._clients[key]
        way = (client.hop.transport, client.hop.remote)
        keys = self._by_way[way]
        keys.discard(key)
        if not keys:
            del self._by_way[way]


def failure_ack(invite: Request, response: Response) -> Request:
    """The ACK of a 3xx-6xx: within the INVITE's transaction, with its Via and Route (RFC 3261, 17.1.1.3)."""
    headers = invite.headers
    return Request(
        "ACK",
        invite.uri,
        Headers(
            [
                ("Via", headers.all("Via")[0]),
                ("Max-Forwards", "70"),
                ("From", headers.get("From") or ""),
                ("To", response.headers.get("To") or ""),
                ("Call-ID", invite.call_id),
                ("CSeq", f"{invite.cseq.number} ACK"),
                *[("Route", route) for route in headers.all("Route")],
            ]
        ),
    )
