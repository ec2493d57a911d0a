"""What the UAS core, the UAC core and the methods share: the tables, the agenda and the outbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from voicecore.sip.agenda import Agenda
from voicecore.sip.arrival import Arrival
from voicecore.sip.dialog import Path
from voicecore.sip.headers import Field
from voicecore.sip.hop import Address, Hop
from voicecore.sip.output import Output, Transmit
from voicecore.sip.responder import Responder
from voicecore.sip.settings import StackSettings
from voicecore.sip.transaction.client_side import ClientTransactions
from voicecore.sip.transaction.key import MAGIC_COOKIE
from voicecore.sip.transaction.server_side import ServerTransactions
from voicecore.sip.transaction.timing import Timing
from voicecore.sip.usages import Usages
from voicecore.sip.wake import Wake


class Transactions:
    """Both sides of the transaction layer, bounded together."""

    def __init__(self, timing: Timing, agenda: Agenda[Wake], outbox: list[Output], limit: int) -> None:
        self.timing = timing
        self.servers = ServerTransactions(timing, agenda, outbox)
        self.clients = ClientTransactions(timing, agenda, outbox)
        self._limit = limit

    @property
    def is_full(self) -> bool:
        return len(self.servers) + len(self.clients) >= self._limit


class Core:
    def __init__(self, settings: StackSettings, token: Callable[[int], str], allow: str) -> None:
        self.settings = settings
        self.token = token
        self.outbox: list[Output] = []
        self.agenda: Agenda[Wake] = Agenda()
        self.transactions = Transactions(settings.timing, self.agenda, self.outbox, settings.max_transactions)
        self.responder = Responder(settings.user_agent, allow, token(32))
        self.usages = Usages()

    def new_tag(self) -> str:
        return self.token(10)

    def new_branch(self) -> str:
        return MAGIC_COOKIE + self.token(16)

    def via(self, hop: Hop, branch: str) -> str:
        """The Via of a request of ours; `rport` asks for the answer where it came from (RFC 3581, 3)."""
        return f"SIP/2.0/{hop.transport} {self._public(hop)};branch={branch};rport"

    def contact(self, user: str | None, hop: Hop, *, secure: bool = False) -> str:
        """Where the peer reaches us in a dialog; a sips URI where it called one (RFC 3261, 12.1.1)."""
        scheme = "sips" if secure else "sip"
        place = f"{user}@{self._public(hop)}" if user else self._public(hop)
        transport = "" if hop.transport == "UDP" else f";transport={hop.transport.lower()}"
        return f"<{scheme}:{place}{transport}>"

    def _public(self, hop: Hop) -> str:
        host = self.settings.public_address
        return str(hop.local if host is None else Address(host, hop.local.port))

    def way(self, path: Path) -> Hop:
        """Where the next request of a dialog goes, from a place where we listen."""
        hop = path.next_hop()
        listening = self.settings.listening
        if hop == path.hop or not listening or (hop.transport, hop.local) in listening:
            return hop
        is_v6 = ":" in hop.remote.host
        for transport, address in listening:
            if transport == hop.transport and (":" in address.host) == is_v6:
                return hop._replace(local=address)
        return path.hop

    def answer_once(
        self, arrival: Arrival, status: int, reason: str | None = None, fields: Sequence[Field] = ()
    ) -> None:
        """Answer without keeping anything: repeats get the same answer (RFC 3261, 8.2.7)."""
        data = self.responder.write(arrival, status, reason, fields=fields)
        self.outbox.append(Transmit(data, arrival.reply_hop, arrival.request.call_id))
