"""Floods over real sockets: what is remembered of them is next to nothing, and the call that runs goes on."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace

import pytest

from tests.bench.flood import DATAGRAMS, message
from tests.component.trace.test_exposition import ask
from tests.component.trace.test_watched_machine import bound, free_tcp_port
from tests.scenario.exchange.stranger import field, status
from voicecore.app.machine import Machine, machine
from voicecore.app.seeing import Seeing
from voicecore.app.site import Site
from voicecore.calls.active_call import ActiveCall, Script
from voicecore.calls.numbers import NumberEntry, NumberTable
from voicecore.config.settings import Endpoint, Listen, MediaSettings, MetricsSettings, SipSettings
from voicecore.exchange.exchange import ExchangeSettings
from voicecore.guard.settings import BanSettings, GuardSettings, PolicySettings
from voicecore.guard.stir.settings import StirSettings
from voicecore.registrar.rules import RegistrarRules
from voicecore.sip.hop import Address
from voicecore.testing.memory_store import MemoryStore
from voicecore.testing.simulated_site import account
from voicecore.testing.simulated_wire import OFFER
from voicecore.transport.connection_limits import ConnectionLimits
from voicecore.transport.resolver import ResolverSettings

pytestmark = pytest.mark.real_time

HERE = "127.0.0.1"
SENT = 1500
MOST_CONNECTIONS = 40
GUARD = GuardSettings(
    policy=PolicySettings(loopback_calls=False, strangers_options=True),
    bans=BanSettings(never=()),
    public=("1000",),
)
"""As strangers see it, who are on loopback here, too."""


def answering(entry: NumberEntry) -> Script:
    async def script(call: ActiveCall) -> None:
        assert call.first is not None
        call.first.accept()
        await call.first.over()

    return script


class Attacked:
    """A machine with a call that runs, and the page of its metrics."""

    def __init__(self, running: Machine, page: int, caller: socket.socket) -> None:
        self.udp, self.tcp = [point.address for point in running.listening]
        self._switchboard = running.switchboard
        self._page = page
        self._caller = caller
        self._numbers = iter(range(1, 1000))
        self._to = ""

    async def say(self, method: str, *, user: str = "1000") -> str:
        """A request of the caller within its call, and the final answer."""
        offer = ("Content-Type: application/sdp\r\n", OFFER.decode()) if method == "INVITE" else ("", "")
        number = 1 if method == "ACK" else next(self._numbers)
        text = message(method, 7, HERE, user=user, more=offer[0], body=offer[1]).decode()
        text = text.replace("branch=z9hG4bK7;", f"branch=z9hG4bK{method}{number};")
        text = text.replace(f"CSeq: 1 {method}", f"CSeq: {number} {method}")
        if self._to:
            text = re.sub(r"To: [^\r]*", f"To: {self._to}", text)
        loop = asyncio.get_running_loop()
        await loop.sock_sendto(self._caller, text.encode(), self.udp)
        while method != "ACK":
            heard = (await loop.sock_recv(self._caller, 65_535)).decode()
            if status(heard) >= 200 and field(heard, "CSeq") == f"{number} {method}":
                self._to = field(heard, "To")
                return heard
        return ""

    @property
    def calls(self) -> int:
        return len(self._switchboard.calls)

    async def states(self) -> int:
        """Transactions, dialogs and INVITEs that the stack remembers."""
        page = (await ask(Address(HERE, self._page), b"GET /metrics HTTP/1.1\r\n\r\n")).decode()
        names = r"^voicecore_sip_(?:transactions\{[^}]*\}|dialogs|invites) ([0-9.e+]+)$"
        return sum(round(float(value)) for value in re.findall(names, page, re.MULTILINE))


@asynccontextmanager
async def attacked() -> AsyncIterator[Attacked]:
    """At the end: the call still answers, nothing is left of the flood, and the machine takes a hang-up."""
    page = free_tcp_port()
    settings = ExchangeSettings(RegistrarRules((HERE,)), accounts=(account("alice"),), guard=GUARD)
    site = Site(settings, StirSettings(), HERE, None, None, None, ResolverSettings())
    limits = replace(ConnectionLimits(), connections=MOST_CONNECTIONS)
    sip = SipSettings((Listen("udp", HERE, 0), Listen("tcp", HERE, 0)), connections=limits)
    media = MediaSettings((HERE,), 39_100, 39_119, workers=1)
    numbers = NumberTable([NumberEntry("1000", "1000")])
    seeing = Seeing(metrics=MetricsSettings(Endpoint(HERE, page)))
    with bound() as caller:
        async with (
            asyncio.timeout(20),
            machine(
                sip, media, MemoryStore(), numbers, lambda engine: answering, seeing=seeing, site=site
            ) as running,
        ):
            scene = Attacked(running, page, caller)
            assert status(await scene.say("INVITE")) == 200
            await scene.say("ACK")
            before = await scene.states()
            yield scene
            assert status(await scene.say("OPTIONS")) == 200
            assert scene.calls == 1
            assert await scene.states() <= before + 1  # that OPTIONS
            assert status(await scene.say("BYE")) == 200
            await running.switchboard.idle()


@pytest.mark.parametrize("make", DATAGRAMS.values(), ids=list(DATAGRAMS))
async def test_a_flood_of_datagrams_leaves_nothing_behind(make: Callable[[int, str], bytes]) -> None:
    loop = asyncio.get_running_loop()
    async with attacked() as scene:
        with ExitStack() as closing:
            sockets = []
            for place in range(1, 31):
                one = closing.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                one.bind((f"127.0.1.{place}", 0))
                one.setblocking(False)
                sockets.append(one)
            for number in range(SENT):
                one = sockets[number % len(sockets)]
                await loop.sock_sendto(one, make(number, one.getsockname()[0]), scene.udp)


@pytest.mark.parametrize(
    "said", [b"", b"I", b"INVITE sip:a@127.0.0.1 SIP/2.0\r\nVia: "], ids=["nothing", "one octet", "a part"]
)
async def test_connections_that_say_next_to_nothing_make_room_for_one_that_does(said: bytes) -> None:
    loop = asyncio.get_running_loop()
    async with attacked() as scene:
        with ExitStack() as closing:
            for place in range(3 * MOST_CONNECTIONS):
                one = closing.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
                one.bind((f"127.0.1.{1 + place % 30}", 0))
                one.setblocking(False)
                await loop.sock_connect(one, scene.tcp)
                if said:
                    await loop.sock_sendall(one, said)
            reader, writer = await asyncio.open_connection(*scene.tcp)
            writer.write(message("OPTIONS", 1, HERE).replace(b"/UDP", b"/TCP"))
            assert (await reader.readline()).startswith(b"SIP/2.0 200")
            writer.close()
