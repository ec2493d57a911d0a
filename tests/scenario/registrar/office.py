"""A server whose SIP stack hands every REGISTER to a registrar, and phones that write their requests as text."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tests.unit.registrar.texts import ACCOUNTS, ALICE, DOMAIN, RULES, SERVER, register_text
from voicecore.registrar.binding import Binding
from voicecore.registrar.facts import RegistrarFact
from voicecore.registrar.registrar import Registrar
from voicecore.registrar.service import RegistrarService
from voicecore.sip.authenticator import Authenticator, FailedLogin
from voicecore.sip.digest import Challenge, answer
from voicecore.sip.hop import Address
from voicecore.sip.message import Response
from voicecore.sip.output import Output, RequestReceived
from voicecore.sip.parser import parse_datagram
from voicecore.testing.sip_network import SipNetwork

START = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Office:
    """The server. `facts` is everything that it told so far."""

    def __init__(self, *, seed: int = 1) -> None:
        dice = random.Random(seed)
        self.network = SipNetwork(seed=seed)
        self.server = self.network.station(SERVER.host)
        self.server.policy = self._receive
        gate = Authenticator(DOMAIN, ACCOUNTS.hashes, key=dice.randbytes(32), random=dice.randbytes)
        self.registrar = Registrar(RULES, ACCOUNTS, lambda length: f"{dice.getrandbits(64):x}"[:length])
        self.service = RegistrarService(
            self.registrar, gate, ACCOUNTS, lambda at: START + timedelta(seconds=at)
        )
        self.facts: list[RegistrarFact | FailedLogin] = []

    def alice(self) -> list[Binding]:
        return self.registrar.lookup(ALICE, self.network.now)

    def _receive(self, output: Output) -> None:
        if not isinstance(output, RequestReceived):
            return
        now = self.network.now
        made = self.service.receive(output.request, output.hop, now)
        self.server.stack.answer(
            output.id, made.status, now, reason=made.reason, headers=made.headers, keep=made.keep
        )
        self.facts += self.service.poll()


class Phone:
    """One phone's end of the wire."""

    def __init__(
        self, office: Office, source: Address, *, user: str = "alice", password: str = "wonder"
    ) -> None:
        self.office = office
        self.source = source
        self.user = user
        self._password = password
        self._cseq = 0
        self._nonce_count = 0
        self._challenge: Challenge | None = None

    def text(self, *contacts: str, expires: int | None = None, fields: Sequence[str] = ()) -> bytes:
        """The next REGISTER, with credentials where there was a challenge."""
        self._cseq += 1
        return register_text(
            *contacts,
            user=self.user,
            call_id=f"of-{self.source.host}-{self.source.port}",
            cseq=self._cseq,
            expires=expires,
            source=self.source,
            fields=[*fields, *self._credentials()],
            branch=f"z9hG4bK{self.source.port}x{self._cseq}x",
        )

    def send(self, data: bytes) -> Response:
        """Put it on the wire; the response is the last thing that came back."""
        network = self.office.network
        network.inject(data, self.source, SERVER)
        network.run_for(0.1)
        response = parse_datagram(
            next(packet.data for packet in reversed(network.packets) if packet.target == self.source)
        )
        assert isinstance(response, Response)
        return response

    def register(
        self, *contacts: str, expires: int | None = None, fields: Sequence[str] = ()
    ) -> tuple[Response, int]:
        """The final response, and how many requests it took: a challenge is answered until it is not stale."""
        for requests in range(1, 4):
            response = self.send(self.text(*contacts, expires=expires, fields=fields))
            if response.status != 401:
                return response, requests
            challenge = Challenge.parse(response.headers.get("WWW-Authenticate") or "")
            if self._challenge is not None and not challenge.stale:
                return response, requests
            self._challenge, self._nonce_count = challenge, 0
        raise AssertionError("challenged without end")

    def _credentials(self) -> list[str]:
        if self._challenge is None:
            return []
        self._nonce_count += 1
        made = answer(
            self._challenge,
            username=self.user,
            password=self._password,
            method="REGISTER",
            uri=f"sip:{DOMAIN}",
            cnonce="c",
            nonce_count=self._nonce_count,
        )
        return [f"Authorization: {made}"]
