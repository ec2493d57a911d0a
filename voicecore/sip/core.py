"""What the UAS core, the UAC core and the methods share: the tables, the agenda and the outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from voicecore.sip.abilities import Abilities
from voicecore.sip.agenda import Agenda
from voicecore.sip.arrival import Arrival
from voicecore.sip.call_options import CallOptions
from voicecore.sip.dialog import Dialog, Path
from voicecore.sip.headers import Field
from voicecore.sip.hop import Address, Hop
from voicecore.sip.message import Request
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.output import Output, Transmit
from voicecore.sip.responder import Responder
from voicecore.sip.settings import StackSettings
from voicecore.sip.transaction.client_side import ClientTransactions
from voicecore.sip.transaction.key import MAGIC_COOKIE, ClientKey
from voicecore.sip.transaction.server_side import ServerTransactions
from voicecore.sip.transaction.timing import Timing
from voicecore.sip.uri import Uri
from voicecore.sip.usages import Upgraded, Usages
from voicecore.sip.wake import Wake
from voicecore.sip.whereabouts import Find, nowhere

LARGE = 1300
"""Octets of a request that no longer goes out as a datagram (RFC 3261, 18.1.1)."""


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
    def __init__(
        self,
        settings: StackSettings,
        token: Callable[[int], str],
        methods: Iterable[str],
        find: Find = nowhere,
    ) -> None:
        self.settings = settings
        self.find = find
        self.token = token
        self.outbox: list[Output] = []
        self.agenda: Agenda[Wake] = Agenda()
        self.transactions = Transactions(settings.timing, self.agenda, self.outbox, settings.max_transactions)
        self.responder = Responder(settings.user_agent, token(32))
        self.usages = Usages()
        self.abilities = Abilities(methods, settings.call.option_tags, settings.events)
        self.supported = frozenset(settings.call.option_tags)

    def supported_in(self, options: CallOptions) -> Field:
        """Supported of a call: what the site knows, less what is off for that call."""
        if options is self.settings.call:
            return self.abilities.supported
        return ("Supported", ", ".join(options.option_tags))

    def new_tag(self) -> str:
        return self.token(10)

    def new_branch(self) -> str:
        return MAGIC_COOKIE + self.token(16)

    def random_below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1 that nobody can guess."""
        return int.from_bytes(self.token(16).encode()) % limit

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

    def path(self, routes: tuple[NameAddr, ...], target: Uri, hop: Hop, *, is_symmetric: bool) -> Path:
        """The way to the peer of a new dialog, whose messages come over `hop`."""
        path = Path(routes, target, hop, is_symmetric, self.find)
        return path if target.parameter("gr") is None else path.to(target)

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

    def open_client(self, request: Request, branch: str, hop: Hop, now: float) -> ClientKey:
        """Send a request of ours. One too large for a datagram takes a connection (RFC 3261, 18.1.1)."""
        over_tcp = self._connection_for(hop) if hop.transport == "UDP" and _is_large(request) else None
        if over_tcp is None:
            return self.transactions.clients.open(request, branch, hop, now)
        headers = request.headers.with_("Via", self.via(over_tcp, branch))
        upgraded = Request(request.method, request.uri, headers, request.body)
        key = self.transactions.clients.open(upgraded, branch, over_tcp, now)
        self.usages.upgraded[key] = Upgraded(request, branch, hop)
        return key

    def reopen_as_datagram(self, key: ClientKey, now: float) -> bool:
        """Nobody took the connection of a large request: it goes out as it was. False for any other request."""
        upgraded = self.usages.upgraded.pop(key, None)
        if upgraded is None:
            return False
        self.transactions.clients.open(upgraded.request, upgraded.branch, upgraded.hop, now)
        return True

    def _connection_for(self, hop: Hop) -> Hop | None:
        is_v6 = ":" in hop.remote.host
        for transport, address in self.settings.listening:
            if transport == "TCP" and (":" in address.host) == is_v6:
                return Hop("TCP", address, hop.remote)
        return None

    def drop_dialog(self, dialog: Dialog, now: float) -> None:
        """A call is over: its session timer stops, and what the peer still asked gets 487 (RFC 3261, 15.1.2)."""
        self.usages.drop_dialog(dialog)
        if dialog.session is not None:
            dialog.session = None
            self.agenda.arm(dialog.id, None)
        if not dialog.asked:
            return
        for id in dialog.asked:
            if (asked := self.usages.asked.pop(id, None)) is not None:
                data = self.responder.write(asked.arrival, 487)
                self.transactions.servers.respond(asked.arrival.key, 487, data, now)
        dialog.asked = ()

    def is_known(self, arrival: Arrival) -> bool:
        """Whether a request belongs to a dialog of ours, or is the CANCEL of an INVITE that we have."""
        if arrival.request.method == "CANCEL":
            return arrival.key.of_invite() in self.transactions.servers
        return arrival.request.to_tag is not None and arrival.dialog_id() in self.usages.dialogs

    def answer_once(
        self, arrival: Arrival, status: int, reason: str | None = None, fields: Sequence[Field] = ()
    ) -> None:
        """Answer without keeping anything: repeats get the same answer (RFC 3261, 8.2.7)."""
        data = self.responder.write(arrival, status, reason, fields=fields)
        self.outbox.append(Transmit(data, arrival.reply_hop, arrival.request.call_id))


def _is_large(request: Request) -> bool:
    # The head is a few hundred octets of what we write ourselves; only a body can make it large, or a long path.
    return len(request.body) > LARGE // 2 and len(request.to_bytes()) > LARGE
