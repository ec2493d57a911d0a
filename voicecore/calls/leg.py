"""A leg: a SIP dialog, an offer/answer machine and a media session, each its own. The leg sequences them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from voicecore.calls.agreed import leg_spec, quality
from voicecore.calls.leg_facts import LegEnd, LegIdentity, Progress, Signalling
from voicecore.calls.leg_state import LegInput, LegState, step
from voicecore.calls.media_observer import UNOBSERVED, MediaObserver
from voicecore.calls.media_session import MediaSession
from voicecore.calls.one_codec import Counterpart, in_order
from voicecore.calls.referral import Referral
from voicecore.calls.renegotiation import Renegotiation
from voicecore.clock import Clock
from voicecore.errors import PeerError, UsageError
from voicecore.ids import CallId, LegId
from voicecore.sdp.offer_answer import Negotiated, OfferAnswer
from voicecore.sip.call_options import CallOptions
from voicecore.sip.cause import Cause
from voicecore.sip.output import DialogId
from voicecore.sip.uri import Uri
from voicecore.sip.values.reason import Reason
from voicecore.store.records import LegRecord, Side

if TYPE_CHECKING:
    from voicecore.calls.bridge import Bridge

MAX_FORKS = 8
"""Far ends of one INVITE whose early answers are kept."""


NORMAL = Reason.of_cause(Cause.NORMAL_CALL_CLEARING)
UNREACHABLE = Reason.of_cause(Cause.DESTINATION_OUT_OF_ORDER)
"""To who talked to somebody that was lost."""
ELSEWHERE = Reason("SIP", 200, "Call completed elsewhere")
"""To a phone that rang beside the one that was answered: it shows no missed call."""

RINGING = (180, 183)
"""Provisional statuses after which a phone counts as found."""


def _nobody_listens(leg: Leg) -> None:
    """In place of a call that is over."""


def _nobody_waits() -> None:
    """In place of who was told of an answer or an end."""


class Leg:
    """One party of a call. `on_end` is called once, on the loop, when the leg is over."""

    def __init__(
        self,
        identity: LegIdentity,
        signalling: Signalling,
        media: MediaSession,
        sdp: OfferAnswer,
        clock: Clock,
        on_end: Callable[[Leg], None],
    ) -> None:
        self.identity = identity
        self.signalling = signalling
        self.media = media
        self.sdp = sdp
        self.negotiated: Negotiated | None = None
        self.progress = Progress(LegState.OFFERED if identity.side is Side.INBOUND else LegState.DIALLING)
        self.bridge: Bridge | None = None
        """Where the leg talks to another one."""
        self.options: CallOptions | None = None
        """What this leg may use of the extensions to SIP; None: what the site says."""
        self.on_ringing: Callable[[], None] = _nobody_waits
        self.on_answered: Callable[[], None] = _nobody_waits
        """Called once when the leg is answered."""
        self.on_over: Callable[[], None] = _nobody_waits
        """Called once when the leg is over, whichever call it belongs to then."""
        self.parting = NORMAL
        """Why the leg is hung up, unless whoever does it says otherwise."""
        self.told: Cause | None = None
        """Why the peer hung up, where its network says so (Q.850)."""
        self.retry_after_s = 0.0
        """How long the peer wants to be left alone that refused (Retry-After); 0.0: it does not say."""
        self.is_taken_elsewhere = False
        """Its caller took the call back, since somebody answered it at another place."""
        self.has_rung = False
        self.diverted_to: tuple[Uri, ...] = ()
        """Where the peer wants the call instead, the best first (3xx)."""
        self.successor: Leg | None = None
        """Another leg that was answered in the place of this one, which rang."""
        self.changes = Renegotiation(self)
        self.referral: Referral | None = None
        """A REFER of ours that the peer works on."""
        self.was_heard = identity.side is Side.INBOUND
        self._clock = clock
        self._on_end = on_end
        self._local_sdp = b""
        self._offer = b""
        """The INVITE's, until the peer has seen our answer."""
        self._early_answers: dict[DialogId, bytes] = {}
        self._early_party: DialogId | None = None
        self._settled = asyncio.Event()
        self._over = asyncio.Event()
        self._farewell = asyncio.Event()
        self._has_media = asyncio.Event()
        self._heard = asyncio.Event()

    def change_call(self, call: CallId, observer: MediaObserver, on_end: Callable[[Leg], None]) -> None:
        """The leg goes on as part of another call."""
        self.identity = self.identity._replace(call=call)
        self.media.observe(observer)
        self._on_end = on_end

    def let_go(self) -> None:
        """The call is over and its record written: it hears no more of the leg.

        Else call and leg would hold each other until the garbage collector finds them.
        """
        self.media.observe(UNOBSERVED)
        self.changes.let_go()
        self._on_end = _nobody_listens
        self.on_ringing = self.on_answered = self.on_over = _nobody_waits

    # -- what others ask --------------------------------------------------------------------------
    @property
    def id(self) -> LegId:
        return self.identity.id

    @property
    def is_answered(self) -> bool:
        return self.progress.state is LegState.ANSWERED

    @property
    def is_over(self) -> bool:
        return self.progress.state is LegState.ENDED

    @property
    def has_media(self) -> bool:
        """Whether audio flows: the leg was answered, or there is early media."""
        return self._has_media.is_set() and not self.is_over

    async def media_flows(self) -> None:
        """Returns when audio flows for the first time."""
        await self._has_media.wait()

    async def sign_of_life(self) -> None:
        """Returns when the peer was heard of, or the leg has ended."""
        await self._heard.wait()

    async def settled(self) -> None:
        """Returns when the leg was answered or has ended."""
        await self._settled.wait()

    async def over(self) -> LegEnd:
        """Returns when the leg has ended."""
        await self._over.wait()
        return self.progress.end or LegEnd.OURS

    async def farewell(self) -> None:
        """Returns when the peer has confirmed our BYE or CANCEL, or none is due."""
        await self._farewell.wait()

    # -- verbs of an inbound leg ------------------------------------------------------------------
    def offered(self, body: bytes) -> None:
        """Takes the INVITE's offer, or prepares ours when it has none (RFC 3264; RFC 3261, 13.2.1).

        Raises PeerError or Unacceptable; the leg is not answered by it.
        """
        if body:
            self._local_sdp, self.negotiated = self.sdp.receive_offer(body)
            self._offer = body
        else:
            self._local_sdp = self.sdp.make_offer()
            self.changes.owe_answer()

    def counterpart(self) -> Counterpart | None:
        """What its peer can have, for who is going to talk to it; None: that is not known yet."""
        agreed = self.negotiated
        if agreed is None or self.is_over:
            return None
        codecs = tuple([codec for _, codec in agreed.receive_codecs])
        return Counterpart((agreed.codec, *codecs), agreed.packet_time_ms, not self._offer)

    def follow(self, other: Counterpart | None) -> None:
        """Its answer begins with the codec that suits the other party as well, unless the peer has seen it already."""
        ours = self.counterpart()
        if ours is None or ours.is_settled:
            return
        if (best := in_order(ours.codecs[1:], other)[0]) != ours.codecs[0]:
            self._local_sdp, self.negotiated = self.sdp.receive_offer(self._offer, prefer=best)

    def ring(self) -> None:
        """180 Ringing. Nothing happens once the leg is answered or over."""
        if self.progress.state is LegState.OFFERED:
            # RFC 3262, 5: to who made no offer, the first provisional that goes reliably brings ours.
            offer = b"" if self.negotiated is not None else self._local_sdp
            self.signalling.sip.respond(self.signalling.invite, 180, sdp=offer, options=self.options)

    def early_media(self) -> bool:
        """183 with our SDP: the caller hears us before the answer (RFC 3261, 13.3.1.1; RFC 3960).

        False when it cannot be: the caller made no offer, or is answered or gone already.
        """
        if self.progress.state is not LegState.OFFERED or self.negotiated is None:
            return False
        sip, invite = self.signalling.sip, self.signalling.invite
        if not sip.respond(invite, 183, sdp=self._local_sdp, options=self.options):
            return False
        self._offer = b""
        self.start_media(self.negotiated)
        return True

    def accept(self, headers: tuple[tuple[str, str], ...] = ()) -> bool:
        """200 OK with our SDP, and media from now on. False when the caller is gone already."""
        if self.progress.state is not LegState.OFFERED:
            return False
        sip, invite = self.signalling.sip, self.signalling.invite
        if not sip.respond(invite, 200, sdp=self._local_sdp, headers=headers, options=self.options):
            return False
        self._offer = b""
        self._step(LegInput.ANSWER)
        self.progress.answered = self._clock.wall()
        self.progress.status = 200
        self.on_answered()
        if self.negotiated is not None:
            self.start_media(self.negotiated)
        self._settled.set()
        return True

    def reject(
        self, status: int, reason: str | None = None, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        """A final failure response, 3xx to 6xx. Nothing happens once the leg is answered or over."""
        if self.progress.state is LegState.OFFERED:
            self.signalling.sip.respond(self.signalling.invite, status, reason=reason, headers=headers)
            self.ended(LegEnd.REJECTED, status=status, reason=reason)

    # -- verbs of any leg -------------------------------------------------------------------------
    def hang_up(self, status: int = 480, *, reason: Reason | None = None) -> None:
        """BYE, CANCEL or a failure response with `status`, whichever the state asks for.

        `reason`, or else `parting`, is told to a party that rings or talks (RFC 3326).
        """
        reason = reason or self.parting
        match self.progress.state:
            case LegState.OFFERED:
                self.reject(status)
            case LegState.DIALLING:
                self._step(LegInput.CANCEL)
                self.media.close()
                self.signalling.sip.cancel(self.signalling.invite, reason=str(reason))
            case LegState.ANSWERED:
                if self.signalling.dialog is not None:
                    # Ended first: the confirmation may come while the stack is drained.
                    self.ended(LegEnd.OURS, confirmed=False)
                    self.signalling.sip.bye(self.signalling.dialog, headers=[("Reason", str(reason))])
                else:
                    self.ended(LegEnd.OURS)
            case LegState.CANCELLING | LegState.ENDED:
                pass

    def start_media(self, negotiated: Negotiated) -> None:
        """Gives the engine what offer and answer agreed, at first and after a re-INVITE."""
        self.negotiated = negotiated
        if not self.is_over:
            self.media.configure(leg_spec(negotiated, cname=f"{self.identity.call}@voicecore"))
            self._has_media.set()

    def give_up(self, end: LegEnd, reason: Reason = UNREACHABLE) -> None:
        """The peer is taken for gone, or cannot be worked with, and told BYE in case it is there."""
        if self.is_answered and self.signalling.dialog is not None:
            self.ended(end, confirmed=False)
            self.signalling.sip.bye(self.signalling.dialog, headers=[("Reason", str(reason))])

    def give_way_to(self, successor: Leg) -> None:
        """Somebody else takes the call that rings here: who waits for the answer goes on with that leg."""
        self.successor = successor
        self._settled.set()

    def moved(self, place: str) -> None:
        """The peer's messages come from another place now."""
        self.identity = self.identity._replace(remote_address=place)

    def take_over(self, signalling: Signalling, place: str, sdp: OfferAnswer, agreed: Negotiated) -> None:
        """Another dialog, with another description, in place of the one that there was; the media goes on.

        `place` is where it comes from. Who knows the leg by its names in SIP must be told of the new ones.
        """
        self.identity = self.identity._replace(
            sip_call_id=signalling.sip.call_id(signalling.invite), remote_address=place
        )
        self.signalling, self.sdp = signalling, sdp
        self.changes.begin_anew()
        self.start_media(agreed)

    # -- what the switchboard tells ---------------------------------------------------------------
    def heard(self) -> None:
        """The peer, or somebody on the way to it, gave a sign of life."""
        self.was_heard = True
        self._heard.set()

    def peer_progressed(self, dialog: DialogId | None, status: int, body: bytes) -> None:
        """A provisional response to our INVITE. Its SDP, if it has one, is heard at once (early media).

        Raises PeerError when that is no answer to our offer.
        """
        self.heard()
        if status in RINGING and not self.has_rung:
            self.has_rung = True
            self.on_ringing()
        if dialog is None or not body or self.progress.state is not LegState.DIALLING:
            return
        negotiated = self.sdp.preview_answer(body)
        if len(self._early_answers) < MAX_FORKS:
            self._early_answers[dialog] = body
        self.start_media(negotiated)

    def settle_early(self, dialog: DialogId) -> bool:
        """The early answer of this far end counts for good, since it makes an offer of its own (RFC 3311, 5.1).

        False where there is none, or where others may still answer in its place.
        """
        answer = self._early_answers.get(dialog)
        if self.progress.state is not LegState.DIALLING or answer is None or len(self._early_answers) > 1:
            return False
        self.sdp.receive_answer(answer)
        self._early_party = dialog
        return True

    def peer_answered(self, dialog: DialogId, body: bytes) -> None:
        """The 2xx to our INVITE. Raises PeerError when its SDP is no answer to our offer."""
        self.signalling.dialog = dialog
        self.heard()
        if step(self.progress.state, LegInput.ANSWER) is None:
            self.signalling.sip.bye(dialog)  # it crossed our CANCEL
            return
        try:
            if self._early_party not in (None, dialog):
                raise PeerError("Another Fork Changed the Early Media")
            # The answer may have come in a provisional already, and then need not come again.
            negotiated = self.sdp.receive_answer(body or self._early_answers.get(dialog, b""))
        except PeerError:
            self.ended(LegEnd.REJECTED, status=488, confirmed=False)
            self.signalling.sip.bye(dialog)
            raise
        self._step(LegInput.ANSWER)
        self.progress.answered = self._clock.wall()
        self.progress.status = 200
        self.on_answered()
        self.start_media(negotiated)
        self._settled.set()

    def ended(
        self, end: LegEnd, *, status: int | None = None, reason: str | None = None, confirmed: bool = True
    ) -> None:
        """The leg is over: frees its media and tells the call. `confirmed` is False while our BYE is in the air."""
        if confirmed:
            self._farewell.set()
        if self.is_over:
            return
        self._step(LegInput.END)
        self.progress.end = end
        self.progress.ended = self._clock.wall()
        self.progress.status = status if status is not None else self.progress.status
        self.progress.reason = reason
        self.media.close()
        self._settled.set()
        self._heard.set()
        self._over.set()
        self.on_over()
        self.changes.abandon()
        self._on_end(self)

    def record(self) -> LegRecord:
        identity, progress, measured = self.identity, self.progress, self.media.statistics
        return LegRecord(
            id=identity.id,
            call=identity.call,
            side=identity.side,
            sip_call_id=identity.sip_call_id,
            local_uri=identity.local_uri,
            remote_uri=identity.remote_uri,
            remote_address=identity.remote_address,
            codec=None if self.negotiated is None else self.negotiated.codec.label,
            started=identity.started,
            answered=progress.answered,
            ended=progress.ended,
            status=progress.status,
            reason=progress.reason or (progress.end.value if progress.end else None),
            quality=None if measured is None else quality(measured),
            is_relayed=None if measured is None or progress.ended else measured.is_relayed,
        )

    def _step(self, what: LegInput) -> None:
        following = step(self.progress.state, what)
        if following is None:
            raise UsageError(f"{what.name} in {self.progress.state.name}")
        self.progress.state = following
