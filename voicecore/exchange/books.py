"""Lines and money of calls by trunk: asked before a leg is dialled, told when it is answered and over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

import structlog

from voicecore.calls.party import PartyKind
from voicecore.calls.route import NotPermitted, Permit, Purpose
from voicecore.errors import Unavailable
from voicecore.guard.fraud import Deny, OutboundRequest, Payer, PayerKind
from voicecore.guard.fraud_settings import Destinations, FraudSettings
from voicecore.guard.ledger import CallDenied, Ledger, SpendReached
from voicecore.ids import LegId
from voicecore.registrar.account import Account
from voicecore.sip.uri import Uri
from voicecore.trunks.board import TrunkBoard
from voicecore.trunks.limits import Direction
from voicecore.trunks.trunk import TrunkName

_log = structlog.get_logger(__name__)

RETRY_AFTER_S = 5
"""What a caller is told whose account has too many calls now, or began too many a second."""


def fraud_settings_with(settings: FraudSettings, accounts: Iterable[Account]) -> FraudSettings:
    """An account's own `allow` counts in place of what all accounts may call, and beside its `[[fraud.account]]`.

    What is denied stays denied.
    """
    by_name = dict(settings.account)
    for account in accounts:
        if not account.allow:
            continue
        named = by_name.get(account.name)
        if named is None:
            base = settings.accounts
            destinations = Destinations(allow=account.allow, deny=base.destinations.deny)
        else:
            base = named
            destinations = replace(base.destinations, allow=(*base.destinations.allow, *account.allow))
        by_name[account.name] = replace(base, destinations=destinations)
    return replace(settings, account=by_name)


def payer_of(purpose: Purpose) -> Payer | None:
    """Who answers for a call: the account that asked for it, else the flow that dials. Nobody: there is no call."""
    party = purpose.accountable
    if party.kind is PartyKind.ACCOUNT:
        return Payer(PayerKind.ACCOUNT, party.name)
    return None if purpose.flow is None else Payer(PayerKind.FLOW, purpose.flow)


class Books:
    """The ledger of money, and the lines of each trunk."""

    def __init__(
        self,
        ledger: Ledger,
        board: TrunkBoard,
        clock: Callable[[], float],
        wall: Callable[[], datetime],
        touched: Callable[[], None],
    ) -> None:
        """`touched` is called after each use of ledger and board."""
        self._ledger = ledger
        self._board = board
        self._clock = clock
        self._wall = wall
        self._touched = touched
        self._hang_up: dict[LegId, Callable[[], None]] = {}

    def outbound(
        self,
        leg: LegId,
        payer: Payer | None,
        trunk: TrunkName,
        server: Uri,
        number: str,
        *,
        starts: bool = True,
    ) -> Permit:
        """Leave for one leg. Raises Unavailable where the trunk is full, NotPermitted where it is not allowed.

        `starts`: it is the first of its call on this trunk, and counts for calls a second.
        """
        self._touched()
        now = self._clock()
        over = self._board.admit(trunk, Direction.OUTBOUND, now, starts=starts)
        if over is not None:
            raise Unavailable(f"trunk {trunk} takes no more calls: {over.limit.value}")
        decision = self._ledger.begin(leg, OutboundRequest(payer, trunk, number, self._wall()), now)
        self.report()
        if isinstance(decision, Deny):
            self._board.release(trunk, Direction.OUTBOUND)
            # RFC 3261, 21.4.4: a 403 says that to try again is of no use.
            status, wait_s = (503, RETRY_AFTER_S) if decision.reason.passes else (403, 0)
            raise NotPermitted(f"the call is not allowed: {decision.reason.value}", status, wait_s)
        return _Outbound(self, leg, trunk, server)

    def inbound(self, trunk: TrunkName) -> Permit:
        """A line for a call of a carrier. Raises Unavailable where it has no more."""
        over = self._board.admit(trunk, Direction.INBOUND, self._clock())
        if over is not None:
            raise Unavailable(f"trunk {trunk} brings too many calls: {over.limit.value}")
        return _Inbound(self._board, trunk)

    def may_call(self, account: str, number: str) -> bool:
        """Whether an account may call there at all; lines, money and hours come when it is dialled."""
        return self._ledger.may_call(Payer(PayerKind.ACCOUNT, account), number)

    def begun(self, leg: LegId, hang_up: Callable[[], None]) -> None:
        self._hang_up[leg] = hang_up

    def answered(self, leg: LegId) -> None:
        self._touched()
        self._ledger.answered(leg, self._clock())

    def over(
        self, leg: LegId, trunk: TrunkName, server: Uri, status: int | None, retry_after_s: float
    ) -> None:
        self._touched()
        now = self._clock()
        self._hang_up.pop(leg, None)
        self._ledger.end(leg, now)
        self._board.release(trunk, Direction.OUTBOUND)
        if status is not None:
            self._board.called(trunk, server, status, now, retry_after=retry_after_s or None)
        self.report()

    # -- a machine with a timer -------------------------------------------------------------------
    def handle_timer(self, now: float) -> None:
        self._ledger.handle_timer(now)
        self.report()

    def next_timer(self) -> float | None:
        return self._ledger.next_timer()

    def report(self) -> None:
        """Alarms are logged; legs whose money is gone are hung up."""
        for fact in self._ledger.poll():
            match fact:
                case CallDenied(payer, reason, number):
                    name = None if payer is None else f"{payer.kind.value} {payer.name}"
                    _log.warning("call out denied", payer=name, reason=reason.value, personal_number=number)
                case SpendReached(payer, legs):
                    name = "all" if payer is None else f"{payer.kind.value} {payer.name}"
                    _log.error("the money for calls is spent", payer=name, legs=len(legs))
                    for leg in legs:
                        if (hang_up := self._hang_up.get(leg)) is not None:
                            hang_up()


class _Outbound:
    def __init__(self, books: Books, leg: LegId, trunk: TrunkName, server: Uri) -> None:
        self._books = books
        self._leg = leg
        self._trunk = trunk
        self._server = server

    def begun(self, hang_up: Callable[[], None]) -> None:
        self._books.begun(self._leg, hang_up)

    def answered(self) -> None:
        self._books.answered(self._leg)

    def over(self, status: int | None, retry_after_s: float = 0.0) -> None:
        self._books.over(self._leg, self._trunk, self._server, status, retry_after_s)


class _Inbound:
    def __init__(self, board: TrunkBoard, trunk: TrunkName) -> None:
        self._board = board
        self._trunk = trunk

    def begun(self, hang_up: Callable[[], None]) -> None:
        """Nobody pays for a call that comes in."""

    def answered(self) -> None:
        """Nor when it is answered."""

    def over(self, status: int | None, retry_after_s: float = 0.0) -> None:
        self._board.release(self._trunk, Direction.INBOUND)
