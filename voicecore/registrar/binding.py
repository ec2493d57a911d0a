"""A binding: that one address-of-record is reached at one contact, for a while (RFC 3261, 10.1)."""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass
from typing import NewType

from voicecore.sip.grammar import write_parameters
from voicecore.sip.hop import DEFAULT_PORTS, RELIABLE, WEB_SOCKET, Address, Hop
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri

Aor = NewType("Aor", str)
"""An address-of-record in its one spelling: "sip:NAME@DOMAIN", whatever number or domain a phone used."""

BindingId = NewType("BindingId", str)
"""One binding, from its first REGISTER to its end, also over a restart."""


@dataclass(frozen=True, slots=True)
class Flow:
    """How requests get to the phone: over `hop`, where its REGISTER came from, along `path` (RFC 3327).

    `instance` names the phone for good (RFC 5626, 4.1). With `reg_id`, which is there for outbound only, it names
    the binding.
    """

    hop: Hop
    path: tuple[str, ...] = ()
    """Route values, the nearest proxy first."""
    instance: str | None = None
    reg_id: int | None = None

    @property
    def is_outbound(self) -> bool:
        return self.reg_id is not None


@dataclass(frozen=True, slots=True)
class Origin:
    """The REGISTER that a binding is from: later ones of the same Call-ID need a higher CSeq."""

    call_id: str
    cseq: int
    user_agent: str = ""
    tenure: str = ""
    """Names the time that an instance has been registered under one Call-ID; what its temporary GRUUs hold."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Instants: of the first REGISTER, of the last one, and when it is over."""

    registered: float
    refreshed: float
    expires: float


@dataclass(frozen=True, slots=True)
class Binding:
    id: BindingId
    aor: Aor
    contact: NameAddr
    """As the phone wrote it, without `expires`."""
    q: float
    flow: Flow
    origin: Origin
    lease: Lease

    @property
    def target(self) -> Uri:
        """The Request-URI for this phone: its contact, without what may not stand there (RFC 3261, 19.1.1)."""
        uri = self.contact.uri
        parameters = tuple([pair for pair in uri.parameters if pair[0] != "method"])
        return uri._replace(headers="", parameters=parameters)

    @property
    def is_behind_nat(self) -> bool:
        """Whether the phone gave another host as its contact than the one that its REGISTER came from."""
        address = self.contact_address
        return not self.flow.path and (address is None or address.host != self.flow.hop.remote.host)

    @property
    def contact_address(self) -> Address | None:
        """Where the contact says it is; None when it is a name."""
        uri, hop = self.contact.uri, self.flow.hop
        try:
            host = str(ipaddress.ip_address(uri.host))
        except ValueError:
            return None
        return Address(host, uri.port or DEFAULT_PORTS[hop.transport])

    @property
    def connection(self) -> tuple[str, Address] | None:
        """The phone's own connection to us; None over UDP, and behind a proxy, which may open another."""
        hop = self.flow.hop
        return (hop.transport, hop.remote) if hop.transport in RELIABLE and not self.flow.path else None

    def without_connection(self) -> Hop | None:
        """How to reach the phone after its connection closed; None when only the phone can open a new one."""
        address, hop = self.contact_address, self.flow.hop
        only_the_phone = self.flow.is_outbound or hop.transport in WEB_SOCKET
        if only_the_phone or address is None or address.host != hop.remote.host:
            return None
        return hop._replace(remote=address)

    def field(self, now: float) -> str:
        """The value of a Contact in a response, with the seconds that remain."""
        remaining = max(1, math.ceil(self.lease.expires - now))
        return f"<{self.contact.uri}>{write_parameters(self.contact.parameters)};expires={remaining}"
