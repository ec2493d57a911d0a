"""A phone, and whoever holds it, for calls with a simulated platform."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol

from voicecore.ids import LegId
from voicecore.sip import output as sip_output
from voicecore.sip.call_options import CallOptions
from voicecore.sip.digest_client import Account, DigestClient
from voicecore.sip.gate import Gate
from voicecore.sip.hop import Address, Hop, Transport
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.non_invite import Draft
from voicecore.sip.output import RequestReceived
from voicecore.sip.uri import Uri
from voicecore.testing.simulated_leg import SimulatedLeg
from voicecore.testing.simulated_machine import Greeting, greet, leg_of_offer
from voicecore.testing.simulated_person import Earshot, SimulatedPerson
from voicecore.testing.simulated_wire import OFFER, PLATFORM, PLATFORM_6, Wire, new_stack
from voicecore.transport.sip_runner import SipRunner

Reply = tuple[int, Sequence[tuple[str, str]]]


class Surroundings(Earshot, Protocol):
    """What a phone needs of the simulated platform."""

    wire: Wire

    def phone(self, host: str = ...) -> SimulatedCaller: ...


class SimulatedCaller(SimulatedPerson):
    """A phone, and whoever holds it. Made by `SimulatedPlatform.dial` and `.phone`."""

    def __init__(
        self,
        platform: Surroundings,
        address: Address,
        *,
        transport: Transport = "UDP",
        platform_address: Address | None = None,
        gate: Gate | None = None,
        name: str | None = None,
    ) -> None:
        """`gate` judges what the platform asks, as a carrier does. `name` stands in our Contact, not our address."""
        super().__init__(platform)
        self.address = address
        there = PLATFORM_6 if ":" in address.host else PLATFORM
        self.hop = Hop(transport, address, platform_address or there)
        self.user = "caller"
        self.shown: NameAddr | None = None
        """From of our INVITEs; None: our user at our address."""
        self.to: NameAddr | None = None
        """To of our INVITEs; None: whom we dial."""
        self.status: int | None = None
        """The final SIP status of our INVITE, or that we gave to the platform's."""
        self.reason = ""
        self.responses: list[Any] = []
        self.answers_with = 200
        self.picks_up_after: float | None = None
        """Seconds of ringing until it answers with `picks_up_with` what `answers_with` 0 left open; None: never."""
        self.picks_up_with = 200
        self.greeting: Greeting | None = None
        """An answering machine answers, and greets so."""
        self.talks: float | None = None
        """Seconds from then until it hangs up; None: it does not."""
        self.does: Sequence[tuple[float, Callable[[], None]]] = ()
        """What it does so many seconds from then, unless the call is over."""
        self.rings_with = 180
        """The provisional response to the platform's INVITE; 183 brings early media, 0 is none."""
        self.answer = b""
        """SDP of the platform's last 2xx."""
        self.reoffers: list[bytes] = []
        """SDP of the platform's re-INVITEs."""
        self.acknowledges_with: bytes | None = None
        """The SDP of its ACK, where it made no offer itself; None: as it `describe`s itself."""
        self.accepts_reoffers = True
        self.refers_with: int | None = None
        """What comes of a transfer that the platform asks for; None: the phone refuses it."""
        self.requests: list[RequestReceived] = []
        """What the platform asked beside the call."""
        self.invites: list[sip_output.InviteReceived] = []
        """Calls of the platform to us."""
        self.replies: Callable[[RequestReceived], Reply] = lambda received: (200, ())
        """What we answer to requests beside the call, REFER excepted."""
        self.options = CallOptions()
        """What our INVITEs use of the extensions, and how many hops they may take."""
        self.headers: Sequence[tuple[str, str]] = ()
        """What our final answer to the platform's INVITE carries, such as the Contact of a 302."""
        self.describe: Callable[[bytes], bytes] = lambda offer: OFFER
        """Our SDP: the answer to an offer, or an offer of our own (b"")."""
        self._platform = platform
        self._changed = asyncio.Condition()
        self._dialog: sip_output.DialogId | None = None
        self._invite: sip_output.InviteId | None = None
        self._answered_request: asyncio.Future[int] | None = None
        self._is_over = asyncio.Event()
        self._settled = asyncio.Event()
        self._digest: DigestClient | None = None
        self._cseq = 1
        self._offered = True
        """Our INVITE had an offer: the ACK has none."""
        stack = new_stack(f"phone{address.port}", gate=gate, public_address=name)
        self.on_output: Callable[[sip_output.Output], None] = self._receive
        """Hears all that our stack says; a test may put its own in place, and pass on to this."""
        self._sip = SipRunner(stack, platform.wire.send, lambda output: self.on_output(output))
        platform.wire.attach(address, self._sip.receive)

    # -- verbs ------------------------------------------------------------------------------------
    async def dial(
        self, number: str, sdp: bytes | None = None, headers: Sequence[tuple[str, str]] = ()
    ) -> int:
        """Calls the platform, with an offer as we `describe` it; returns the final status."""
        before = set(self._platform.engine.legs)
        self._settled.clear()
        self.start_dialling(number, sdp, headers)
        await self._settled.wait()
        self.find_leg(before)
        return self.status or 0

    async def settled(self) -> None:
        """Returns with the final status of the INVITE that `start_dialling` sent."""
        await self._settled.wait()

    def find_leg(self, before: Collection[LegId]) -> SimulatedLeg | None:
        """The platform's leg to this phone: the first that did not exist `before` it dialled; None: not there yet."""
        if self._leg is None:
            new = min((leg for leg in self._platform.engine.legs if leg not in before), default=None)
            self._leg_id = LegId(0) if new is None else new
            self._leg = None if new is None else self._platform.engine.legs[new]
        return self._leg

    def start_dialling(
        self, number: str, sdp: bytes | None = None, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Calls without waiting; `give_up` takes it back. `number` may be a whole URI."""
        target = Uri.parse(number if ":" in number else f"sip:{number}@{PLATFORM.host}")
        self._dialog = None
        offer = self.describe(b"") if sdp is None else sdp
        self._offered = bool(offer)
        self._invite = self._sip.invite(
            target,
            self.hop,
            from_=self.shown or self._me(),
            to=self.to,
            sdp=offer,
            headers=headers,
            answerer=self._digest,
            options=self.options,
        )

    def log_in(self, user: str, password: str) -> None:
        """From now on challenges are answered."""
        self.user = user
        self._digest = DigestClient(Account(user, password), lambda length: "c" * length)

    async def register(
        self,
        user: str = "",
        password: str = "",
        *,
        expires: int = 3600,
        q: float | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> int:
        """Registers with the platform, again or for the first time; returns the final status."""
        if user:
            self.log_in(user, password)
        contact = f"{self._sip.contact(self.user, self.hop)};expires={expires}"
        if q is not None:
            contact += f";q={q}"
        return await self.ask("REGISTER", f"sip:{PLATFORM.host}", contact=contact, headers=headers)

    async def ask(
        self,
        method: str,
        target: str,
        *,
        contact: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> int:
        """A request outside of any call; returns its final status, 408 where none came."""
        aor = NameAddr("", Uri("sip", self.user, host=PLATFORM.host))
        draft = Draft(
            method,
            Uri.parse(target),
            aor,
            aor,
            f"asks-{self.address.port}",
            self._cseq,
            contact,
            tuple(headers),
            answerer=self._digest,
        )
        self._cseq += 3  # a challenge takes a number, too
        self._answered_request = asyncio.get_running_loop().create_future()
        self._sip.request(draft, self.hop)
        return await self._answered_request

    def _me(self) -> NameAddr:
        return NameAddr("", Uri("sip", self.user, host=self.address.host, port=self.address.port))

    def reconnect(self, host: str) -> None:
        """The way to the platform changed: from now on we are at another address, with the port of before."""
        wire = self._platform.wire
        wire.detach(self.address)
        self.address = Address(host, self.address.port)
        self.hop = self.hop._replace(local=self.address)
        wire.attach(self.address, self._sip.receive)

    def give_up(self, *, reason: str | None = None) -> None:
        """`reason` is the value of a Reason header field (RFC 3326)."""
        if self._invite is not None:
            self._sip.cancel(self._invite, reason=reason)

    async def offer(self, sdp: bytes) -> int:
        """A re-INVITE with another offer, such as hold; returns its final status."""
        assert self._dialog is not None, "the call was not answered"
        self._settled.clear()
        self._sip.reinvite(self._dialog, sdp=sdp)
        await self._settled.wait()
        return self.status or 0

    async def offer_by_update(self, sdp: bytes) -> int:
        """Another offer without INVITE (RFC 3311); returns its final status."""
        assert self._dialog is not None, "the call was not answered"
        self._answered_request = asyncio.get_running_loop().create_future()
        self._sip.update(self._dialog, sdp=sdp)
        return await self._answered_request

    def press_by_info(self, body: bytes, content_type: str = "application/dtmf-relay") -> None:
        """A key that is told by signalling."""
        assert self._dialog is not None, "the call was not answered"
        self._sip.request_within(self._dialog, "INFO", headers=[("Content-Type", content_type)], body=body)

    async def refer(self, target: str, headers: Sequence[tuple[str, str]] = ()) -> int:
        """Asks the platform to transfer whom this phone talks to; returns the status of the REFER."""
        assert self._dialog is not None, "the call was not answered"
        self._answered_request = asyncio.get_running_loop().create_future()
        self._sip.request_within(self._dialog, "REFER", headers=[("Refer-To", target), *headers])
        return await self._answered_request

    @property
    def dialog(self) -> sip_output.DialogId:
        assert self._dialog is not None, "the call was not answered"
        return self._dialog

    @property
    def told(self) -> list[str]:
        """What the platform's NOTIFYs said of a transfer: their status lines."""
        notified = (one.request for one in self.requests if one.request.method == "NOTIFY")
        return [request.body.decode().strip() for request in notified]

    def hang_up(self) -> None:
        if self._dialog is not None:
            self._sip.bye(self._dialog)
            self._is_over.set()

    # -- what happened ----------------------------------------------------------------------------
    @property
    def is_over(self) -> bool:
        """Whether the call has ended for this phone."""
        return self._is_over.is_set()

    async def over(self, within: float = 600.0) -> None:
        """Returns when the platform has hung up."""
        async with asyncio.timeout(within):
            await self._is_over.wait()

    # -- the phone --------------------------------------------------------------------------------
    def _receive(self, output: sip_output.Output) -> None:
        match output:
            case sip_output.Answered(invite, dialog, response):
                self.answer = response.body
                sdp = self.describe(self.answer) if self.acknowledges_with is None else self.acknowledges_with
                self._sip.acknowledge(invite, dialog, sdp=sdp)
                self._dialog, self.status = dialog, response.status
                self._settled.set()
            case sip_output.Progressed(_, _, response):
                self.responses.append(response.status)
            case sip_output.Failed(_, status, reason, response):
                self.status, self.reason = status, reason
                self.responses.append(response)
                self._settled.set()
                if self._dialog is None:
                    self._is_over.set()
            case sip_output.DialogEnded():
                self._is_over.set()
            case sip_output.InviteReceived(invite):
                self.invites.append(output)
                self._ring(invite, output.request.body)
            case sip_output.ReinviteReceived(invite, _, request):
                self.reoffers.append(request.body)
                sdp = self.describe(request.body) if self.accepts_reoffers else b""
                self._sip.respond(invite, 200 if self.accepts_reoffers else 488, sdp=sdp)
            case RequestReceived(id, request):
                self.requests.append(output)
                if request.method == "REFER" and self.refers_with is not None:
                    notifying = self._sip.accept_subscription(id)
                    self._tell_transfer(notifying, self.refers_with)
                else:
                    status, headers = (603, ()) if request.method == "REFER" else self.replies(output)
                    self._sip.answer(id, status, headers=headers)
            case sip_output.RequestAnswered(_, status):
                self.responses.append(status)
                if self._answered_request is not None and not self._answered_request.done():
                    self._answered_request.set_result(status)
            case sip_output.Cancelled():
                self.status = 487
                self._is_over.set()
            case _:
                pass

    def _tell_transfer(self, dialog: sip_output.DialogId, status: int) -> None:
        headers = [
            ("Event", "refer"),
            ("Subscription-State", "terminated;reason=noresource"),
            ("Content-Type", "message/sipfrag"),
        ]
        self._sip.request_within(dialog, "NOTIFY", headers=headers, body=f"SIP/2.0 {status} It".encode())
        self._sip.end_subscription(dialog)

    def _ring(self, invite: sip_output.InviteId, offer: bytes) -> None:
        if self.rings_with:
            self._sip.respond(
                invite, self.rings_with, sdp=self.describe(offer) if self.rings_with == 183 else b""
            )
        if self.answers_with != 0:
            self._answer(invite, self.answers_with, offer)
        elif self.picks_up_after is not None:
            loop = asyncio.get_running_loop()
            loop.call_later(self.picks_up_after, self._pick_up, invite, offer)

    def _pick_up(self, invite: sip_output.InviteId, offer: bytes) -> None:
        if self.is_over:
            return
        self._answer(invite, self.picks_up_with, offer)
        if self.picks_up_with != 200:
            return
        loop = asyncio.get_running_loop()
        if self.talks is not None:
            loop.call_later(self.talks, self._stop_talking)
        if self.does:
            port = int(offer.partition(b"m=audio ")[2].split(maxsplit=1)[0])
            self.is_on(next(name for name, leg in self._platform.engine.legs.items() if leg.port == port))
        for seconds, deed in self.does:
            loop.call_later(seconds, self._do_if_there, deed)

    def _do_if_there(self, deed: Callable[[], None]) -> None:
        if not self.is_over and self._leg_id in self._platform.engine.legs:
            deed()

    def _stop_talking(self) -> None:
        if not self.is_over:
            self.hang_up()

    def _answer(self, invite: sip_output.InviteId, status: int, offer: bytes) -> None:
        self._dialog = self._sip.dialog_of(invite)
        sdp = self.describe(offer) if status == 200 else b""
        self._sip.respond(invite, status, sdp=sdp, headers=self.headers)
        self.status = status
        engine = self._platform.engine
        leg = leg_of_offer(engine, offer) if self.greeting is not None else None
        if self.greeting is not None and leg is not None and status == 200:
            self.is_on(leg)
            greet(engine, leg, self.greeting)
