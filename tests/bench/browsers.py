"""`python -m tests.bench.browsers`: a leg of a browser beside an SRTP leg and a plain one, in one engine, without SIP.

All of them hear a prompt; bridged legs hear each other as the packets come, mixed ones a little quieter: two phones,
or a browser and a phone. The browsers are OpenSSL's DTLS and a STUN check; their packets come from the load generator
under the keys agreed.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import typer
from aioice import stun
from aiortc.rtcdtlstransport import SRTP_PROFILES, RTCCertificate, SRTPProtectionProfile
from OpenSSL import SSL
from rich.console import Console
from rich.table import Table

from tests.bench import rtp
from tests.bench.ports import ADDRESS, free_block
from tests.bench.process import Meter
from tests.bench.rtp import NotMeasured
from tests.bench.table import machine
from voicecore.media import _native

PROFILES = {
    "AEAD_AES_128_GCM": b"SRTP_AEAD_AES_128_GCM",
    "AEAD_AES_256_GCM": b"SRTP_AEAD_AES_256_GCM",
    "AES_CM_128_HMAC_SHA1_80": b"SRTP_AES128_CM_SHA1_80",
}
"""Our names of suites, and those of OpenSSL (RFC 5764, 4.1.2; RFC 7714, 14.2)."""
PAYLOAD_TYPES = {"PCMU": 0, "opus": 111}
"""As the load generator numbers them."""
KINDS = ("plain", "srtp", "browser", "bridged", "mixed", "browser bridged", "browser mixed")
QUIETER_DB = -1.0
"""What a bridge has to decode and encode for."""
BESIDE_LIBOPUS = ("beside libopus", "beside libopus and echo")
PATIENCE_S = 10.0
SETTLING_S = 2.0
MOST_SECONDS = 20
"""The browsers check their path once only, and consent lasts 30 s."""


class Coding(NamedTuple):
    """A codec, and the complexity of Opus."""

    name: str
    complexity: int


class Guest:
    """A browser as far as its keys: a check, a handshake."""

    def __init__(self, certificate: RTCCertificate, suite: str, port: int) -> None:
        self._certificate = certificate
        self._suite = suite
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((ADDRESS, port))
        self._socket.settimeout(PATIENCE_S)

    def connect(self, access: tuple[int, str, str, str]) -> str:
        """Returns the line of the load generator that goes on from here."""
        port, ufrag, password, _ = access
        self._socket.connect((ADDRESS, port))
        self._check(ufrag, password)
        ours, theirs = self._shake_hands()
        local = self._socket.getsockname()[1]
        self._socket.close()
        return f"{ADDRESS}:{port} {local} {self._suite} {ours.hex()} {theirs.hex()}\n"

    def _check(self, ufrag: str, password: str) -> None:
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes.update({
            "USERNAME": f"{ufrag}:guest", "PRIORITY": 1, "ICE-CONTROLLING": 1, "USE-CANDIDATE": None
        })  # fmt: skip
        request.add_message_integrity(password.encode())
        self._socket.send(bytes(request))
        if not stun.parse_message(self._socket.recv(2048)).check_message_integrity(password.encode()):
            raise NotMeasured("a check was answered without the password")

    def _shake_hands(self) -> tuple[bytes, bytes]:
        """Our key and the server's, each with its salt."""
        profile = next(one for one in SRTP_PROFILES if one.openssl_profile == PROFILES[self._suite])
        dtls = SSL.Connection(self._certificate._create_ssl_context([profile]))
        dtls.set_connect_state()
        while True:
            try:
                dtls.do_handshake()
                break
            except SSL.WantReadError:
                self._flush(dtls)
                dtls.bio_write(self._socket.recv(2048))
        self._flush(dtls)
        return _keys(dtls, profile)

    def _flush(self, dtls: SSL.Connection) -> None:
        while True:
            try:
                self._socket.send(dtls.bio_read(1500))
            except SSL.WantReadError:
                return


def _keys(dtls: SSL.Connection, profile: SRTPProtectionProfile) -> tuple[bytes, bytes]:
    length = 2 * (profile.key_length + profile.salt_length)
    material = dtls.export_keying_material(b"EXTRACTOR-dtls_srtp", length)
    return profile.get_key_and_salt(material, 0), profile.get_key_and_salt(material, 1)


