"""Who sent a request, and whether it is let in: trunks by address, certificate or password, phones by password."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import assert_never

from voicecore.calls.party import STRANGER, Party, PartyKind
from voicecore.exchange.phones import Phones
from voicecore.guard.evidence import Evidence, is_scanner
from voicecore.guard.guard import Guard
from voicecore.guard.policy import Reaction, Source
from voicecore.guard.rates import Admit, Drop, Load, RateDecision, Refuse
from voicecore.sip.authenticator import (
    Authenticated,
    Authenticator,
    Challenged,
    ChallengeStatus,
    FailedLogin,
    Refused,
)
from voicecore.sip.gate import Ignore, LetIn, TurnAway, Verdict
from voicecore.sip.hop import Hop
from voicecore.sip.message import Request
from voicecore.trunks.board import TrunkBoard
from voicecore.trunks.trunk import TrunkName

CHALLENGE_STATUS: ChallengeStatus = 401
"""We are who is called, and no proxy (RFC 3261, 22.1)."""
_CREDENTIALS = ("Authorization", "Proxy-Authorization")
_KINDS = {
    Source.ACCOUNT: PartyKind.ACCOUNT,
    Source.GUEST: PartyKind.GUEST,
    Source.TRUNK: PartyKind.TRUNK,
    Source.LOCAL: PartyKind.LOCAL,
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the gate asks of the rest of the machine."""

    certificate_names: Callable[[Hop], Collection[str]]
    """Names that the peer's certificate proved; none where it showed none."""
    load: Callable[[], Load]
    is_ours: Callable[[str], bool]
    """Whether a dialled number is one of the table."""
    trunk_accounts: Mapping[str, TrunkName]
    """Which trunk a user name proves, beside the accounts of phones."""


