"""What is agreed with a carrier, as frozen values: the settings of one trunk. Nothing here changes while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Network, IPv6Network
from typing import NewType

from voicecore.sip.uri import Uri

TrunkName = NewType("TrunkName", str)

Network = IPv4Network | IPv6Network

SERVER_ERRORS = frozenset({500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class TrunkServer:
    """One server of the carrier. A lower `priority` is tried first; within one, `weight` shares the calls."""

    uri: Uri
    priority: int = 1
    weight: int = 1


@dataclass(frozen=True, slots=True)
class TrunkAccount:
    """A user name; its password is kept elsewhere. `realm` None answers any realm that the trunk's hosts ask with."""

    username: str
    realm: str | None = None


@dataclass(frozen=True, slots=True)
class Identification:
    """By what a call from the carrier is known. Any one of them is enough; none at all: it never calls us."""

    addresses: tuple[Network, ...] = ()
    certificates: tuple[str, ...] = ()
    """Names that a client certificate may carry, in lower case."""
    account: TrunkAccount | None = None
    """By digest: what the carrier proves to us."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A registration of ours with the carrier (RFC 3261, 10). `expires_s` is what we ask for."""

    aor: Uri
    expires_s: int = 600
    contact_user: str | None = None
    """The user of our Contact; None: that of the AOR."""


class Use(Enum):
    """How far an extension goes: not at all, when the peer wants it, or always."""

    OFF = "off"
    ACCEPT = "accept"
    REQUIRE = "require"


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """What the calls of a trunk may use. `codecs` are encoding names in order of preference."""

    codecs: tuple[str, ...] = ("PCMU", "PCMA", "G722")
    session_timer: Use = Use.ACCEPT
    session_expires_s: int = 1800
    reliable_provisionals: Use = Use.ACCEPT
    """100rel (RFC 3262)."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """Calls at a time and starts a second, both directions counted apart and the starts together.

    None is no limit. `burst` starts may come at once after a pause.
    """

    inbound: int | None = None
    outbound: int | None = None
    calls_per_second: float | None = None
    burst: int = 1


class NumberFormat(Enum):
    """How the carrier wants numbers: 493012345, +493012345, or 03012345 and 0043112345."""

    E164 = "e164"
    PLUS = "plus"
    NATIONAL = "national"
    AS_DIALLED = "as-dialled"


@dataclass(frozen=True, slots=True)
class PrefixRule:
    """Of a number that begins with `strip`, that beginning becomes `add`; the longest `strip` counts."""

    strip: str
    add: str


@dataclass(frozen=True, slots=True)
class NumberRules:
    """`country` is an ISO 3166 code: numbers without a country code are of there.

    The rules of `inbound` apply before a number of the carrier is read, those of `outbound` after one was written.
    """

    country: str | None = None
    format: NumberFormat = NumberFormat.PLUS
    inbound: tuple[PrefixRule, ...] = ()
    outbound: tuple[PrefixRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Destinations:
    """Where the trunk may call: nowhere unless a pattern of `allowed` fits and none of `denied` does.

    Patterns are over +E.164, or over the number as dialled where it is none (112): `X` is one digit, a `.` at
    the end one or more of anything.
    """

    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    premium: bool = False
    """Whether premium-rate numbers may be called as well."""


class IdentityHeader(Enum):
    """Where our number stands: in From alone, or also as RFC 3325 says."""

    FROM = "from"
    ASSERTED = "asserted"
    PREFERRED = "preferred"


@dataclass(frozen=True, slots=True)
class CallerIdRules:
    """Which numbers our calls may show. One that no pattern of `allowed` fits becomes `default`."""

    allowed: tuple[str, ...] = ()
    default: str | None = None
    header: IdentityHeader = IdentityHeader.FROM
    anonymous: bool = False
    """Every call is anonymous, whatever it asks for."""
    trusted: bool = False
    """Both sides belong to one trust domain (RFC 3325, 2.3): asserted identities are believed and sent."""
    names: bool = False
    """Whether the carrier is told the caller's name beside an allowed number."""


@dataclass(frozen=True, slots=True)
class HealthPolicy:
    """OPTIONS every `interval_s` seconds; 0: none. So many in a row take a server down, or up again."""

    interval_s: float = 30.0
    failures: int = 2
    successes: int = 1


@dataclass(frozen=True, slots=True)
class Failover:
    """After which final statuses the next server is tried. Those of `after_ringing` also where it had rung."""

    statuses: frozenset[int] = SERVER_ERRORS | {408}
    after_ringing: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """How our calls on a trunk look to the carrier."""

    from_domain: str
    numbers: NumberRules = NumberRules()
    destinations: Destinations = Destinations()
    caller_id: CallerIdRules = CallerIdRules()
    failover: Failover = Failover()


@dataclass(frozen=True, slots=True)
class Trunk:
    name: TrunkName
    servers: tuple[TrunkServer, ...]
    outgoing: Outgoing
    identification: Identification = Identification()
    account: TrunkAccount | None = None
    """What we prove to the carrier, in calls and registrations."""
    registration: Registration | None = None
    session: SessionPolicy = field(default_factory=SessionPolicy)
    capacity: Capacity = field(default_factory=Capacity)
    health: HealthPolicy = field(default_factory=HealthPolicy)

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts that may see credentials of this trunk."""
        aor = {self.registration.aor.host} if self.registration else set()
        return frozenset(
            {server.uri.host for server in self.servers} | {self.outgoing.from_domain.lower()} | aor
        )
