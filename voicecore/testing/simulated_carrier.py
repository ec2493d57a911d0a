"""A carrier: its server answers OPTIONS, REGISTER and INVITE as a test says, and calls the platform."""

from __future__ import annotations

from voicecore.sip.authenticator import Authenticated, Authenticator, Challenged, PasswordHashes, Refused
from voicecore.sip.gate import Ignore, LetIn, TurnAway, Verdict
from voicecore.sip.headers import Field
from voicecore.sip.hop import Address, Hop, Transport
from voicecore.sip.message import Request
from voicecore.sip.output import RequestReceived
from voicecore.testing.simulated_phone import Reply, SimulatedCaller, Surroundings

REALM = "carrier"
GRANTED_S = 600


class SimulatedCarrier:
    """Made by `SimulatedPlatform.carrier`. `line` is what it calls with, and where it is called."""

    def __init__(self, platform: Surroundings, address: Address, transport: Transport = "UDP") -> None:
        self.statuses: dict[str, int] = {}
        """What a method is turned away with, at once; 0: no answer at all."""
        self.retry_after: int | None = None
        self.asked: list[tuple[float, Request]] = []
        """Every request, repeats of unanswered ones included, and when it came."""
        self.line = SimulatedCaller(platform, address, transport=transport, gate=self)
        self.line.replies = self._reply
        self._authenticator: Authenticator | None = None

    def demand(self, user: str, password: str) -> None:
        """From now on REGISTER and INVITE take this password."""
        hashes = {user: PasswordHashes.of(user, REALM, password)}
        self._authenticator = Authenticator(REALM, hashes.get, key=bytes(32), random=bytes)

    def methods(self) -> list[str]:
        return [request.method for _, request in self.asked]

    # -- a gate -----------------------------------------------------------------------------------
    def judge(self, request: Request, hop: Hop, now: float) -> Verdict:
        self.asked.append((now, request))
        status = self.statuses.get(request.method)
        if status == 0:
            return Ignore()
        if status is not None:
            after = () if self.retry_after is None else (("Retry-After", str(self.retry_after)),)
            return TurnAway(status, fields=after)
        if self._authenticator is not None and request.method in ("REGISTER", "INVITE"):
            match self._authenticator.check(request, now, hop.remote.host):
                case Authenticated():
                    pass
                case Challenged(code, fields) | Refused(code, _, fields):
                    return TurnAway(code, fields=fields)
        return LetIn()

    def answers_malformed(self, hop: Hop, now: float) -> bool:
        return True

    def _reply(self, received: RequestReceived) -> Reply:
        request = received.request
        if request.method != "REGISTER":
            return 200, ()
        wanted = int(request.headers.get("Expires") or GRANTED_S)
        granted = min(wanted, GRANTED_S)
        contacts: list[Field] = [("Contact", f"{contact};expires={granted}") for contact in request.contacts]
        return 200, contacts if granted else ()