class ExchangeGate:
    """Implements `voicecore.sip.gate.Gate`; what it lets in it names by a `Party`."""

    def __init__(
        self,
        guard: Guard,
        board: TrunkBoard,
        phones: Phones,
        authenticator: Authenticator,
        surroundings: Surroundings,
        touched: Callable[[], None],
    ) -> None:
        """`touched` is called after each use of the guard."""
        self._guard = guard
        self._board = board
        self._phones = phones
        self._authenticator = authenticator
        self._around = surroundings
        self._touched = touched

    def judge(self, request: Request, hop: Hop, now: float) -> Verdict:
        self._touched()
        guard = self._guard
        scans = is_scanner(request.headers.get("User-Agent"))
        if scans:
            guard.note(Evidence.SCANNER, hop, now)
        trunk = self._board.identify(hop, self._around.certificate_names(hop))
        registered = self._phones.is_registered_at(hop)
        source = guard.classify(hop, now, trunk=trunk is not None, registered=registered)
        if source is Source.BANNED or (scans and source is Source.STRANGER):
            return Ignore()
        if source is Source.STRANGER and self._looks_for_a_way_out(request):
            guard.note(Evidence.UNKNOWN_NUMBER, hop, now)
        if (late := _held_up(guard.paces(request.method, source, hop, now))) is not None:
            return late
        if (
            request.method == "INVITE"
            and (busy := _held_up(guard.bears(self._around.load(), now))) is not None
        ):
            return busy
        if trunk is not None:
            return self._by_table(request, hop, source, Party(PartyKind.TRUNK, trunk), now)
        if request.method == "REGISTER":
            # The registrar asks for the password itself: its answers depend on whose it is.
            return self._by_table(request, hop, source, STRANGER, now, asks_itself=True)
        if any(name in request.headers.lines() for name in _CREDENTIALS):
            return self._proved(request, hop, source, now)
        return self._by_table(request, hop, source, Party(_KINDS.get(source, PartyKind.STRANGER)), now)

    def _looks_for_a_way_out(self, request: Request) -> bool:
        """A call beyond the site without any password. A phone's own first INVITE is one, too, and weighs little."""
        if request.method != "INVITE" or any(name in request.headers.lines() for name in _CREDENTIALS):
            return False
        number = request.uri.number
        return not self._around.is_ours(number) and self._phones.account(number) is None

    def answers_malformed(self, hop: Hop, now: float) -> bool:
        """Whoever is nobody gets silence for nonsense; everybody else is told what was wrong."""
        guard = self._guard
        self._touched()
        trunk = self._board.identify(hop, self._around.certificate_names(hop)) is not None
        registered = self._phones.is_registered_at(hop)
        if not trunk:
            guard.note(Evidence.MALFORMED, hop, now, registered=registered)
        source = guard.classify(hop, now, trunk=trunk, registered=registered)
        return source not in (Source.BANNED, Source.STRANGER)

    def _by_table(
        self,
        request: Request,
        hop: Hop,
        source: Source,
        party: Party,
        now: float,
        *,
        asks_itself: bool = False,
    ) -> Verdict:
        guard = self._guard
        place = guard.place(request.uri.number, within=False)
        reaction = guard.decide(request.method, source, place)
        if source is Source.LOCAL and reaction is Reaction.ADMIT and self._needs_an_account(request):
            reaction = Reaction.CHALLENGE
        match reaction:
            case Reaction.ADMIT | Reaction.RULE:
                return LetIn(party)
            case Reaction.CHALLENGE:
                return LetIn(party) if asks_itself else self._proved(request, hop, source, now)
            case Reaction.REFUSE:
                return TurnAway(guard.policy.settings.refusal_status)
            case Reaction.DROP:
                return Ignore()
            case _:
                assert_never(reaction)

    def _needs_an_account(self, request: Request) -> bool:
        """A call from this machine itself that leads beyond the numbers of the table."""
        return (
            request.method == "INVITE"
            and len(self._phones) > 0
            and not self._around.is_ours(request.uri.number)
        )

    def _proved(self, request: Request, hop: Hop, source: Source, now: float) -> Verdict:
        """Ask for, or check, the password of an account or of a trunk."""
        outcome = self._authenticator.check(request, now, hop.remote.host, CHALLENGE_STATUS)
        for failure in self._authenticator.poll():
            self.login_failed(failure, hop, now)
        if source is Source.STRANGER and not isinstance(outcome, Authenticated):
            return self._unproved(request, outcome)
        match outcome:
            case Authenticated(name):
                proved, proven = self._proven(name)
                return self._by_table(request, hop, proved, Party(_KINDS[proved], proven), now)
            case Challenged() | Refused():
                return _told(outcome)
            case _:
                assert_never(outcome)

    def _proven(self, name: str) -> tuple[Source, str]:
        """What a user name that was proved stands for, and that one's own name."""
        trunk = self._around.trunk_accounts.get(name)
        if trunk is not None:
            return Source.TRUNK, trunk
        return Source.GUEST if self._phones.is_guest(name) else Source.ACCOUNT, name

    def _unproved(self, request: Request, outcome: Challenged | Refused) -> Verdict:
        """Credentials that prove nothing tell a stranger no more than none; that a nonce grew old is told."""
        if isinstance(outcome, Challenged) and outcome.stale:
            return _told(outcome)
        reaction = self._guard.decide(
            request.method, Source.STRANGER, self._guard.place(request.uri.number, within=False)
        )
        match reaction:
            case Reaction.CHALLENGE:
                return _told(outcome)
            case Reaction.ADMIT | Reaction.RULE:
                # A public number is called with a password for somewhere else; a wrong one of ours is told.
                return LetIn(STRANGER) if isinstance(outcome, Challenged) else _told(outcome)
            case Reaction.REFUSE:
                return TurnAway(self._guard.policy.settings.refusal_status)
            case Reaction.DROP:
                return Ignore()
            case _:
                assert_never(reaction)

    def login_failed(self, failure: FailedLogin, hop: Hop, now: float) -> None:
        """A wrong password, or one for nobody: both weigh the same."""
        registered = self._phones.is_registered_at(hop)
        self._guard.note(
            Evidence.FAILED_LOGIN, hop, now, answered_nonce=failure.answered_nonce, registered=registered
        )


def _told(outcome: Challenged | Refused) -> TurnAway:
    match outcome:
        case Challenged(status, fields):
            return TurnAway(status, fields=fields)
        case Refused(status, reason, fields):
            return TurnAway(status, reason, fields)
        case _:
            assert_never(outcome)


def _held_up(decision: RateDecision) -> Verdict | None:
    match decision:
        case Admit():
            return None
        case Drop():
            return Ignore()
        case Refuse(retry_after_s):
            return TurnAway(503, fields=(("Retry-After", str(retry_after_s)),))
        case _:
            assert_never(decision)
