"""Our registration with a carrier (RFC 3261, 10; back-off of RFC 5626, 4.5). One request at a time. No I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import auto

from voicecore.clock import Instant
from voicecore.sip.digest_client import DigestClient
from voicecore.sip.headers import Field
from voicecore.sip.hop import Address
from voicecore.sip.message import Response
from voicecore.sip.symbol import Symbol
from voicecore.sip.transaction.timers import Timers
from voicecore.sip.uri import Uri
from voicecore.trunks.granted import granted_s, min_expires_s, retry_after_s

FIRST_WAIT_S, LONGEST_WAIT_S = 30.0, 1800.0
"""RFC 5626, 4.5: base-time (where all flows failed) and max-time."""

NEXT_SERVER_WAIT_S = 1.0
"""Before the next server of the trunk is asked, while one is left that was not."""

REFUSED_WAIT_S = LONGEST_WAIT_S
"""Where the carrier said no: a wrong password is not right a minute later."""

LEAST_REFRESH_S = 5.0
"""However little time is granted, we ask no more often."""

REFRESH_AT = (0.75, 0.9)
"""The part of the granted time after which it is renewed: by lot between these."""

LONGEST_EXPIRES_S = 86_400


class State(Symbol):
    UNREGISTERED = auto()
    REGISTERING = auto()
    CHALLENGED = auto()
    """Sent again with credentials."""
    REGISTERED = auto()
    REFRESHING = auto()
    BACKING_OFF = auto()
    STOPPING = auto()
    """To be taken back once the request under way is answered."""
    UNREGISTERING = auto()


class Input(Symbol):
    START = auto()
    STOP = auto()
    ACCEPT = auto()
    """A 2xx with our Contact in it, or to the request that takes it back."""
    CHALLENGE = auto()
    """One that we can answer."""
    TOO_BRIEF = auto()
    """A 423 that we can meet."""
    REFUSE = auto()
    """It will say the same again: 403, or a challenge that we cannot answer."""
    FAIL = auto()
    """It may pass: no answer, 5xx, and all that is left."""
    TIMER_REFRESH = auto()
    TIMER_RETRY = auto()


TRANSITIONS: dict[tuple[State, Input], State] = {
    (State.UNREGISTERED, Input.START): State.REGISTERING,
    (State.REGISTERED, Input.TIMER_REFRESH): State.REFRESHING,
    (State.REGISTERED, Input.STOP): State.UNREGISTERING,
    (State.BACKING_OFF, Input.TIMER_RETRY): State.REGISTERING,
    (State.BACKING_OFF, Input.STOP): State.UNREGISTERED,
    (State.STOPPING, Input.ACCEPT): State.UNREGISTERING,
    (State.STOPPING, Input.CHALLENGE): State.UNREGISTERING,
    (State.STOPPING, Input.TOO_BRIEF): State.UNREGISTERING,
    (State.STOPPING, Input.REFUSE): State.UNREGISTERED,
    (State.STOPPING, Input.FAIL): State.UNREGISTERED,
    (State.UNREGISTERING, Input.ACCEPT): State.UNREGISTERED,
    (State.UNREGISTERING, Input.CHALLENGE): State.UNREGISTERING,
    (State.UNREGISTERING, Input.TOO_BRIEF): State.UNREGISTERED,
    (State.UNREGISTERING, Input.REFUSE): State.UNREGISTERED,
    (State.UNREGISTERING, Input.FAIL): State.UNREGISTERED,
}
for _asking in (State.REGISTERING, State.CHALLENGED, State.REFRESHING):
    TRANSITIONS |= {
        (_asking, Input.ACCEPT): State.REGISTERED,
        (_asking, Input.CHALLENGE): State.CHALLENGED,
        (_asking, Input.TOO_BRIEF): _asking,
        (_asking, Input.REFUSE): State.BACKING_OFF,
        (_asking, Input.FAIL): State.BACKING_OFF,
        (_asking, Input.STOP): State.STOPPING,
    }

WAITING = frozenset(
    {State.REGISTERING, State.CHALLENGED, State.REFRESHING, State.STOPPING, State.UNREGISTERING}
)
"""States in which a request is under way."""


@dataclass(frozen=True, slots=True)
class SendRegister:
    """Send it to `server`, and tell `answered`. The stack adds a Contact of the trunk's own."""

    server: Uri
    call_id: str
    cseq: int
    headers: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """Registered, or refreshed, until then."""

    until: Instant


