"""All trunks of a server: which requests are due, what their answers mean, and what calls ask for. No I/O.

board.start(now)
for output in board.poll():
    match output:
        case RequestDue():          # send it, then board.answered(output.key, status, response, now)
        case TrunkUp() | ...:       # a fact: log it, show it
board.handle_timer(now)             # at board.next_timer()
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, NewType, assert_never

from voicecore.clock import Instant
from voicecore.errors import UsageError
from voicecore.sip.digest_client import DigestClient
from voicecore.sip.headers import Field
from voicecore.sip.hop import Address, Hop
from voicecore.sip.message import Response
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.non_invite import Draft
from voicecore.sip.uri import Uri
from voicecore.trunks.choice import Attempts
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
from voicecore.trunks.granted import retry_after_s
from voicecore.trunks.identification import identify
from voicecore.trunks.limits import Direction, OverLimit
from voicecore.trunks.live_trunk import LiveTrunk, Probe, registrar_of
from voicecore.trunks.registration import SendRegister
from voicecore.trunks.status import TrunkStatus
from voicecore.trunks.trunk import Trunk, TrunkName

RequestKey = NewType("RequestKey", int)
"""One request of the board until its final answer."""


@dataclass(frozen=True, slots=True)
class RequestDue:
    """Send this request. `uri` is the Request-URI, `server` the URI to locate and send to.

    `call_id` None is the stack's to make. A REGISTER carries a Contact with `contact_user`.
    """

    key: RequestKey
    trunk: TrunkName
    method: str
    uri: Uri
    server: Uri
    from_: NameAddr
    to: NameAddr
    call_id: str | None = None
    cseq: int = 1
    contact_user: str | None = None
    headers: tuple[Field, ...] = ()

    def draft(self, contact: str) -> Draft:
        """For `Stack.request`. `contact` is `Stack.contact(contact_user, hop)`; only a REGISTER carries it."""
        return Draft(
            self.method,
            self.uri,
            self.from_,
            self.to,
            self.call_id,
            self.cseq,
            contact if self.method == "REGISTER" else None,
            self.headers,
        )


BoardOutput = RequestDue | TrunkFact


class _Waiting(NamedTuple):
    """Whose answer is waited for. `server` None: of a registration."""

    trunk: TrunkName
    server: Uri | None


class TrunkBoard:
    def __init__(
        self,
        trunks: Iterable[Trunk],
        passwords: Mapping[TrunkName, str],
        now: Instant,
        *,
        random: Callable[[], float],
        token: Callable[[int], str],
    ) -> None:
        """`passwords` are those of the trunks' own accounts. `token(n)` makes `n` random URL-safe characters."""
        self._trunks = {
            trunk.name: LiveTrunk(trunk, passwords.get(trunk.name), now, random=random, token=token)
            for trunk in trunks
        }
        self._waiting: dict[RequestKey, _Waiting] = {}
        self._last_key = 0
        self._output: list[BoardOutput] = []

    def start(self, now: Instant) -> None:
        """Registrations begin. Servers are asked from the first timer on."""
        for live in self._trunks.values():
            if live.registration is not None:
                live.registration.start(now)
                self._settle(live, now)

    def stop(self, now: Instant) -> None:
        """Registrations are taken back; `is_idle` tells when that is done."""
        for live in self._trunks.values():
            if live.registration is not None:
                live.registration.stop(now)
                self._settle(live, now)

    @property
    def is_idle(self) -> bool:
        """Whether no answer is waited for."""
        return not self._waiting

    def answered(
        self,
        key: RequestKey,
        status: int,
        response: Response | None,
        now: Instant,
        *,
        local: Address | None = None,
    ) -> None:
        """The final answer; `response` None where the status is our own: 408 (none came), 503 (not sent).

        `local` is the address of the Contact that a REGISTER carried. A key is answered once.
        """
        waiting = self._waiting.pop(key, None)
        if waiting is None:
            return
        live = self._trunks[waiting.trunk]
        if waiting.server is not None:
            live.servers[waiting.server].probed(status, now, retry_after=retry_after_s(response) or None)
        elif live.registration is not None:
            live.registration.answered(status, response, now, local=local)
        self._settle(live, now)

    def handle_timer(self, now: Instant) -> None:
        for live in self._trunks.values():
            due = live.next_timer()
            if due is not None and due <= now:
                live.handle_timer(now)
                self._settle(live, now)

    def next_timer(self) -> Instant | None:
        due = (live.next_timer() for live in self._trunks.values())
        return min((time for time in due if time is not None), default=None)

    def poll(self) -> list[BoardOutput]:
        output, self._output = self._output, []
        return output

    def trunk(self, name: TrunkName) -> Trunk:
        return self._live(name).trunk

    def identify(self, hop: Hop, certificate_names: Collection[str] = ()) -> TrunkName | None:
        """The trunk that a request came by, as far as its address and certificate say."""
        return identify(hop, certificate_names, [live.trunk for live in self._trunks.values()])

    def choose(self, name: TrunkName) -> Attempts:
        """The servers that a call tries, in order; empty where none is up."""
        return self._live(name).choose()

    def digest(self, name: TrunkName) -> DigestClient | None:
        """Answers the carrier's challenges to requests of the trunk; None where it has no account."""
        return self._live(name).digest

    def admit(
        self, name: TrunkName, direction: Direction, now: Instant, *, starts: bool = True
    ) -> OverLimit | None:
        """Counts a call that begins, unless it is over a limit; see `TrunkLimits.admit`."""
        return self._live(name).limits.admit(direction, now, starts=starts)

    def release(self, name: TrunkName, direction: Direction) -> None:
        """An admitted call is over."""
        self._live(name).limits.release(direction)

    def called(
        self, name: TrunkName, server: Uri, status: int, now: Instant, *, retry_after: float | None = None
    ) -> None:
        """How a call to a server ended its INVITE: it counts for the server's health as a probe does.

        `retry_after`: the seconds of a Retry-After.
        """
        live = self._live(name)
        live.servers[server].called(status, now, retry_after=retry_after)
        self._settle(live, now)

    def status(self, wall: Callable[[Instant], datetime]) -> tuple[TrunkStatus, ...]:
        """How every trunk is, for people; `wall` is `Clock.wall`."""
        return tuple(live.status(wall) for live in self._trunks.values())

    def _live(self, name: TrunkName) -> LiveTrunk:
        live = self._trunks.get(name)
        if live is None:
            raise UsageError(f"there is no trunk {name}")
        return live

    def _settle(self, live: LiveTrunk, now: Instant) -> None:
        live.settle(now)
        for output in live.poll():
            match output:
                case Probe(server):
                    self._output.append(self._options(live.trunk, server))
                case SendRegister():
                    self._output.append(self._register(live.trunk, output))
                case (
                    ServerUp()
                    | ServerDown()
                    | TrunkUp()
                    | TrunkDown()
                    | Registered()
                    | RegistrationFailed()
                    | Unregistered()
                ):
                    self._output.append(output)
                case _:
                    assert_never(output)

    def _options(self, trunk: Trunk, server: Uri) -> RequestDue:
        ours = NameAddr("", Uri("sip", host=trunk.outgoing.from_domain))
        key = self._key(_Waiting(trunk.name, server))
        return RequestDue(key, trunk.name, "OPTIONS", server, server, ours, NameAddr("", server))

    def _register(self, trunk: Trunk, wanted: SendRegister) -> RequestDue:
        agreed = trunk.registration
        if agreed is None:
            raise UsageError(f"trunk {trunk.name} does not register")
        aor = NameAddr("", agreed.aor)
        return RequestDue(
            self._key(_Waiting(trunk.name, None)),
            trunk.name,
            "REGISTER",
            registrar_of(agreed.aor),
            wanted.server,
            aor,
            aor,
            wanted.call_id,
            wanted.cseq,
            agreed.contact_user or agreed.aor.user,
            wanted.headers,
        )

    def _key(self, waiting: _Waiting) -> RequestKey:
        self._last_key += 1
        key = RequestKey(self._last_key)
        self._waiting[key] = waiting
        return key