class Legs:
    """The legs of one engine, each of which plays a sound or hears another."""

    def __init__(self, engine: _native.Engine, taken: range, suite: str, count: int, codec: Coding) -> None:
        self._engine = engine
        self._codec = codec
        self._taken = [taken]
        self._suite = suite
        self._legs = range(1, count + 1)

    def _block(self, count: int) -> int:
        first = free_block(count, taken=self._taken)
        self._taken.append(range(first, first + count))
        return first

    def plain(self) -> list[str]:
        return self._phones(None, self._legs)

    def bridged(self) -> list[str]:
        return self._in_pairs(None)

    def mixed(self) -> list[str]:
        return self._in_pairs([QUIETER_DB])

    def _in_pairs(self, gains_db: list[float] | None) -> list[str]:
        """An odd one out hears itself."""
        lines = self._phones(None, self._legs)
        self._join(gains_db)
        return lines

    def _join(self, gains_db: list[float] | None) -> None:
        for leg in self._legs:
            other = leg + 1 if leg % 2 else leg - 1
            self._engine.stop(leg, leg)
            self._engine.hear(leg, [min(other, self._legs[-1])], gains_db)

    def browser_bridged(self) -> list[str]:
        return self._browsers_with_phones(None)

    def browser_mixed(self) -> list[str]:
        return self._browsers_with_phones([QUIETER_DB])

    def _browsers_with_phones(self, gains_db: list[float] | None) -> list[str]:
        """An agent's browser and a caller without SRTP in each pair."""
        lines = self._browsers(self._legs[::2]) + self._phones(None, self._legs[1::2])
        self._join(gains_db)
        return lines

    def srtp(self) -> list[str]:
        length = {"AEAD_AES_128_GCM": 28, "AEAD_AES_256_GCM": 44}.get(self._suite, 30)
        return self._phones((os.urandom(length), os.urandom(length)), self._legs)

    def browsers(self) -> list[str]:
        return self._browsers(self._legs)

    def _browsers(self, legs: range) -> list[str]:
        certificate = RTCCertificate.generateCertificate()
        named = next(one for one in certificate.getFingerprints() if one.algorithm == "sha-256")
        first, lines = self._block(len(legs)), []
        for number, leg in enumerate(legs):
            access = self._engine.open_browser_leg(leg)
            self._start(leg, 0, browser=("guest", f"sha-256 {named.value}", False))
            lines.append(Guest(certificate, self._suite, first + number).connect(access))
        return lines

    def close(self) -> None:
        for leg in self._legs:
            self._engine.close_leg(leg)

    def _phones(self, keys: tuple[bytes, bytes] | None, legs: range) -> list[str]:
        first, lines = self._block(2 * len(legs)), []
        for number, leg in enumerate(legs):
            port, local = self._engine.open_leg(leg), first + 2 * number
            line = f"{ADDRESS}:{port} {local}"
            if keys is None:
                self._start(leg, local)
            else:
                ours, theirs = keys
                self._start(leg, local, srtp=(self._suite, theirs, ours, b""))
                line += f" {self._suite} {ours.hex()} {theirs.hex()}"
            lines.append(line + "\n")
        return lines

    def _start(
        self,
        leg: int,
        remote_port: int,
        *,
        srtp: tuple[str, bytes, bytes, bytes] | None = None,
        browser: tuple[str, str, bool] | None = None,
    ) -> None:
        self._engine.configure_leg(
            leg,
            remote_address=ADDRESS,
            remote_port=remote_port,
            remote_rtcp_port=remote_port + 1 if remote_port else 0,
            codec=self._codec.name,
            payload_type=PAYLOAD_TYPES[self._codec.name],
            packet_time_ms=20,
            receive_codecs=[(PAYLOAD_TYPES[self._codec.name], self._codec.name)],
            opus=(24_000, self._codec.complexity, False, False, 48_000),
            telephone_event=None,
            cname="bench@voicecore",
            srtp=srtp,
            browser=browser,
        )
        self._engine.play(leg, leg, [1], repeat=True)


def speech() -> bytes:
    """Ten seconds of syllables of noise at 8 kHz, with a pause each two: what a codec for voice has work with."""
    count = 16_000
    noise = np.convolve(np.random.default_rng(7).normal(0, 6000, count), 0.8 ** np.arange(24) * 0.2, "same")
    said = noise * np.abs(np.sin(4 * np.pi * np.arange(count) / 8000))
    said[:800] = said[-800:] = 0
    return np.tile(said, 5).astype("<i2").tobytes()


def write(path: Path, samples: bytes) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(samples)
    return path


def wait(process: subprocess.Popen[str]) -> str:
    return process.communicate()[0]