@dataclass(frozen=True, slots=True)
class NotBound:
    """Not taken; tried again at `retry_at`."""

    status: int
    retry_at: Instant


@dataclass(frozen=True, slots=True)
class Unbound:
    """Taken back, or given up by our own wish."""


RegistrationOutput = SendRegister | Bound | NotBound | Unbound

Random = Callable[[], float]


@dataclass(slots=True)
class _Asking:
    """What is asked for, and where. `round` counts servers that failed since one took it, `failures` rounds."""

    servers: tuple[Uri, ...]
    expires_s: int
    call_id: str
    cseq: int = 0
    server: int = 0
    round: int = 0
    failures: int = 0
    was_too_brief: bool = False
    credentials: Field | None = None

    def next_server(self) -> bool:
        """Turn to the next server. False where all of them failed in this round."""
        self.server = (self.server + 1) % len(self.servers)
        self.round += 1
        if self.round < len(self.servers):
            return True
        self.round = 0
        self.failures += 1
        return False


class OutboundRegistration:
    """Keeps one address of record bound to us for as long as it is wished."""

    __slots__ = (
        "_asking",
        "_contact_user",
        "_digest",
        "_output",
        "_random",
        "_registrar",
        "_timers",
        "last_status",
        "registered_until",
        "state",
    )

    def __init__(
        self,
        registrar: Uri,
        servers: tuple[Uri, ...],
        *,
        contact_user: str,
        expires_s: int,
        digest: DigestClient | None,
        call_id: str,
        random: Random,
    ) -> None:
        """`registrar` is the Request-URI; `servers` are where it is sent, in their order."""
        self.state = State.UNREGISTERED
        self.registered_until: Instant | None = None
        """None: not bound, or no longer."""
        self.last_status: int | None = None
        self._registrar = registrar
        self._contact_user = contact_user
        self._digest = digest
        self._random = random
        self._asking = _Asking(servers, expires_s, call_id)
        self._timers: Timers[Input] = Timers()
        self._output: list[RegistrationOutput] = []

    @property
    def is_waiting(self) -> bool:
        """Whether a request is under way."""
        return self.state in WAITING

    def is_bound(self, now: Instant) -> bool:
        """Whether the carrier holds a binding of ours, also while a refresh of it fails."""
        return self.registered_until is not None and now < self.registered_until

    def start(self, now: Instant) -> None:
        """Wish to be registered. Nothing happens but where it is over, or was never begun."""
        self._step(Input.START, now)

    def stop(self, now: Instant) -> None:
        """Wish not to be; `Unbound` tells when that is done, whether or not the carrier answered."""
        self._step(Input.STOP, now)

    def answered(
        self, status: int, response: Response | None, now: Instant, *, local: Address | None = None
    ) -> None:
        """The final answer to the request under way; `response` None where the status is our own.

        `local` is where our Contact pointed to: it tells ours from others of the same user.
        """
        if not self.is_waiting:
            return
        self.last_status = status
        what, detail = self._read(status, response, local, now)
        self._step(what, now, detail)

    def handle_timer(self, now: Instant) -> None:
        while (what := self._timers.pop_due(now)) is not None:
            self._step(what, now)

    def next_timer(self) -> Instant | None:
        return self._timers.next()

    def poll(self) -> list[RegistrationOutput]:
        output, self._output = self._output, []
        return output

    def _read(
        self, status: int, response: Response | None, local: Address | None, now: Instant
    ) -> tuple[Input, float]:
        """What an answer means, and seconds that come with it: those granted, or to wait at least."""
        if response is None:
            return Input.FAIL, 0.0
        if 200 <= status < 300:
            return self._read_success(response, local)
        if status in (401, 407):
            self._asking.credentials = self._answer(response, now)
            return (Input.CHALLENGE if self._asking.credentials else Input.REFUSE), 0.0
        if status == 423:
            return self._read_too_brief(response), 0.0
        wait = retry_after_s(response)
        if status == 408 or 500 <= status < 600 or wait:
            return Input.FAIL, wait
        return Input.REFUSE, 0.0

    def _read_success(self, response: Response, local: Address | None) -> tuple[Input, float]:
        granted = granted_s(response, self._contact_user, local, self._asking.expires_s)
        if self.state is State.UNREGISTERING or granted > 0:
            return Input.ACCEPT, float(granted)
        return Input.FAIL, 0.0

    def _read_too_brief(self, response: Response) -> Input:
        least = min_expires_s(response)
        asking = self._asking
        # Once an attempt, so that a registrar that always wants more does not make a loop of it.
        if asking.was_too_brief or not asking.expires_s < least <= LONGEST_EXPIRES_S:
            return Input.REFUSE
        asking.was_too_brief = True
        asking.expires_s = least
        asking.credentials = self._proactive()
        return Input.TOO_BRIEF

    def _step(self, what: Input, now: Instant, detail: float = 0.0) -> None:
        after = TRANSITIONS.get((self.state, what))
        if after is None:
            return
        self.state = after
        self._timers.replace({})
        match after:
            case State.REGISTERING | State.REFRESHING if what is not Input.TOO_BRIEF:
                self._begin()
                self._send()
            case State.REGISTERING | State.REFRESHING | State.CHALLENGED:
                self._send()
            case State.REGISTERED:
                self._bound(detail, now)
            case State.BACKING_OFF:
                self._back_off(what, detail, now)
            case State.UNREGISTERING:
                if what is not Input.CHALLENGE:
                    self._begin()
                self._send(expires_s=0)
            case State.UNREGISTERED:
                self.registered_until = None
                self._output.append(Unbound())
            case State.STOPPING:
                pass

    def _begin(self) -> None:
        self._asking.was_too_brief = False
        self._asking.credentials = self._proactive()

    def _answer(self, response: Response, now: Instant) -> Field | None:
        return (
            None
            if self._digest is None
            else self._digest.answer(response, "REGISTER", str(self._registrar), b"", now)
        )

    def _proactive(self) -> Field | None:
        return None if self._digest is None else self._digest.proactive("REGISTER", str(self._registrar))

    def _send(self, expires_s: int | None = None) -> None:
        asking = self._asking
        asking.cseq += 1
        headers: list[Field] = [("Expires", str(asking.expires_s if expires_s is None else expires_s))]
        if asking.credentials is not None:
            headers.append(asking.credentials)
        server = asking.servers[asking.server]
        self._output.append(SendRegister(server, asking.call_id, asking.cseq, tuple(headers)))

    def _bound(self, granted: float, now: Instant) -> None:
        low, high = REFRESH_AT
        share = low + (high - low) * self._random()
        self._asking.round = self._asking.failures = 0
        self.registered_until = now + granted
        self._timers.replace({Input.TIMER_REFRESH: now + max(LEAST_REFRESH_S, granted * share)})
        self._output.append(Bound(self.registered_until))

    def _back_off(self, what: Input, least: float, now: Instant) -> None:
        wait = max(self._wait(what), min(least, LONGEST_WAIT_S))
        self._timers.replace({Input.TIMER_RETRY: now + wait})
        self._output.append(NotBound(self.last_status or 0, now + wait))

    def _wait(self, what: Input) -> float:
        """By lot between half and all of the time, so that those who failed together do not return together."""
        if what is Input.REFUSE:
            longest = REFUSED_WAIT_S
        elif self._asking.next_server():
            longest = NEXT_SERVER_WAIT_S
        else:
            longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(self._asking.failures - 1, 16))
        return longest * (0.5 + 0.5 * self._random())
