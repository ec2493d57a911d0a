"""The real exchange of a site for a simulated platform: names, bindings and certificates come from the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from voicecore.errors import Unavailable
from voicecore.exchange.exchange import ExchangeSettings
from voicecore.guard.stir.signing import Signer
from voicecore.guard.stir.verifier import Verifier
from voicecore.registrar.account import Account
from voicecore.registrar.rules import RegistrarRules
from voicecore.sip.authenticator import PasswordHashes
from voicecore.sip.destination import is_ip_literal
from voicecore.sip.hop import Address, Hop, Transport
from voicecore.sip.server_location import Candidate
from voicecore.sip.uri import Uri
from voicecore.store.bindings import BindingStore
from voicecore.testing.simulated_wire import EPOCH, PLATFORM

REALM = "voicecore"
RULES = RegistrarRules((PLATFORM.host,))
_SPOKEN: tuple[Transport, ...] = ("UDP", "TCP", "TLS", "WS")
LISTENING = tuple((transport, PLATFORM) for transport in _SPOKEN)


def account(
    name: str,
    password: str = "",
    *,
    numbers: Sequence[str] = (),
    caller_id: str | None = None,
    allow: Sequence[str] = (),
) -> Account:
    """Whose password is its name, where none is given."""
    hashes = PasswordHashes.of(name, REALM, password or name)
    return Account(name, hashes, tuple(numbers), caller_id, tuple(allow))


class SimulatedLocator:
    """Knows the addresses of names; what it does not know has none. IP literals are their own address."""

    def __init__(self, names: Mapping[str, Sequence[Address]] | None = None) -> None:
        self.names = dict(names or {})

    async def locate(self, uri: Uri) -> tuple[Candidate, ...]:
        transport = _TRANSPORTS.get((uri.parameter("transport") or "udp").lower(), "UDP")
        if is_ip_literal(uri.host):
            return (Candidate(transport, uri.host, uri.host, uri.port or 5060),)
        found = self.names.get(uri.host, ())
        if not found:
            raise Unavailable(f"{uri.host} has no address")
        return tuple(Candidate(transport, uri.host, one.host, uri.port or one.port) for one in found)


_TRANSPORTS: dict[str, Transport] = {"udp": "UDP", "tcp": "TCP", "tls": "TLS"}


@dataclass
class SimulatedSite:
    """What surrounds the exchange. `certificates` are names that a peer's certificate proved, by its address."""

    settings: ExchangeSettings = field(default_factory=lambda: ExchangeSettings(RULES))
    names: Mapping[str, Sequence[Address]] = field(default_factory=dict)
    bindings: BindingStore | None = None
    certificates: dict[Address, frozenset[str]] = field(default_factory=dict)
    verifier: Verifier | None = None
    signer: Signer | None = None
    load: tuple[int, int] = (0, 0)
    """Calls and transactions that the guard is told, beside the calls that run."""
    epoch: float = EPOCH
    """The date (POSIX seconds) at which it begins."""
    held: list[tuple[Hop, float]] = field(default_factory=list)
    """Connections that were to be spared, and for how many seconds."""
    kept_alive: list[tuple[Hop, float | None]] = field(default_factory=list)
    """Ways to carriers that were to be used so often, or no longer."""
