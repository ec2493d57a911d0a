"""Changes of an answered leg: hold and resume of ours, re-INVITE and UPDATE of the peer (RFC 3261, 14; RFC 3311)."""

from __future__ import annotations

import asyncio
from typing import Protocol

from voicecore.calls.leg_facts import LegIdentity, Signalling
from voicecore.errors import PeerError, Unavailable, UsageError
from voicecore.sdp.offer_answer import Direction, Negotiated, OfferAnswer, Unacceptable
from voicecore.sip.output import InviteId, RequestId
from voicecore.sip.uri import Uri

_LATER = (("Retry-After", "2"),)
"""To whom the engine has no time for now: RFC 3261, 14.2 wants at most ten seconds."""


class Changing(Protocol):
    """What of a leg is changed."""

    identity: LegIdentity
    signalling: Signalling
    sdp: OfferAnswer

    @property
    def is_answered(self) -> bool: ...
    def start_media(self, negotiated: Negotiated) -> None: ...


class Change:
    """Our own offer within an answered leg, under way."""

    __slots__ = ("invite", "settled", "succeeded")

    def __init__(self, invite: InviteId) -> None:
        self.invite = invite
        self.settled = asyncio.Event()
        self.succeeded = False


class Renegotiation:
    """One offer at a time, in either direction."""

    def __init__(self, leg: Changing) -> None:
        self._changing: Changing | None = leg
        self._answer_due = False
        self._change: Change | None = None
        self._is_holding = False

    @property
    def _leg(self) -> Changing:
        if self._changing is None:
            raise UsageError("the leg was let go")
        return self._changing

    def let_go(self) -> None:
        """Nothing will be changed any more. The leg holds us: else both would wait for the garbage collector."""
        self._changing = None

    @property
    def is_holding(self) -> bool:
        """We put the peer on hold."""
        return self._is_holding

    def owe_answer(self) -> None:
        """Our 2xx will hold the offer, so the answer comes in its ACK."""
        self._answer_due = True

    def abandon(self) -> None:
        """The leg is over: who waits for a change is told that it failed."""
        self._end_change(succeeded=False)

    def begin_anew(self) -> None:
        """Another dialog takes the place of this one: what was under way in it has failed."""
        self._answer_due = False
        self._end_change(succeeded=False)

    async def hold(self) -> bool:
        """Puts the peer on hold: it hears us (music), we do not listen (RFC 3264, 8.4). False when it refused."""
        return await self._change_direction(Direction.SENDONLY)

    async def resume(self) -> bool:
        """Takes the peer off hold. False when it refused."""
        return await self._change_direction(Direction.SENDRECV)

    async def _change_direction(self, direction: Direction) -> bool:
        while self._change is not None:  # one offer at a time
            await self._change.settled.wait()
        dialog = self._leg.signalling.dialog
        if not self._leg.is_answered or dialog is None:
            return False
        change = self._change = Change(
            self._leg.signalling.sip.reinvite(dialog, sdp=self._leg.sdp.make_offer(direction))
        )
        await change.settled.wait()
        if change.succeeded:
            self._is_holding = direction is Direction.SENDONLY
        return change.succeeded

    def acknowledged(self, body: bytes) -> None:
        """The ACK of our 2xx; holds the answer if the INVITE had no offer. Raises PeerError.

        Without an answer to the offer of a re-INVITE the call goes on as it was (RFC 3261, 14.1).
        """
        if not (self._answer_due and self._leg.is_answered):
            return
        self._answer_due = False
        if not body and self._leg.sdp.agreed is not None:
            self._leg.sdp.roll_back()
            return
        self._leg.start_media(self._leg.sdp.receive_answer(body))

    def reoffered(self, invite: InviteId, body: bytes) -> Direction | None:
        """A re-INVITE: answers it and returns our new direction, or refuses it and changes nothing."""
        sip = self._leg.signalling.sip
        if not body:
            wish = Direction.SENDONLY if self._is_holding else Direction.SENDRECV
            self._answer_due = sip.respond(invite, 200, sdp=self._leg.sdp.make_offer(wish))
            return None
        try:
            answer, negotiated = self._leg.sdp.receive_offer(body, hold=self._is_holding)
        except PeerError as error:
            sip.respond(invite, error.status, reason=error.reason, headers=self._warning(error))
            return None
        except Unavailable as failure:
            sip.respond(invite, 500, reason=str(failure)[:80], headers=_LATER)
            return None
        if sip.respond(invite, 200, sdp=answer):
            self._leg.start_media(negotiated)
        return negotiated.direction

    def updated(self, request: RequestId, body: bytes) -> Direction | None:
        """An UPDATE or PRACK with an offer, or a PRACK with the answer to ours (RFC 3311, 5.2; RFC 3262, 5).

        An offer counts as `reoffered` does, also before the call is answered, once the audio of it was agreed.
        """
        sip = self._leg.signalling.sip
        if self._answer_due and not self._leg.is_answered:
            self._take_answer(request, body)
            return None
        try:
            answer, negotiated = self._leg.sdp.receive_offer(body, hold=self._is_holding)
        except PeerError as error:
            sip.answer(request, error.status, reason=error.reason, headers=self._warning(error))
            return None
        except Unavailable as failure:
            sip.answer(request, 500, reason=str(failure)[:80], headers=_LATER)
            return None
        if sip.answer(request, 200, body=answer):
            self._leg.start_media(negotiated)
        return negotiated.direction

    def _take_answer(self, request: RequestId, body: bytes) -> None:
        """Our provisional brought the offer."""
        sip = self._leg.signalling.sip
        try:
            negotiated = self._leg.sdp.receive_answer(body)
        except PeerError as error:
            sip.answer(request, error.status, reason=error.reason, headers=self._warning(error))
            return
        self._answer_due = False
        if sip.answer(request, 200):
            self._leg.start_media(negotiated)

    def refresh(self) -> None:
        """A re-INVITE that changes nothing, as a sign of life. One that is under way already is one."""
        dialog = self._leg.signalling.dialog
        if self._change is None and self._leg.is_answered and dialog is not None:
            wish = Direction.SENDONLY if self._is_holding else Direction.SENDRECV
            self._change = Change(
                self._leg.signalling.sip.reinvite(dialog, sdp=self._leg.sdp.make_offer(wish))
            )

    def _warning(self, error: PeerError) -> tuple[tuple[str, str], ...]:
        if not isinstance(error, Unacceptable):
            return ()
        who = Uri.parse(self._leg.identity.local_uri).host or "voicecore"
        return (("Warning", error.warning_header(who)),)

    def is_changed_by(self, invite: InviteId) -> bool:
        """Whether this INVITE is our own wish to change the answered leg."""
        return self._change is not None and self._change.invite == invite

    def change_answered(self, body: bytes) -> None:
        """The 2xx to our re-INVITE. Raises PeerError when its SDP is no answer; what held before then goes on."""
        try:
            self._leg.start_media(self._leg.sdp.receive_answer(body))
        except PeerError:
            self.change_failed()
            raise
        self._end_change(succeeded=True)

    def change_failed(self) -> None:
        """Our re-INVITE was refused: what held before goes on (RFC 3261, 14.1)."""
        if self._change is not None:
            self._leg.sdp.roll_back()
            self._end_change(succeeded=False)

    def _end_change(self, *, succeeded: bool) -> None:
        change, self._change = self._change, None
        if change is not None:
            change.succeeded = succeeded
            change.settled.set()
