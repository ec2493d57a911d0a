"""How soon a prompt is silent after a caller's word or key, and begins after the 200 OK: at a phone's socket.

python -m tests.bench.barge_in --calls 8
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from tests.bench.process import Meter, children
from tests.bench.rtp import ROOT, NotMeasured
from tests.bench.server import Number, Server, serving
from tests.bench.sniffer import Packet, Sniffer
from tests.bench.table import machine
from tests.bench.watch import Watch, watching
from tests.interop.phones import sound
from tests.interop.phones.baresip import Baresip
from voicecore.speech.child_program import ChildPrograms
from voicecore.speech.flite import Flite
from voicecore.speech.recognition.endpoint import EndpointRules

NUMBER = "9300"
BEFORE_S = 2.0
"""Of silence before the caller's word."""
PATIENCE_S = 20.0
LOADING_S = 60
"""In which the recogniser's process has to have its model."""
LOADED_CPU_S, QUIET_CPU_S = 0.5, 0.05
LOUD_DB = -45.0
PACKET_S = 0.020
WINDOW_S = EndpointRules().begins_after_s
PCMU, KEY = 0, 101


class Reaction(NamedTuple):
    """Milliseconds from the 200 OK to the first packet, and from the caller to the end of the last loud one."""

    answer_ms: float
    silence_ms: float


def main(calls: Annotated[int, typer.Option(help="Calls by key, and as many by voice.", min=1)] = 8) -> None:
    """Time the first packet of a prompt, and the last one after a key and after a word."""
    console, before = Console(), machine()
    try:
        with watching(Console(stderr=True), 10 + calls * 10) as watch:
            by_key, by_voice = measure(calls, watch)
    except NotMeasured as problem:
        console.print(f"[red]not measured: {problem}")
        raise typer.Exit(2) from problem
    table = Table("what", "median", "worst", "limit", box=None)
    answers = [one.answer_ms for one in (*by_key, *by_voice)]
    window = WINDOW_S * 1000
    rows: list[tuple[str, list[float], float]] = [
        ("200 OK to first packet of the prompt", answers, 25.0),
        ("key to silence", [one.silence_ms for one in by_key], 60.0),
        (f"word to silence, window {window:.0f} ms", [one.silence_ms for one in by_voice], 60.0 + window),
    ]
    for what, times, limit in rows:
        table.add_row(what, f"{statistics.median(times):.0f} ms", f"{max(times):.0f} ms", f"{limit:.0f} ms")
    console.print(table)
    console.print(f"{calls} calls by key, {calls} by voice; before: {before}; after: {machine()}")


def measure(calls: int, watch: Watch) -> tuple[list[Reaction], list[Reaction]]:
    """By key, and by voice. Raises NotMeasured."""
    (ROOT / "var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "var") as name:
        folder = Path(name)
        word = from_loud(asyncio.run(spoken("sales")))
        numbers = [Number(NUMBER, "tests.bench.flows:interruptible")]
        watch.title("starting the server")
        with (
            serving(folder, numbers, 4, [], more='[speech]\nrecognisers = ["whisper"]\n') as server,
            Sniffer() as sniffer,
        ):
            until_listening(server, watch)
            found: dict[bool, list[Reaction]] = {True: [], False: []}
            for turn in range(2 * calls):
                by_key = turn % 2 == 0
                watch.title(f"call {turn + 1} of {2 * calls}")
                sniffer.taken()
                said = folder / f"{turn}.wav"
                # Each word begins at another place of the detector's windows.
                quiet = np.zeros(round(BEFORE_S * sound.RATE) + turn * 41)
                sound.write_wav(said, np.concatenate([quiet, quiet if by_key else word, np.zeros(160_000)]))
                with Baresip(folder / f"phone{turn}", said) as phone:
                    phone.dial(server.uri(NUMBER))
                    phone.wait_for("CALL_ESTABLISHED")
                    if by_key:
                        time.sleep(BEFORE_S)
                        phone.send_digits("1")
                    phone.wait_for("CALL_CLOSED", PATIENCE_S)
                found[by_key].append(reaction(sniffer.taken(), server.sip_port, server.rtp, by_key=by_key))
            return found[True], found[False]


def until_listening(server: Server, watch: Watch) -> None:
    """Returns when the recogniser has loaded its model: it has worked, and rests now. Raises NotMeasured."""
    spent = 0.0
    for _ in range(LOADING_S):
        watch.pause(1.0)
        before, spent = spent, sum(Meter(pid).cpu().total for pid in children(server.meter.pid))
        if spent > LOADED_CPU_S and spent - before < QUIET_CPU_S:
            return
    raise NotMeasured("the recogniser does not get ready")


async def spoken(text: str) -> sound.Samples:
    spoken = await Flite(ChildPrograms()).render(text, "en", "slt")
    return sound.from_pcm(spoken.at(sound.RATE).samples)


def from_loud(samples: sound.Samples) -> sound.Samples:
    """Without the soft beginning, so that the first packet is loud."""
    return samples[int(np.argmax(np.abs(samples) > 10 ** (LOUD_DB / 20))) :]


def reaction(packets: Sequence[Packet], sip: int, media: range, *, by_key: bool) -> Reaction:
    ok = next(
        (
            one.at
            for one in packets
            if one.source == sip and one.payload.startswith(b"SIP/2.0 200") and b"INVITE" in one.payload
        ),
        None,
    )
    prompt = [one for one in packets if one.source in media and _level(one) > LOUD_DB]
    caller = [one for one in packets if one.target in media]
    began = next((one.at for one in caller if (_kind(one) == KEY if by_key else _level(one) > LOUD_DB)), None)
    if ok is None or began is None or not prompt:
        raise NotMeasured("a call had no answer, no prompt, or nothing of its caller")
    first = next(one.at for one in packets if one.source in media and _kind(one) == PCMU)
    return Reaction((first - ok) * 1000, (prompt[-1].at + PACKET_S - began) * 1000)


def _kind(packet: Packet) -> int | None:
    """The payload type of an RTP packet (RFC 3550, 5.1); RTCP has none of ours."""
    return packet.payload[1] & 127 if len(packet.payload) > 12 and packet.payload[0] >> 6 == 2 else None


def _level(packet: Packet) -> float:
    if _kind(packet) != PCMU:
        return -120.0
    octets = ~np.frombuffer(packet.payload[12:], np.uint8)
    exponent, mantissa = (octets >> 4) & 7, octets & 15
    heights = (
        (mantissa.astype(np.int32) * 2 + 33) << exponent.astype(np.int32)
    ) - 33  # ITU-T G.711, table 2a
    return sound.level_db(heights / 8159)


if __name__ == "__main__":
    typer.run(main)
