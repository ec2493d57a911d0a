"""Packets of a browser bridged with a phone of the same codec pass as they come, until anything else is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import aioice.ice
import pytest

from tests.component.media import g711, opus
from tests.component.media.browser import RTPMAPS, Browser, configure, connected, event
from tests.component.media.peer import PATIENCE, PAYLOAD_TYPES, Bench, Packet, Peer
from tests.component.media.test_browser import hears, loudest, statistics
from voicecore.media import _native

BROWSER, PHONE = 1, 2

pytestmark = pytest.mark.real_time


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """aioice leaves the loopback out; here it uses nothing else."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])


class Talk:
    """A browser and a phone in a bridge; the phone sends a packet for each that it gets."""

    def __init__(self, bench: Bench, browser: Browser, phone: Peer, codec: str) -> None:
        self.bench, self.browser, self.phone, self.codec = bench, browser, phone, codec
        self.got: list[Packet] = []
        self._said: Sequence[bytes] = ()
        self._came = asyncio.Event()
        self._talking = asyncio.create_task(self._talk())

    @classmethod
    async def begin(cls, bench: Bench, codec: str) -> Talk:
        """Both are silent at first, so that packets pass soon."""
        browser = Browser(0)
        await connected(bench, BROWSER, browser, we_begin=False, codec=codec)
        phone = bench.leg(PHONE, codec=codec)
        talk = cls(bench, browser, phone, codec)
        talk.say(0)
        bench.engine.hear(BROWSER, [PHONE])
        bench.engine.hear(PHONE, [BROWSER])
        return talk

    def say(self, hertz: int) -> None:
        """The phone says that from now on."""
        if self.codec == "opus":
            self._said = opus.encode(g711.tone(hertz or 1, 1.0) * bool(hertz), rate=8000)
        else:
            self._said = [
                g711.encode(part) for part in g711.tone(hertz or 1, 1.0).reshape(-1, 160) * bool(hertz)
            ]

    async def _talk(self) -> None:
        loop, number = asyncio.get_running_loop(), 0
        self.phone.rtp.setblocking(False)
        while True:
            readable = asyncio.Event()
            loop.add_reader(self.phone.rtp, readable.set)
            await readable.wait()
            loop.remove_reader(self.phone.rtp)
            self.got += self.phone.waiting()
            self._came.set()
            self.phone.send(
                self.bench.ports[PHONE],
                self._said[number % len(self._said)],
                payload_type=PAYLOAD_TYPES[self.codec],
                timestamp=self.phone.timestamp,
            )
            self.phone.timestamp += opus.UNITS[self.codec]
            number += 1

    async def until(self, holds: Callable[[_native.LegStatistics], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not all([holds(await statistics(self.bench, leg)) for leg in (BROWSER, PHONE)]):
                await self._packet()

    async def _packet(self) -> None:
        """Returns when the phone got another one."""
        self._came.clear()
        await self._came.wait()

    async def until_relayed(self) -> None:
        before = [(await statistics(self.bench, leg)).packets_relayed for leg in (BROWSER, PHONE)]
        await self.until(lambda told: told.is_relayed and told.packets_relayed > max(before) + 5)

    async def phone_hears(self, hertz: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while abs(loudest(self._heard()) - hertz) > 10:
                await self._packet()

    def _heard(self) -> g711.Samples:
        payloads = [packet.payload for packet in self.got[-20:]]
        if len(payloads) < 20:
            return g711.tone(1, 0.4)
        return opus.decode(payloads, 8000) if self.codec == "opus" else g711.decode(b"".join(payloads))

    async def end(self) -> None:
        self._talking.cancel()
        asyncio.get_running_loop().remove_reader(self.phone.rtp)
        await self.browser.close()


def goes_on(packets: Sequence[Packet]) -> bool:
    """One source whose numbers leave out none."""
    steps = {(b.sequence - a.sequence) % 65536 for a, b in pairwise(packets)}
    return steps == {1} and len({packet.ssrc for packet in packets}) == 1


@pytest.mark.parametrize("codec", ["PCMU", "opus"])
async def test_a_browser_and_a_phone_hear_each_other_as_they_speak(bench: Bench, codec: str) -> None:
    talk = await Talk.begin(bench, codec)
    await talk.until_relayed()
    talk.browser.tone.hertz = 440
    talk.say(1000)
    await hears(talk.browser, 1000)
    await talk.phone_hears(440)
    assert (await statistics(bench, BROWSER)).is_relayed
    # Each side has numbers of its own for the payload.
    assert {packet.payload_type for packet in talk.got} == {PAYLOAD_TYPES[codec]}
    assert codec == "PCMU" or RTPMAPS[codec][0] != PAYLOAD_TYPES[codec]
    assert goes_on(talk.got)
    last = await asyncio.to_thread(bench.close_leg, BROWSER)
    assert last.packets_relayed > 10
    assert (last.packets_unauthenticated, last.packets_replayed, last.packets_lost) == (0, 0, 0)
    await talk.end()


async def test_a_recording_ends_it_and_packets_pass_again_behind_it(bench: Bench, tmp_path: Path) -> None:
    talk = await Talk.begin(bench, "PCMU")
    await talk.until_relayed()
    bench.engine.record(BROWSER, 1, str(tmp_path / "both.wav"), layout="stereo")
    await talk.until(lambda told: not told.is_relayed)
    bench.engine.stop_recording(BROWSER, 1)
    await event(bench, _native.RECORDING_FINISHED, BROWSER)
    await talk.until_relayed()
    assert goes_on(talk.got)
    await talk.end()


async def test_a_page_that_closes_while_packets_pass_is_told_of(bench: Bench) -> None:
    talk = await Talk.begin(bench, "PCMU")
    await talk.until_relayed()
    await talk.browser.reached("connected")
    await talk.browser.close()
    told = await event(bench, _native.MEDIA_DISCONNECTED, BROWSER)
    assert told[3] == _native.DTLS_CLOSED
    await talk.until(lambda told: not told.is_relayed)
    await talk.end()


async def test_a_browser_that_moves_while_packets_pass_is_heard_and_hears(bench: Bench) -> None:
    talk = await Talk.begin(bench, "PCMU")
    await talk.until_relayed()
    _, fingerprint, we_begin = talk.browser.named(we_begin=False)
    ufrag = await talk.browser.restart_ice(bench.engine.restart_ice(BROWSER))
    configure(bench, BROWSER, (ufrag, fingerprint, we_begin))
    await talk.browser.move()
    await event(bench, _native.MEDIA_CONNECTED, BROWSER)
    talk.browser.tone.hertz = 440
    talk.say(1000)
    await hears(talk.browser, 1000)
    await talk.phone_hears(440)
    await talk.end()
