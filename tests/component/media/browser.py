"""A browser that is not ours: aiortc, with its own ICE, DTLS, SRTP and codecs, driven by the SDP that it reads."""

from __future__ import annotations

import asyncio
import re
import time
from fractions import Fraction

import aioice
import numpy as np
from aiortc import RTCConfiguration, RTCDtlsTransport, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError
from av import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from tests.component.media.peer import PATIENCE, Bench, Event
from voicecore.media import _native

FRAME = 160
"""Samples in 20 ms at 8 kHz."""


class Tone(AudioStreamTrack):
    """A sine at 8 kHz, for ever, in frames of 20 ms; one of 0 Hz is silence."""

    def __init__(self, hertz: int) -> None:
        super().__init__()
        self.hertz = hertz
        self._sent = 0
        self._began = 0.0

    async def recv(self) -> AudioFrame:
        self._began = self._began or time.monotonic()
        wait = self._began + self._sent / 8000 - time.monotonic()
        await asyncio.sleep(max(0.0, wait))
        at = (self._sent + np.arange(FRAME)) / 8000
        samples = (8000 * np.sin(2 * np.pi * self.hertz * at)).astype(np.int16)
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, self._sent, Fraction(1, 8000)
        self._sent += FRAME
        return frame


class Browser:
    """One peer connection with one audio line. `offer` and `answer` take and give what a leg needs."""

    def __init__(self, hertz: int = 440) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.tone = Tone(hertz)
        self.connection.addTrack(self.tone)
        self._heard: asyncio.Queue[NDArray[np.int16]] = asyncio.Queue()
        self._listener: asyncio.Task[None] | None = None
        self._restarted: aioice.Connection | None = None
        self._pump: asyncio.Task[None] | None = None
        self.connection.on("track", self._listen)

    def _listen(self, track: AudioStreamTrack) -> None:
        self._listener = asyncio.ensure_future(self._hear(track))

    async def _hear(self, track: AudioStreamTrack) -> None:
        resampler = AudioResampler(format="s16", layout="mono", rate=8000)
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, AudioFrame)
            for part in resampler.resample(frame):
                self._heard.put_nowait(part.to_ndarray().reshape(-1).astype(np.int16))

    async def heard(self, milliseconds: int) -> NDArray[np.int16]:
        """So much of what it hears from now on."""
        while not self._heard.empty():
            self._heard.get_nowait()
        parts: list[NDArray[np.int16]] = []
        async with asyncio.timeout(PATIENCE):
            while sum(map(len, parts)) < milliseconds * 8:
                parts.append(await self._heard.get())
        return np.concatenate(parts)

    @property
    def dtls(self) -> RTCDtlsTransport:
        """What carries its audio."""
        return self.connection.getSenders()[0].transport

    async def reached(self, state: str) -> None:
        """Returns when its DTLS is in that state."""
        changed = asyncio.Event()
        self.dtls.on("statechange", changed.set)
        async with asyncio.timeout(PATIENCE):
            while self.dtls.state != state:
                changed.clear()
                await changed.wait()

    async def send(self, datagram: bytes) -> None:
        """As it is, from its own port."""
        await self.dtls.transport._connection.send(datagram)

    async def say(self, packets: int) -> list[bytes]:
        """The next datagrams of its audio, as they leave."""
        ice, said = self.dtls.transport, asyncio.Queue[bytes]()
        leave = ice._send

        async def send(data: bytes) -> None:
            said.put_nowait(data)
            await leave(data)

        ice._send = send
        async with asyncio.timeout(PATIENCE):
            heard = [await said.get() for _ in range(packets)]
        ice._send = leave
        return heard

    async def restart_ice(self, access: tuple[int, str, str, str]) -> str:
        """Moves to another port under other credentials; DTLS goes on. aiortc has no such verb, so this is made of its
        ICE, aioice. Returns the new ufrag."""
        port, ufrag, password, _ = access
        fresh = aioice.Connection(ice_controlling=True)
        await fresh.gather_candidates()
        fresh.remote_is_lite, fresh.remote_username, fresh.remote_password = True, ufrag, password
        candidate = aioice.Candidate("1", 1, "udp", 2130706431, "127.0.0.1", port, "host")
        await fresh.add_remote_candidate(candidate)
        await fresh.add_remote_candidate(None)
        self._restarted = fresh
        return fresh.local_username

    async def move(self) -> None:
        """The checks of `restart_ice`, once the leg knows its ufrag."""
        fresh, old = self._restarted, self.dtls.transport._connection
        assert fresh is not None
        await fresh.connect()
        if old._query_consent_task is not None:
            old._query_consent_task.cancel()
        self.dtls.transport._send = fresh.send

        async def pump() -> None:
            while True:
                old._queue.put_nowait((await fresh.recv(), 1))

        self._pump = asyncio.create_task(pump())

    async def close(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
        if self._listener is not None:
            self._listener.cancel()
        await self.connection.close()
        if self._restarted is not None:
            await self._restarted.close()
        for _ in range(3):
            await asyncio.sleep(0)  # a transport closes its socket in a later turn of the loop

    async def offer(
        self, access: tuple[int, str, str, str], *, we_begin: bool, codec: str = "PCMU"
    ) -> tuple[str, str, bool]:
        """It calls: makes its offer and takes our answer. Returns what the leg must know of it."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        setup = "active" if we_begin else "passive"
        answer = RTCSessionDescription(sdp=described(access, setup, codec), type="answer")
        await self.connection.setRemoteDescription(answer)
        return self.named(we_begin=we_begin)

    def named(self, *, we_begin: bool) -> tuple[str, str, bool]:
        sdp = self.connection.localDescription.sdp
        return said(sdp, "ice-ufrag"), said(sdp, "fingerprint"), we_begin

    async def answer(self, access: tuple[int, str, str, str], codec: str = "PCMU") -> tuple[str, str, bool]:
        """We call. aiortc chooses to be active when it may."""
        offer = RTCSessionDescription(sdp=described(access, "actpass", codec), type="offer")
        await self.connection.setRemoteDescription(offer)
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return self.named(we_begin=False)


def said(sdp: str, attribute: str) -> str:
    """The first value of an attribute; of the fingerprints the one by SHA-256."""
    pattern = "fingerprint:(sha-256 .*)" if attribute == "fingerprint" else f"{attribute}:(.*)"
    found = re.search(f"a={pattern}\r\n", sdp)
    assert found, sdp
    return found[1]


RTPMAPS = {"PCMU": (0, "PCMU/8000"), "opus": (96, "opus/48000/2")}
"""As aiortc numbers them."""


def described(access: tuple[int, str, str, str], setup: str, codec: str) -> str:
    """Our side as SDP: an ICE-lite agent with one codec."""
    port, ufrag, password, fingerprint = access
    number, rtpmap = RTPMAPS[codec]
    return "\r\n".join([
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=ice-lite", "a=group:BUNDLE 0",
        f"m=audio {port} UDP/TLS/RTP/SAVPF {number}", "c=IN IP4 127.0.0.1", "a=mid:0", "a=sendrecv", "a=rtcp-mux",
        f"a=rtpmap:{number} {rtpmap}", "a=ptime:20",
        f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{password}", f"a=fingerprint:{fingerprint}", f"a=setup:{setup}",
        f"a=candidate:1 1 udp 2130706431 127.0.0.1 {port} typ host", "a=end-of-candidates", "",
    ])  # fmt: skip


def configure(bench: Bench, leg: int, browser: tuple[str, str, bool], codec: str = "PCMU") -> None:
    bench.engine.configure_leg(
        leg,
        remote_address="0.0.0.0",
        remote_port=0,
        remote_rtcp_port=0,
        codec=codec,
        payload_type=RTPMAPS[codec][0],
        packet_time_ms=20,
        receive_codecs=[(RTPMAPS[codec][0], codec)],
        telephone_event=None,
        cname="bench@voicecore",
        browser=browser,
    )


async def event(bench: Bench, kind: int, leg: int) -> Event:
    return await asyncio.to_thread(bench.event, kind, leg)


async def connected(
    bench: Bench, leg: int, browser: Browser, *, we_begin: bool, codec: str = "PCMU"
) -> Event:
    """A leg that a browser called, with ICE and DTLS done."""
    access = bench.engine.open_browser_leg(leg)
    configure(bench, leg, await browser.offer(access, we_begin=we_begin, codec=codec), codec)
    return await event(bench, _native.MEDIA_CONNECTED, leg)
