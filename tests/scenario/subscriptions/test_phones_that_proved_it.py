"""Registered phones watch and write to each other through registrar, digest and desks, as the server has them."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

from tests.unit.registrar.texts import ACCOUNTS, DOMAIN, PHONE, RULES, SERVER, register_text, request_of
from voicecore.calls.party import Party, PartyKind
from voicecore.exchange.phone_requests import METHODS, AccountDirectory, PhoneRequests
from voicecore.exchange.subscription_runner import SubscriptionRunner
from voicecore.registrar.registrar import Registrar, RegistrarAnswer
from voicecore.registrar.service import RegistrarService
from voicecore.sip.authenticator import Authenticator
from voicecore.sip.digest import Challenge, answer
from voicecore.sip.hop import Address, Hop
from voicecore.sip.message import Response
from voicecore.sip.output import Output, RequestReceived
from voicecore.sip.parser import parse_datagram
from voicecore.sip.uri import Uri
from voicecore.subscriptions.board import StateBoard
from voicecore.subscriptions.desk import SubscriptionDesk
from voicecore.subscriptions.message_desk import MessageDesk
from voicecore.subscriptions.policy import WatchPolicy
from voicecore.subscriptions.resource import Aor
from voicecore.subscriptions.settings import MessageRules, SubscriptionRules
from voicecore.testing.simulated_wire import new_stack
from voicecore.testing.sip_text import request_text, response_text
from voicecore.transport.sip_runner import SipRunner

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
ALICES, BOBS = Address("192.0.2.7", 5060), Address("192.0.2.8", 5062)


class Server:
    """All phones answer all requests with 200."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        dice = random.Random(1)
        self.sent: list[tuple[bytes, Hop]] = []
        self.registrar = Registrar(RULES, ACCOUNTS, lambda length: f"{dice.getrandbits(64):x}"[:length])
        gate = Authenticator(DOMAIN, ACCOUNTS.hashes, key=dice.randbytes(32), random=dice.randbytes)
        self.service = service = RegistrarService(
            self.registrar, gate, ACCOUNTS, lambda at: START + timedelta(seconds=at)
        )
        self.directory = directory = AccountDirectory(self.registrar, ACCOUNTS)
        board = StateBoard(directory.is_registered)
        desk = SubscriptionDesk(SubscriptionRules(), WatchPolicy(), board, directory.resource_of)
        self.sip = SipRunner(new_stack("server"), self._send, self._receive)
        self.runner = SubscriptionRunner(self.sip, desk, MessageDesk(MessageRules()))
        self.phones = PhoneRequests(self.sip, service, ACCOUNTS, directory, self.runner, loop.time)
        self._number = 0

    def register_bob(self, expires: int = 600) -> None:
        text = register_text("<sip:bob@10.0.0.8>", user="bob", call_id=f"r{expires}", expires=expires)
        now = asyncio.get_running_loop().time()
        assert self.registrar.register(request_of(text), Hop("UDP", SERVER, BOBS), now).status == 200
        for fact in self.registrar.poll():
            self.runner.changed(Aor(fact.binding.aor))

    def ask(self, method: str, *fields: str, body: bytes = b"", password: str = "wonder") -> Response:
        """Alice's request to Bob, again with her password once she is asked for it; the last answer."""
        first = self._hear(method, fields, body)
        if first.status != 401:
            return first
        challenge = Challenge.parse(first.headers.get("WWW-Authenticate") or "")
        made = answer(
            challenge,
            username="alice",
            password=password,
            method=method,
            uri=f"sip:bob@{DOMAIN}",
            cnonce="c",
            nonce_count=1,
        )
        return self._hear(method, (*fields, f"Authorization: {made}"), body)

    def _hear(self, method: str, fields: tuple[str, ...], body: bytes) -> Response:
        self._number += 1
        text = request_text(
            method,
            PHONE,
            SERVER,
            uri=f"sip:bob@{DOMAIN}",
            branch=f"z9hG4bK{self._number}",
            cseq=f"{self._number} {method}",
            fields=fields,
            body=body,
        )
        self.sip.receive(text, Hop("UDP", SERVER, ALICES))
        answers = [data for data, hop in self.sent if hop.remote == ALICES and data.startswith(b"SIP/2.0")]
        response = parse_datagram(answers[-1])
        assert isinstance(response, Response)
        return response

    def requests(self, remote: Address) -> list[bytes]:
        return [data for data, hop in self.sent if hop.remote == remote and not data.startswith(b"SIP/2.0")]

    def close(self) -> None:
        self.runner.close()
        self.sip.close()

    def _send(self, data: bytes, hop: Hop) -> None:
        self.sent.append((data, hop))
        if not data.startswith(b"SIP/2.0"):
            back = Hop("UDP", SERVER, hop.remote)
            asyncio.get_running_loop().call_soon(self.sip.receive, response_text(data, 200), back)

    def _receive(self, output: Output) -> None:
        match output:
            case RequestReceived(request=request) if request.method in METHODS:
                self._judged(output)
            case _:
                self.runner.receive(output)

    def _judged(self, received: RequestReceived) -> None:
        """As the gate does before the stack takes a request."""
        now = asyncio.get_running_loop().time()
        found = self.service.authenticate(received.request, received.hop, now)
        if isinstance(found, RegistrarAnswer):
            self.sip.answer(received.id, found.status, headers=found.headers, keep=False)
        else:
            self.phones.receive(received, Party(PartyKind.ACCOUNT, found.name))


async def test_presence_follows_the_registration() -> None:
    server = Server()
    assert server.ask("SUBSCRIBE", "Event: presence").status == 200
    await asyncio.sleep(2)
    server.register_bob()
    await asyncio.sleep(2)
    server.register_bob(expires=0)
    await asyncio.sleep(2)
    basics = [data.split(b"<basic>")[1].split(b"<")[0] for data in server.requests(ALICES)]
    assert basics == [b"closed", b"open", b"closed"]
    server.close()


async def test_accounts_are_found_by_name_and_by_number() -> None:
    server = Server()
    assert server.directory.aor_named("alice") == f"sip:alice@{DOMAIN}"
    assert server.directory.aor_named("1001") is None
    found = server.directory.resource_of(Uri.parse(f"sip:1001@{DOMAIN}"))
    assert found is not None
    assert found.account == "alice"
    assert server.directory.resource_of(Uri.parse("sip:alice@elsewhere.invalid")) is None
    server.close()


async def test_without_the_password_nobody_watches_or_writes() -> None:
    server = Server()
    server.register_bob()
    for method, field in (("SUBSCRIBE", "Event: presence"), ("MESSAGE", "Content-Type: text/plain")):
        assert server.ask(method, field, password="guess").status in (401, 403)
    await asyncio.sleep(1)
    assert server.requests(ALICES) == server.requests(BOBS) == []
    server.close()


async def test_a_message_takes_the_way_that_the_phone_registered_by() -> None:
    server = Server()
    server.register_bob()
    server.ask("MESSAGE", "Content-Type: text/plain", body=b"good morning")
    await asyncio.sleep(0.1)
    (relayed,) = server.requests(BOBS)
    assert relayed.startswith(b"MESSAGE sip:bob@10.0.0.8 SIP/2.0\r\n")
    assert b"Authorization" not in relayed
    assert server.sent[-1][0].startswith(b"SIP/2.0 200")
    server.close()


async def test_a_message_to_a_phone_that_is_off_is_not_kept() -> None:
    server = Server()
    assert server.ask("MESSAGE", "Content-Type: text/plain", body=b"good morning").status == 480
    server.close()
