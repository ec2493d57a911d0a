"""One trunk while it runs: the health of its servers, its registration, its calls. Sequences, and decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from voicecore.clock import Instant
from voicecore.sip.digest_client import Account, DigestClient
from voicecore.sip.uri import Uri
from voicecore.trunks.choice import Attempts, ServerPicture, choose
from voicecore.trunks.fact import (
    Registered,
    RegistrationFailed,
    ServerDown,
    ServerUp,
    TrunkDown,
    TrunkFact,
    TrunkUp,
    Unregistered,
)
from voicecore.trunks.health import ProbeDue, ServerHealth, ServerState, StateChanged
from voicecore.trunks.limits import Direction, TrunkLimits
from voicecore.trunks.registration import (
    Bound,
    NotBound,
    OutboundRegistration,
    RegistrationOutput,
    SendRegister,
    State,
    Unbound,
)
from voicecore.trunks.status import RegistrationStatus, ServerStatus, TrunkState, TrunkStatus, state_of
from voicecore.trunks.trunk import Trunk

Random = Callable[[], float]
Token = Callable[[int], str]


class Probe(NamedTuple):
    """OPTIONS to a server is due."""

    server: Uri


LiveOutput = Probe | SendRegister | TrunkFact


class LiveTrunk:
    def __init__(
        self, trunk: Trunk, password: str | None, now: Instant, *, random: Random, token: Token
    ) -> None:
        """`password` is that of `trunk.account`; None where there is no account."""
        self.trunk = trunk
        self.limits = TrunkLimits(trunk.capacity, now)
        self.digest = _digest(trunk, password, token)
        self.registration = _registration(trunk, self.digest, random, token)
        self.servers = {server.uri: ServerHealth(trunk.health, now, random) for server in trunk.servers}
        self._state, self._since = TrunkState.UNKNOWN, now
        self._was_bound = False
        self._random = random
        self._output: list[LiveOutput] = []

    def choose(self) -> Attempts:
        pictures = [ServerPicture(server, self.servers[server.uri].state) for server in self.trunk.servers]
        return choose(pictures, self._random)

    def handle_timer(self, now: Instant) -> None:
        for server in self.servers.values():
            server.handle_timer(now)
        if self.registration is not None:
            self.registration.handle_timer(now)
        self.settle(now)

    def next_timer(self) -> Instant | None:
        due = [server.next_timer() for server in self.servers.values()]
        if self.registration is not None:
            due.append(self.registration.next_timer())
            if self._was_bound:
                due.append(self.registration.registered_until)
        return min((time for time in due if time is not None), default=None)

    def settle(self, now: Instant) -> None:
        """After any input: gathers what the machines say, and what it means for the trunk."""
        for uri, health in self.servers.items():
            self._output += [self._of_server(uri, output) for output in health.poll() if _is_news(output)]
        if self.registration is not None:
            self._output += [self._of_registration(output) for output in self.registration.poll()]
        self._note_state(now)

    def poll(self) -> list[LiveOutput]:
        output, self._output = self._output, []
        return output

    def status(self, wall: Callable[[Instant], datetime]) -> TrunkStatus:
        return TrunkStatus(
            self.trunk.name,
            self._state,
            wall(self._since),
            tuple(_server_status(uri, health, wall) for uri, health in self.servers.items()),
            self._registration_status(wall),
            self.limits.calls(Direction.INBOUND),
            self.limits.calls(Direction.OUTBOUND),
            self.limits.refused,
        )

    def _of_server(self, uri: Uri, output: ProbeDue | StateChanged) -> LiveOutput:
        match output:
            case ProbeDue():
                return Probe(uri)
            case StateChanged(ServerState.UP):
                return ServerUp(self.trunk.name, uri)
            case StateChanged(_, status):
                return ServerDown(self.trunk.name, uri, status)

    def _of_registration(self, output: RegistrationOutput) -> LiveOutput:
        match output:
            case SendRegister():
                return output
            case Bound(until):
                return Registered(self.trunk.name, until)
            case NotBound(status, retry_at):
                return RegistrationFailed(self.trunk.name, status, retry_at)
            case Unbound():
                return Unregistered(self.trunk.name)

    def _note_state(self, now: Instant) -> None:
        registration = self.registration
        bound = None if registration is None else registration.is_bound(now)
        refused = registration is not None and registration.state is State.BACKING_OFF
        self._was_bound = bool(bound)
        state = state_of([health.state for health in self.servers.values()], bound, refused=refused)
        # What is being found out anew stays as it was: a trunk that is down does not go down again at each try.
        if state in (self._state, TrunkState.UNKNOWN):
            return
        self._state, self._since = state, now
        fact = TrunkUp if state is TrunkState.UP else TrunkDown
        self._output.append(fact(self.trunk.name))

    def _registration_status(self, wall: Callable[[Instant], datetime]) -> RegistrationStatus | None:
        made, agreed = self.registration, self.trunk.registration
        if made is None or agreed is None:
            return None
        until = made.registered_until if self._was_bound else None
        state = made.state.name.lower().replace("_", " ")
        return RegistrationStatus(
            str(agreed.aor), state, None if until is None else wall(until), made.last_status
        )


def _is_news(output: ProbeDue | StateChanged) -> bool:
    """A server that has rested is neither up nor down."""
    return not (isinstance(output, StateChanged) and output.state is ServerState.UNKNOWN)


def _server_status(uri: Uri, health: ServerHealth, wall: Callable[[Instant], datetime]) -> ServerStatus:
    trip = None if health.round_trip_s is None else round(health.round_trip_s * 1000, 1)
    return ServerStatus(str(uri), health.state.name.lower(), wall(health.since), health.last_status, trip)


def _digest(trunk: Trunk, password: str | None, token: Token) -> DigestClient | None:
    account = trunk.account
    if account is None or password is None:
        return None
    networks = trunk.identification.addresses
    return DigestClient(Account(account.username, password, account.realm, trunk.hosts, networks), token)


def _registration(
    trunk: Trunk, digest: DigestClient | None, random: Random, token: Token
) -> OutboundRegistration | None:
    agreed = trunk.registration
    if agreed is None:
        return None
    return OutboundRegistration(
        registrar_of(agreed.aor),
        tuple(server.uri for server in sorted(trunk.servers, key=lambda one: one.priority)),
        contact_user=agreed.contact_user or agreed.aor.user or "",
        expires_s=agreed.expires_s,
        digest=digest,
        call_id=token(32),
        random=random,
    )


def registrar_of(aor: Uri) -> Uri:
    """RFC 3261, 10.2: the domain of the AOR, without its user."""
    return Uri(aor.scheme, host=aor.host, port=aor.port)
