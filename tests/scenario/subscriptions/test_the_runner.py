"""Subscriptions and messages over the SIP runner, as the server has them, in virtual time."""

from __future__ import annotations

import asyncio

from tests.unit.subscriptions.texts import ALICE, BOB, HOP, PHONE, RULES, SERVER, resource_of
from voicecore.exchange.subscription_runner import SubscriptionRunner
from voicecore.sip.hop import Hop
from voicecore.sip.output import Output, RequestReceived
from voicecore.sip.uri import Uri
from voicecore.subscriptions.board import StateBoard
from voicecore.subscriptions.desk import SubscriptionDesk
from voicecore.subscriptions.message_desk import MessageDesk
from voicecore.subscriptions.policy import WatchPolicy
from voicecore.subscriptions.settings import MessageRules
from voicecore.subscriptions.text_message import Reach
from voicecore.testing.simulated_wire import new_stack
from voicecore.testing.sip_text import request_text, response_text
from voicecore.transport.sip_runner import SipRunner

BOBS_PHONE = Reach(Uri.parse("sip:bob@192.0.2.8"), HOP)


class Server:
    """`sent` is all that it put on the wire. NOTIFYs and MESSAGEs are answered with `answers`, None: not at all."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.answers: int | None = 200
        self.board = StateBoard()
        self.sip = SipRunner(new_stack("server"), self._send, self._receive)
        desk = SubscriptionDesk(RULES, WatchPolicy(), self.board, resource_of)
        self.runner = SubscriptionRunner(self.sip, desk, MessageDesk(MessageRules()))

    def hear(self, method: str, *fields: str, body: bytes = b"", number: int = 1) -> None:
        text = request_text(
            method,
            PHONE,
            SERVER,
            uri=BOB.aor,
            branch=f"z9hG4bK{number}",
            call_id=f"call-{number}",
            fields=fields,
            body=body,
        )
        self.sip.receive(text, HOP)

    def starts(self, word: str) -> list[bytes]:
        return [data for data in self.sent if data.startswith(word.encode())]

    def close(self) -> None:
        self.runner.close()
        self.sip.close()

    def _send(self, data: bytes, hop: Hop) -> None:
        self.sent.append(data)
        if not data.startswith(b"SIP/2.0") and self.answers is not None:
            back = response_text(data, self.answers)
            asyncio.get_running_loop().call_soon(self.sip.receive, back, Hop("UDP", SERVER, hop.remote))

    def _receive(self, output: Output) -> None:
        match output:
            case RequestReceived(request=request) if request.method == "MESSAGE":
                self.runner.message(output, ALICE, BOB, [BOBS_PHONE])
            case RequestReceived():
                self.runner.subscribe(output, "bob")
            case _:
                self.runner.receive(output)


async def test_a_watch_is_accepted_told_and_ended_in_time() -> None:
    server = Server()
    server.hear("SUBSCRIBE", "Event: message-summary", "Expires: 60")
    (accepted,) = server.starts("SIP/2.0 200")
    assert b"\r\nExpires: 60\r\n" in accepted
    await asyncio.sleep(2)
    server.board.set_messages(BOB.aor, 1, 0)
    server.runner.changed(BOB.aor)
    await asyncio.sleep(60)
    told = [data.split(b"Subscription-State: ")[1].split(b"\r")[0] for data in server.starts("NOTIFY")]
    assert told == [b"active;expires=60", b"active;expires=58", b"terminated;reason=timeout"]
    server.close()


async def test_every_watcher_is_told_that_the_server_ends() -> None:
    server = Server()
    for number in (1, 2):
        server.hear("SUBSCRIBE", "Event: dialog", number=number)
    await asyncio.sleep(1)
    await server.runner.end_all()
    ends = [data for data in server.starts("NOTIFY") if b"terminated;reason=deactivated" in data]
    assert len(ends) == 2
    await asyncio.sleep(1)
    server.close()


async def test_a_refused_watch_leaves_nothing() -> None:
    server = Server()
    server.hear("SUBSCRIBE", "Event: conference")
    (refused,) = server.sent
    assert refused.startswith(b"SIP/2.0 489 Bad Event")
    assert b"\r\nAllow-Events: dialog, message-summary, presence, reg\r\n" in refused
    server.close()


async def test_a_message_reaches_the_phone_and_its_answer_the_sender() -> None:
    server = Server()
    server.hear("MESSAGE", "Content-Type: text/plain", body=b"good morning")
    await asyncio.sleep(0.1)
    (relayed,) = server.starts("MESSAGE sip:bob@192.0.2.8 SIP/2.0")
    assert relayed.endswith(b"\r\n\r\ngood morning")
    assert b"\r\nFrom: <sip:alice@example.org>;tag=" in relayed
    assert len(server.starts("SIP/2.0 200")) == 1
    server.close()


async def test_a_sender_is_told_202_while_the_phone_is_silent() -> None:
    server = Server()
    server.answers = None
    server.hear("MESSAGE", "Content-Type: text/plain", body=b"good morning")
    await asyncio.sleep(9.9)
    assert not server.starts("SIP/2.0")
    await asyncio.sleep(0.2)
    assert len(server.starts("SIP/2.0 202")) == 1
    await asyncio.sleep(40)
    assert len(server.starts("SIP/2.0")) == 1
    server.close()
