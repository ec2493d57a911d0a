"""A server with a subscription desk, and a phone whose NOTIFYs are answered, over real SIP stacks."""

from __future__ import annotations

import random
from xml.etree import ElementTree

from tests.unit.subscriptions.texts import ALICE, BOB, PHONE, RULES, SERVER, resource_of
from voicecore.sip.message import Response
from voicecore.sip.output import Output, RequestAnswered, RequestReceived
from voicecore.sip.parser import parse_datagram
from voicecore.sip.settings import StackSettings
from voicecore.subscriptions.board import StateBoard
from voicecore.subscriptions.desk import SubscriptionDesk
from voicecore.subscriptions.output import Accept, Ended, NotifyDue, Refuse
from voicecore.subscriptions.policy import WatchPolicy
from voicecore.subscriptions.resource import Aor, Direction, Identity, ObservedDialog, Phase
from voicecore.testing.sip_network import Packet, SipNetwork
from voicecore.testing.sip_text import request_text, response_text

STEP = 0.05
"""Seconds: how late the desk's own timer may be here, whose network knows only those of the stacks."""


class Office:
    """The server, with Alice's phone at `PHONE`. Registered is Alice alone."""

    def __init__(self) -> None:
        self.network = SipNetwork(seed=5)
        self.server = self.network.station(SERVER.host, settings=StackSettings("office"))
        self.server.policy = self._receive
        self.board = StateBoard(lambda aor, now: aor == ALICE.aor)
        self.desk = SubscriptionDesk(RULES, WatchPolicy(), self.board, resource_of)

    def call(self, phase: Phase, id: str = "1") -> None:
        """Bob's call came so far."""
        party = Identity("sip:customer@192.0.2.99", 'Jane "<&> Doe')
        self.board.set_dialog(
            BOB.aor, ObservedDialog(id, Direction.RECIPIENT, phase, Identity(BOB.aor), party)
        )
        self._changed(BOB.aor)

    def messages(self, new: int, old: int) -> None:
        self.board.set_messages(ALICE.aor, new, old)
        self._changed(ALICE.aor)

    def run_for(self, seconds: float) -> None:
        end = self.network.now + seconds
        while self.network.now < end:
            self.network.run_for(min(STEP, end - self.network.now))
            self.desk.handle_timer(self.network.now)
            self._carry_out()

    @property
    def is_empty(self) -> bool:
        """Whether desk and stack remember nothing."""
        return len(self.desk) == 0 and self.desk.next_timer() is None and self.server.is_empty

    def _changed(self, aor: Aor) -> None:
        self.desk.changed(aor, self.network.now)
        self._carry_out()

    def _receive(self, output: Output) -> None:
        match output:
            case RequestReceived():
                self.desk.receive(output, output.request.from_.uri.user, self.network.now)
            case RequestAnswered():
                self.desk.answered(output, self.network.now)
            case _:
                return
        self._carry_out()

    def _carry_out(self) -> None:
        stack, now = self.server.stack, self.network.now
        while wanted := self.desk.poll():
            for one in wanted:
                match one:
                    case Accept(request, status, headers):
                        dialog = stack.accept_subscription(request, now, status=status, headers=headers)
                        self.desk.accepted(request, dialog, now)
                    case NotifyDue(subscription, dialog, headers, body):
                        sent = stack.request_within(dialog, "NOTIFY", now, headers=headers, body=body)
                        self.desk.sent(subscription, sent)
                    case Ended(dialog):
                        stack.end_subscription(dialog)
                    case Refuse(request, status, reason, headers):
                        stack.answer(request, status, now, reason=reason, headers=headers, keep=False)
        self.network.drain(self.server)


class Phone:
    """Alice's phone by hand. `is_there`: it answers NOTIFYs with 200, once each is new to it."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.is_there = True
        self.told: list[Packet] = []
        """NOTIFYs that came, each once, in their order."""
        self._seen = 0
        self._cseq = 0
        self._tag: str | None = None
        self._lost: list[Packet] = []

    def subscribe(self, event: str, uri: str, *, expires: int = 600, again: bool = False) -> int:
        """The status. `again`: within the dialog of the last one."""
        self._cseq += 1
        tag = self._tag if again else None
        data = request_text(
            "SUBSCRIBE",
            PHONE,
            SERVER,
            uri=uri,
            branch=f"z9hG4bKs{self._cseq}",
            call_id=f"watch-{event}",
            to_tag=tag,
            cseq=f"{self._cseq} SUBSCRIBE",
            fields=[f"Event: {event}", f"Expires: {expires}"],
        ).replace(b"From: <sip:far@", b"From: <sip:alice@")
        network = self.office.network
        network.inject(data, PHONE, SERVER)
        self.run_for(0.5)
        last = [p for p in network.packets if p.target == PHONE and p.method == "SUBSCRIBE" and p.status]
        response = parse_datagram(last[-1].data)
        assert isinstance(response, Response)
        self._tag = response.to_tag
        return response.status

    def lose_notifies(self, times: int) -> None:
        """The next NOTIFYs, repeats included, get lost on their way."""

        def is_one(packet: Packet) -> bool:
            if packet.method != "NOTIFY" or packet.status is not None:
                return False
            self._lost.append(packet)
            return True

        self.office.network.lose(is_one, times)

    def lose_some(self, chance: float, *, seed: int) -> None:
        """From now on, NOTIFYs and their answers get lost, each by this chance."""
        dice = random.Random(seed)

        def is_one(packet: Packet) -> bool:
            if packet.method != "NOTIFY" or dice.random() >= chance:
                return False
            self._lost.append(packet)
            return True

        self.office.network.lose(is_one, 10_000)

    def run_for(self, seconds: float) -> None:
        """Time passes; NOTIFYs that come are answered."""
        end = self.office.network.now + seconds
        while self.office.network.now < end - 1e-9:
            self.office.run_for(min(STEP, end - self.office.network.now))
            self._answer()

    def _answer(self) -> None:
        network = self.office.network
        new, self._seen = network.packets[self._seen :], len(network.packets)
        for packet in new:
            is_request = packet.target == PHONE and packet.status is None
            if not is_request or packet in self._lost or not self.is_there:
                continue
            if not any(packet.data == other.data for other in self.told):
                self.told.append(packet)
            network.inject(response_text(packet.data, 200), PHONE, SERVER)

    @property
    def documents(self) -> list[bytes]:
        return [packet.data.split(b"\r\n\r\n", 1)[1] for packet in self.told]

    @property
    def states(self) -> list[str]:
        """Of each NOTIFY, without the seconds."""
        lines = [line for p in self.told for line in p.data.decode().split("\r\n")]
        return [
            line.split(": ")[1].partition(";expires")[0]
            for line in lines
            if line.startswith("Subscription-State")
        ]

    @property
    def phases(self) -> list[list[str]]:
        """Of each dialog-info document, the states in it."""
        return [list(phases_by_id(body).values()) for body in self.documents]


def phases_by_id(document: bytes) -> dict[str, str]:
    """What a dialog-info document says of each dialog."""
    space = "{urn:ietf:params:xml:ns:dialog-info}"
    dialogs = ElementTree.fromstring(document).iter(f"{space}dialog")
    return {one.get("id", ""): one.findtext(f"{space}state") or "" for one in dialogs}
