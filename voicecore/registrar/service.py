"""A registrar behind its authenticator: what may be asked of it by strangers. Still no I/O."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime

from voicecore.registrar.account import Account, Accounts
from voicecore.registrar.facts import RegistrarFact
from voicecore.registrar.registrar import Registrar, RegistrarAnswer
from voicecore.sip.authenticator import (
    Authenticated,
    Authenticator,
    Challenged,
    ChallengeStatus,
    FailedLogin,
    Refused,
)
from voicecore.sip.headers import Field
from voicecore.sip.hop import Hop
from voicecore.sip.message import Request
from voicecore.sip.reason import reason_phrase


class RegistrarService:
    """Give it every REGISTER; ask it who sent any other request of a phone."""

    def __init__(
        self,
        registrar: Registrar,
        authenticator: Authenticator,
        accounts: Accounts,
        wall: Callable[[float], datetime],
    ) -> None:
        """`wall` translates an instant into the date and time (UTC), for Date (RFC 3261, 10.3, 8)."""
        self.registrar = registrar
        self._authenticator = authenticator
        self._accounts = accounts
        self._wall = wall

    def receive(self, request: Request, hop: Hop, now: float) -> RegistrarAnswer:
        """Answer a REGISTER. Nobody learns of an account before they proved to be it, and of no other then."""
        refusal = self.registrar.refuse(request)
        if refusal is not None:
            return refusal
        account = self.authenticate(request, hop, now)
        if isinstance(account, RegistrarAnswer):
            return account
        if self.registrar.account_of(request.to.uri) is not account:
            return RegistrarAnswer(403, reason_phrase(403))
        answer = self.registrar.register(request, hop, now)
        if answer.status != 200:
            return answer
        date: Field = ("Date", format_datetime(self._wall(now), usegmt=True))
        return RegistrarAnswer(answer.status, answer.reason, (*answer.headers, date))

    def authenticate(
        self, request: Request, hop: Hop, now: float, status: ChallengeStatus = 401
    ) -> Account | RegistrarAnswer:
        """Whose request this is, or what to answer: a challenge, or a refusal that tells nothing."""
        match self._authenticator.check(request, now, hop.remote.host, status):
            case Authenticated(name):
                # Whoever shares the authenticator, such as a carrier, is no subscriber by that.
                return self._accounts.named(name) or RegistrarAnswer(403, reason_phrase(403))
            case Challenged(code, fields):
                return RegistrarAnswer(code, reason_phrase(code), fields)
            case Refused(code, reason, fields):
                return RegistrarAnswer(code, reason, fields)

    def poll(self) -> list[RegistrarFact | FailedLogin]:
        """What happened since the last time."""
        return [*self._authenticator.poll(), *self.registrar.poll()]