def measure(
    kinds: Sequence[str], legs: int, seconds: int, suite: str, codec: Coding, wav: Path
) -> list[tuple[str, float, str]]:
    """CPU microseconds a packet pair of each kind of leg, and what the generator saw. It sends what the file holds."""
    first, meter = free_block(2 * legs + 2), Meter(os.getpid())
    taken = range(first, first + 2 * legs + 2)
    found = []
    for kind in kinds:
        engine = _native.Engine(address=ADDRESS, first_port=first, last_port=first + 2 * legs + 1)
        engine.load_sound(1, speech())
        room = Legs(engine, taken, suite, legs, codec)
        ways: dict[str, Callable[[], list[str]]] = {
            "plain": room.plain, "srtp": room.srtp, "browser": room.browsers, "bridged": room.bridged,
            "mixed": room.mixed, "browser bridged": room.browser_bridged, "browser mixed": room.browser_mixed,
        }  # fmt: skip
        flows = wav.with_name(f"{kind}.flows")
        flows.write_text("".join(ways[kind]()), encoding="ascii")
        # The prompt's packets of Opus are made meanwhile.
        time.sleep(SETTLING_S)
        before = meter.cpu()
        load = rtp.send(flows, seconds, wait, codec=codec.name, wav=wav)
        cost = (meter.cpu() - before).total * 1e6 / load.pairs
        rates = [flow.packets_a_second for flow in load.flows]
        gap = max(flow.max_gap_ms for flow in load.flows)
        late = engine.load().tick_late_p99_ms
        told = f"{min(rates):.2f} to {max(rates):.2f} packets/s, worst gap {gap:.1f} ms, ticks late {late:.1f} ms"
        found.append((kind, cost, f"{told} (p99)"))
        engine.close()
    return found


def ratios(kind: str, cost: float, floor: float, libopus: rtp.Libopus) -> tuple[str, str]:
    """Beside libopus alone, and with the echo. Of a prompt it has to decode alone what the peer says; what is bridged
    as it comes needs it not at all."""
    if "bridged" in kind:
        return "", f"{cost / floor:.2f} x"
    work = libopus.decode_us + (libopus.encode_us if "mixed" in kind else 0)
    return f"{cost / work:.2f} x", f"{cost / (work + floor):.2f} x"


def main(
    legs: Annotated[int, typer.Option(help="Legs at once.", min=1, max=1000)] = 100,
    seconds: Annotated[int, typer.Option(help="How long each load lasts.", min=2, max=MOST_SECONDS)] = 10,
    suite: Annotated[str, typer.Option(help="As RFC 4568 names it.")] = "AEAD_AES_128_GCM",
    codec: Annotated[str, typer.Option(help="PCMU or opus.")] = "PCMU",
    complexity: Annotated[int, typer.Option(help="Of Opus.", min=0, max=10)] = 5,
    only: Annotated[list[str] | None, typer.Option(help=f"Those alone: {', '.join(KINDS)}.")] = None,
    rounds: Annotated[int, typer.Option(help="Times in turn.", min=1, max=20)] = 2,
) -> None:
    """Measure prompts to plain, SRTP and browser legs, and two bridges, beside the bare echo. Exit status 1: none."""
    if suite not in PROFILES:
        raise typer.BadParameter(f"one of {', '.join(PROFILES)}", param_hint="--suite")
    if set(only or ()) - set(KINDS):
        raise typer.BadParameter(f"of {', '.join(KINDS)}", param_hint="--only")
    if codec not in PAYLOAD_TYPES:
        raise typer.BadParameter(f"one of {', '.join(PAYLOAD_TYPES)}", param_hint="--codec")
    console, before = Console(width=None if sys.stdout.isatty() else 110), machine()
    table = Table(title=f"{legs} legs, {codec}, {suite}; before: {before}", title_justify="left")
    for name in (
        "leg",
        "CPU a packet pair",
        "beside the echo",
        *BESIDE_LIBOPUS[: 2 * (codec == "opus")],
        "stream",
    ):
        table.add_column(name)
    try:
        with tempfile.TemporaryDirectory() as name:
            rtp.build()
            wav = write(Path(name, "speech.wav"), speech())
            for _ in range(rounds):
                floor = rtp.floor(legs, seconds, Path(name), wait).us_a_pair
                table.add_row("bare echo", f"{floor:.1f} us")
                libopus = rtp.libopus(legs, seconds, complexity, wav) if codec == "opus" else None
                if libopus is not None:
                    table.add_row("libopus, decode", f"{libopus.decode_us:.1f} us")
                    table.add_row("libopus, encode", f"{libopus.encode_us:.1f} us")
                for kind, cost, stream in measure(
                    [kind for kind in KINDS if not only or kind in only],
                    legs,
                    seconds,
                    suite,
                    Coding(codec, complexity),
                    wav,
                ):
                    beside = ratios(kind, cost, floor, libopus) if libopus is not None else ()
                    table.add_row(kind, f"{cost:.1f} us", f"{cost / floor:.2f} x", *beside, stream)
    except NotMeasured as problem:
        console.print(f"[red]not measured: {problem}")
        raise typer.Exit(1) from problem
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
