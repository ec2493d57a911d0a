"""A trunk of ours registers at a registrar of ours, over a bad network and with nonces that expire."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from voicecore.registrar.account import Account, Accounts
from voicecore.registrar.registrar import Registrar
from voicecore.registrar.rules import RegistrarRules
from voicecore.registrar.service import RegistrarService
from voicecore.sip.authenticator import Authenticator, PasswordHashes
from voicecore.sip.output import Output, RequestAnswered, RequestId, RequestReceived
from voicecore.sip.uri import Uri
from voicecore.testing.sip_network import SipNetwork, Station, Weather
from voicecore.trunks.board import RequestDue, RequestKey, TrunkBoard
from voicecore.trunks.fact import Registered, RegistrationFailed, TrunkDown, TrunkFact, TrunkUp, Unregistered
from voicecore.trunks.trunk import (
    HealthPolicy,
    Outgoing,
    Registration,
    Trunk,
    TrunkAccount,
    TrunkName,
    TrunkServer,
)

REALM, HOURS = "carrier.example", 6 * 3600.0
NAME = TrunkName("carrier")
TRUNK = Trunk(
    NAME,
    (TrunkServer(Uri.parse("sip:192.0.2.2")),),
    Outgoing(REALM),
    account=TrunkAccount("alice", REALM),
    registration=Registration(Uri.parse("sip:alice@carrier.example"), expires_s=30),
    health=HealthPolicy(interval_s=60),
)


class Carrier:
    """The far side: a station with a registrar, which can be switched off."""

    def __init__(self, network: SipNetwork) -> None:
        self.station = network.station("192.0.2.2")
        accounts = Accounts([Account("alice", PasswordHashes.of("alice", REALM, "wonderland"))])
        lots = random.Random(7)
        token = lambda n: "".join(lots.choices("abcdef", k=n))  # noqa: E731 - one line where a function is three
        self.registrar = Registrar(RegistrarRules((REALM,), min_expires_s=300), accounts, token)
        gate = Authenticator(
            REALM, accounts.hashes, key=bytes(32), random=lots.randbytes, nonce_lifetime=900.0
        )
        self._service = RegistrarService(
            self.registrar, gate, accounts, lambda at: datetime.fromtimestamp(at, UTC)
        )
        self._network = network
        self.station.policy = self._receive

    def _receive(self, output: Output) -> None:
        if isinstance(output, RequestReceived):
            now = self._network.now
            answer = self._service.receive(output.request, output.hop, now)
            self.station.stack.answer(
                output.id, answer.status, now, reason=answer.reason, headers=answer.headers
            )


class Site:
    """Our side: a station, and the board that says what it sends."""

    def __init__(self, network: SipNetwork, carrier: Station, password: str) -> None:
        lots = random.Random(3)
        self.network, self.carrier = network, carrier
        self.station = network.station("192.0.2.1")
        self.station.policy = self._hear
        self.board = TrunkBoard(
            [TRUNK],
            {NAME: password},
            0.0,
            random=lots.random,
            token=lambda n: "".join(lots.choices("abcdef", k=n)),
        )
        self.facts: list[TrunkFact] = []
        self._asked: dict[RequestId, RequestKey] = {}

    def drain(self) -> None:
        for output in self.board.poll():
            if isinstance(output, RequestDue):
                hop = self.station.hop_to(self.carrier.address)
                draft = output.draft(self.station.stack.contact(output.contact_user, hop))
                self._asked[self.station.stack.request(draft, hop, self.network.now)] = output.key
                self.network.drain(self.station)
            else:
                self.facts.append(output)

    def run_for(self, seconds: float) -> None:
        end = self.network.now + seconds
        while (due := self.board.next_timer()) is not None and due <= end:
            self.network.run_for(max(0.0, due - self.network.now))
            self.board.handle_timer(self.network.now)
            self.drain()
            self.network.run_for(0.0 if self.board.is_idle else min(0.05, end - self.network.now))
        self.network.run_for(max(0.0, end - self.network.now))

    def _hear(self, output: Output) -> None:
        if isinstance(output, RequestAnswered):
            key = self._asked.pop(output.id)
            local = self.station.address
            self.board.answered(key, output.status, output.response, self.network.now, local=local)
            self.drain()


def build(weather: Weather | None = None, password: str = "wonderland") -> tuple[SipNetwork, Carrier, Site]:
    network = SipNetwork(seed=5, weather=weather)
    carrier = Carrier(network)
    site = Site(network, carrier.station, password)
    site.board.start(0.0)
    site.drain()
    return network, carrier, site


@pytest.mark.parametrize("weather", [Weather(), Weather(loss=0.2, repeat=0.1, max_delay=0.5)])
def test_it_holds(weather: Weather) -> None:
    network, carrier, site = build(weather)
    last = 0.0
    while network.now < HOURS:
        site.run_for(240.0)
        assert carrier.registrar.lookup(carrier.registrar.bindings(network.now)[0].aor, network.now)
        refreshes = [fact for fact in site.facts if isinstance(fact, Registered)]
        assert len(refreshes) >= 1
        last = refreshes[-1].until
    assert last > HOURS
    assert not [fact for fact in site.facts if isinstance(fact, RegistrationFailed | TrunkDown)]
    registers = network.sent(method="REGISTER")
    bodies = {packet.data for packet in registers}
    assert len(bodies) < HOURS / 300 * 4, "a few requests a refresh at most"


def test_a_wrong_password_is_not_hammered() -> None:
    network, carrier, site = build(password="guess")
    site.run_for(HOURS)
    assert carrier.registrar.bindings(network.now) == []
    assert len(site.facts) > 2
    assert not [fact for fact in site.facts if isinstance(fact, Registered | TrunkUp)]
    assert len(network.sent(method="REGISTER")) <= 2 * (HOURS / 900 + 1)


def test_stopping_leaves_no_binding_behind() -> None:
    network, carrier, site = build()
    site.run_for(100.0)
    assert len(carrier.registrar.bindings(network.now)) == 1
    site.board.stop(network.now)
    site.drain()
    network.run_for(10.0)
    assert carrier.registrar.bindings(network.now) == []
    assert site.facts[-1] == Unregistered(NAME)
    assert site.board.is_idle


def test_a_carrier_that_was_away_is_found_again() -> None:
    network, carrier, site = build()
    site.run_for(100.0)
    away = True
    network.lose(lambda packet: away and packet.source == carrier.station.address, times=100_000)
    site.run_for(3600.0)
    assert isinstance(site.facts[-1], TrunkDown | RegistrationFailed)
    assert site.board.choose(NAME) == ()
    away = False
    site.run_for(3600.0)
    assert site.board.choose(NAME) == TRUNK.servers
    assert len(carrier.registrar.bindings(network.now)) == 1
    assert [type(fact) for fact in site.facts if isinstance(fact, TrunkUp | TrunkDown)] == [
        TrunkUp,
        TrunkDown,
        TrunkUp,
    ]
