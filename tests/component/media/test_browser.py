"""Browser legs, judged by a browser that we did not write; and what strangers get out of them: nothing."""

from __future__ import annotations

import asyncio
import os
import socket

import aioice.ice
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.component.media import g711
from tests.component.media.browser import Browser, configure, connected, event
from tests.component.media.peer import PATIENCE, Bench
from tests.interop.phones.ports import ADDRESS, free_ports
from voicecore.errors import Unavailable
from voicecore.ids import LegId
from voicecore.media import _native
from voicecore.media.events import DisconnectCause, MediaConnected, MediaDisconnected, MediaEvent
from voicecore.media.leg_spec import BrowserPeer, LegSpec
from voicecore.media.native import NativeMediaEngine


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """aioice leaves the loopback out; here it uses nothing else."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])


def loudest(samples: NDArray[np.int16]) -> float:
    """The loudest frequency in the last 200 ms, in hertz."""
    last = samples[-1600:].astype(float)
    return float(np.argmax(np.abs(np.fft.rfft(last * np.hanning(len(last)))))) * 5


async def hears(browser: Browser, hertz: int) -> None:
    """Returns when the browser hears that tone."""
    async with asyncio.timeout(PATIENCE):
        while abs(loudest(await browser.heard(300)) - hertz) > 10:
            pass


async def statistics(bench: Bench, leg: int) -> _native.LegStatistics:
    return await asyncio.to_thread(bench.statistics, leg)


@pytest.mark.real_time
@pytest.mark.parametrize("codec", ["PCMU", "opus"])
@pytest.mark.parametrize("we_begin", [False, True], ids=["it begins DTLS", "we begin DTLS"])
async def test_a_browser_calls_and_both_sides_hear_each_other(
    bench: Bench, we_begin: bool, codec: str
) -> None:
    browser = Browser(440)
    told = await connected(bench, 1, browser, we_begin=we_begin, codec=codec)
    assert told[3] == "127.0.0.1"
    bench.engine.load_sound(5, g711.tone(1000, 2.0).tobytes())
    bench.engine.play(1, 1, [5], repeat=True)
    await hears(browser, 1000)
    bench.engine.hear(1, [1])
    bench.engine.stop(1, 1)
    await hears(browser, 440)
    last = await asyncio.to_thread(bench.close_leg, 1)
    assert last.packets_received > 20
    assert (last.packets_unauthenticated, last.packets_replayed, last.packets_lost) == (0, 0, 0)
    await browser.close()


@pytest.mark.real_time
@pytest.mark.parametrize("codec", ["PCMU", "opus"])
async def test_a_browser_is_called_and_bridged_to_a_phone(bench: Bench, codec: str) -> None:
    browser, phone = Browser(440), bench.leg(2)
    access = bench.engine.open_browser_leg(1)
    configure(bench, 1, await browser.answer(access, codec), codec)
    await event(bench, _native.MEDIA_CONNECTED, 1)
    bench.engine.hear(1, [2])
    bench.engine.hear(2, [1])
    sound = [g711.encode(part) for part in g711.tone(1000, 1.0).reshape(-1, 160)]
    heard = await asyncio.gather(
        asyncio.to_thread(phone.talk, bench.ports[2], sound * 3), hears(browser, 1000)
    )
    audio = g711.decode(b"".join(packet.payload for packet in heard[0]))
    assert abs(loudest(audio) - 440) <= 10
    await browser.close()


@pytest.mark.real_time
@pytest.mark.parametrize("profile", [0, 1, 2])
async def test_each_srtp_profile_of_the_browser_is_spoken(bench: Bench, profile: int) -> None:
    browser = Browser(440)
    dtls = browser.dtls
    dtls._srtp_profiles = dtls._srtp_profiles[profile : profile + 1]
    await connected(bench, 1, browser, we_begin=False)
    bench.engine.hear(1, [1])
    await hears(browser, 440)
    await browser.close()


@pytest.mark.real_time
async def test_a_certificate_that_sdp_did_not_name_gets_nothing(bench: Bench) -> None:
    browser = Browser(440)
    access = bench.engine.open_browser_leg(1)
    ufrag, _, we_begin = await browser.offer(access, we_begin=False)
    configure(bench, 1, (ufrag, "sha-256 " + ":".join(["AB"] * 32), we_begin))
    told = await event(bench, _native.MEDIA_DISCONNECTED, 1)
    assert told[3] == _native.WRONG_FINGERPRINT
    last = await asyncio.to_thread(bench.close_leg, 1)
    assert (last.packets_sent, last.packets_received) == (0, 0)
    await browser.close()


@pytest.mark.real_time
async def test_our_certificate_is_checked_by_the_browser_too(bench: Bench) -> None:
    browser = Browser(440)
    port, ufrag, password, _ = bench.engine.open_browser_leg(1)
    another = (port, ufrag, password, "sha-256 " + ":".join(["AB"] * 32))
    configure(bench, 1, await browser.offer(another, we_begin=False))
    await browser.reached("failed")
    await browser.close()


@pytest.mark.real_time
async def test_replayed_and_forged_packets_are_not_heard(bench: Bench) -> None:
    browser = Browser(440)
    await connected(bench, 1, browser, we_begin=False)
    said = [one for one in await browser.say(10) if not 192 <= one[1] <= 223]
    for packet in said:
        await browser.send(packet)
        await browser.send(packet[:-1] + bytes([packet[-1] ^ 1]))
        await browser.send(packet[:12])
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for packet in said:
        stranger.sendto(packet, browser.dtls.transport._connection._nominated[1].remote_addr)
    bench.engine.hear(1, [1])
    await hears(browser, 440)
    counted = await statistics(bench, 1)
    # The stranger's never reached the leg.
    assert counted.packets_replayed == len(said)
    assert counted.packets_unauthenticated == 2 * len(said)
    stranger.close()
    await browser.close()


@pytest.mark.real_time
async def test_an_ice_restart_moves_the_browser_and_the_call_goes_on(bench: Bench) -> None:
    browser = Browser(440)
    before = await connected(bench, 1, browser, we_begin=False)
    bench.engine.hear(1, [1])
    await hears(browser, 440)
    _, fingerprint, we_begin = browser.named(we_begin=False)
    ufrag = await browser.restart_ice(bench.engine.restart_ice(1))
    configure(bench, 1, (ufrag, fingerprint, we_begin))
    await browser.move()
    after = await event(bench, _native.MEDIA_CONNECTED, 1)
    assert after[4] != before[4]
    await hears(browser, 440)
    assert (await statistics(bench, 1)).packets_unauthenticated == 0
    await browser.close()


@pytest.mark.real_time
async def test_a_reloaded_page_takes_its_leg_over(bench: Bench) -> None:
    first, second = Browser(440), Browser(1000)
    await connected(bench, 1, first, we_begin=False)
    bench.engine.hear(1, [1])
    await hears(first, 440)
    configure(bench, 1, await second.offer(bench.engine.restart_ice(1), we_begin=False))
    await event(bench, _native.MEDIA_CONNECTED, 1)
    await hears(second, 1000)
    await first.close()
    await hears(second, 1000)
    await second.close()


@pytest.mark.real_time
async def test_bad_hellos_during_set_ups_end_none(bench: Bench) -> None:
    port = bench.engine.open_browser_leg(99)[0]
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.setblocking(False)
    hello = bytes([22, 254, 253]) + bytes(8) + bytes([0, 100, 1, 0, 0, 88]) + os.urandom(94)

    async def spray() -> None:
        while True:
            for datagram in (hello, hello[:40], os.urandom(60), b"\x16", b"\x00\x01\x00\x00"):
                stranger.sendto(datagram, ("127.0.0.1", port))
            await asyncio.sleep(0.001)

    spraying = asyncio.create_task(spray())
    browsers = [Browser(440) for _ in range(4)]
    for leg, browser in enumerate(browsers):
        await connected(bench, leg, browser, we_begin=leg % 2 == 0)
    for leg, browser in enumerate(browsers):
        bench.engine.hear(leg, [leg])
        await hears(browser, 440)
    spraying.cancel()
    stranger.close()
    for browser in browsers:
        await browser.close()


@pytest.mark.real_time
async def test_a_page_that_closes_is_told_of_and_the_leg_stays(bench: Bench) -> None:
    browser = Browser(440)
    await connected(bench, 1, browser, we_begin=False)
    await browser.reached("connected")  # before that it has nothing to say goodbye with
    await browser.close()
    told = await event(bench, _native.MEDIA_DISCONNECTED, 1)
    assert told[3] == _native.DTLS_CLOSED
    await asyncio.to_thread(bench.close_leg, 1)


@pytest.mark.real_time
async def test_the_face_tells_the_addresses_of_the_site_and_the_events_of_a_browser() -> None:
    first = free_ports(6)
    engine = NativeMediaEngine(
        (ADDRESS,), (first, first + 3), 1, browser_port=first + 4, browser_addresses=("192.0.2.1", ADDRESS)
    )
    events: asyncio.Queue[MediaEvent] = asyncio.Queue()
    leg, browser = LegId(1), Browser(440)
    try:
        access = engine.open_browser_leg(leg, events.put_nowait)
        assert (access.addresses, access.port) == (("192.0.2.1", ADDRESS), first + 4)
        ufrag, fingerprint, we_begin = await browser.offer(
            (access.port, access.ufrag, access.password, access.fingerprint), we_begin=True
        )
        peer = BrowserPeer(ufrag, "not needed: we ask nothing", fingerprint, we_begin)
        engine.configure_leg(leg, LegSpec("0.0.0.0", 0, 0, "PCMU", 0, 20, ((0, "PCMU"),), None, browser=peer))
        async with asyncio.timeout(PATIENCE):
            connected = await events.get()
        assert isinstance(connected, MediaConnected)
        assert connected.address == ADDRESS
        assert engine.restart_ice(leg).ufrag != access.ufrag
        await browser.reached("connected")
        await browser.close()
        async with asyncio.timeout(PATIENCE):
            lost = await events.get()
        assert isinstance(lost, MediaDisconnected)
        assert lost.why is DisconnectCause.DTLS_CLOSED
        with pytest.raises(Unavailable):
            NativeMediaEngine((ADDRESS,), (first, first + 3), 1, browser_port=first + 4)
    finally:
        engine.close()


def test_one_port_serves_all_and_other_legs_are_another_kind(bench: Bench) -> None:
    access = bench.engine.open_browser_leg(1)
    other = bench.engine.open_browser_leg(2)
    assert (access[0], access[3]) == (other[0], other[3])
    assert access[1:3] != other[1:3]
    renewed = bench.engine.restart_ice(1)
    assert renewed[1:3] != access[1:3]
    bench.leg(3)
    with pytest.raises(ValueError, match="ICE"):
        bench.engine.restart_ice(3)
    with pytest.raises(ValueError, match="browser"):
        configure(bench, 3, ("theirs", access[3], False))
    with pytest.raises(ValueError, match="fingerprint"):
        configure(bench, 1, ("theirs", "sha-1 00", False))
    with pytest.raises(KeyError):
        bench.engine.restart_ice(9)
