"""Where the CPU of an answered call goes: INVITE, 200, ACK, BYE, with media allocated and the record written.

    python -m tests.bench.bench_answered_call [--calls 300] [--batches 11] [--profile | --cold]
    python -m tests.bench.compiled_call [--cold]

The whole server in this process, without its sockets for SIP: the datagrams of many calls, each with its own
names, are put in by hand, and its own are answered. Batches with a clock at every seam give the parts, batches
without give the sum; medians of both. The clocks' own cost is taken off the parts again.
`--profile` prints cProfile's list of the loop's thread instead. `--cold` tells what a call costs the loop's thread
when it comes alone, and when the processor's caches hold other things. On the compiled build only sums are told:
its classes take no clocks.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import os
import pstats
import re
import secrets
import statistics
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from itertools import count

import uvloop
from rich.console import Console
from rich.table import Table

from ivr_apps.diagnostics import answer_and_hang_up
from tests.bench.parts import PartMeter, Seam, metered
from tests.bench.ports import ADDRESS, free_block
from voicecore import compiled
from voicecore.calls.active_call import ActiveCall, Services
from voicecore.calls.destination import NumbersOnly
from voicecore.calls.journal import Journal
from voicecore.calls.leg import Leg
from voicecore.calls.message_keeper import MessageKeeper
from voicecore.calls.numbers import NumberEntry, NumberTable
from voicecore.calls.reception import PlainReception
from voicecore.calls.route import DirectRouter
from voicecore.calls.switchboard import Switchboard
from voicecore.cli import collector
from voicecore.cli.log import configure_log
from voicecore.cli.serve import raise_file_limit
from voicecore.clock import Clock
from voicecore.ids import TokenSource
from voicecore.ivr.call import Call
from voicecore.ivr.line import Line
from voicecore.media.native import NativeMediaEngine
from voicecore.sdp.offer_answer import OfferAnswer
from voicecore.sip import stack as stack_module
from voicecore.sip.hop import Address, Hop
from voicecore.sip.settings import StackSettings
from voicecore.sip.stack import Stack
from voicecore.store.sql import SqlCallStore
from voicecore.store.writer import Writer
from voicecore.transport.sip_runner import SipRunner
from voicecore.transport.udp import UdpTransport

PEER, OURS = Address("192.0.2.1", 5060), Address("192.0.2.2", 5060)
HOP = Hop("UDP", OURS, PEER)
TURNS = 6
"""Of the loop, in which such a call is answered, ended by us and over, but for its record."""
OTHER_THINGS = 32 << 20
"""Octets: more than the caches of a core hold."""
AT_ONCE = 25
"""INVITEs put in before the loop has its next turn."""
RECEIVED, SENT = 3, 3
"""Datagrams of such a call: INVITE, ACK, 200; and 100, 200, BYE."""

SDP = (
    "v=0\r\no=u {0} 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0 101\r\n"
    "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
)
_to = re.compile(rb"\r\nTo: ([^\r]*)").search
_call_id = re.compile(rb"\r\nCall-ID: ([^\r]*)").search
_length = re.compile(rb"Content-(?:Type|Length): [^\r]*\r\n").sub


class Peer:
    """Who calls: writes INVITEs, and answers what comes back."""

    def __init__(self) -> None:
        self.sip: SipRunner | None = None
        self.ended: set[bytes] = set()
        self._numbers = count(1)
        self._loop = asyncio.get_running_loop()

    def invites(self, calls: int) -> list[bytes]:
        return [self._request("INVITE", f"bench-{secrets.token_hex(8)}") for _ in range(calls)]

    def send(self, data: bytes, hop: Hop) -> None:
        """What the server sends. The answers come with the next turn of the loop, as from a socket."""
        call_id, to = _call_id(data), _to(data)
        assert call_id is not None
        assert to is not None
        if data.startswith(b"SIP/2.0 200"):
            self._answer(self._request("ACK", call_id[1].decode(), to[1].decode()))
        elif data.startswith(b"BYE"):
            self.ended.add(call_id[1])
            self._answer(_length(b"", data.replace(data[: data.index(b"\r\n")], b"SIP/2.0 200 OK", 1)))

    def put_in(self, data: bytes) -> None:
        assert self.sip is not None
        self.sip.receive(data, HOP)

    def _answer(self, data: bytes) -> None:
        self._loop.call_soon(self.put_in, data)

    def _request(self, method: str, call_id: str, to: str = "<sip:9000@192.0.2.2>") -> bytes:
        number = next(self._numbers)
        sdp = SDP.format(number).encode() if method == "INVITE" else b""
        head = (
            f"{method} sip:9000@{OURS} SIP/2.0\r\nVia: SIP/2.0/UDP {PEER};branch=z9hG4bK{number}-{method}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:bench@{PEER}>;tag={call_id}\r\nTo: {to}\r\nCall-ID: {call_id}\r\n"
            f"CSeq: 1 {method}\r\nContact: <sip:bench@{PEER}>\r\n"
        )
        return f"{head}Content-Type: application/sdp\r\nContent-Length: {len(sdp)}\r\n\r\n".encode() + sdp


REST = "event loop"
PEERS = "the caller's side"
SEAMS: tuple[Seam, ...] = (
    ("SIP: parser", stack_module, "parse_datagram"),
    *(
        ("SIP: stack", Stack, verb)
        for verb in ("receive", "respond", "bye", "dialog_of", "poll", "next_timer")
    ),
    ("SIP: timers, forgetting", Stack, "handle_timer"),
    *(("SIP: runner", SipRunner, verb) for verb in ("receive", "respond", "bye", "_wake")),
    *(("journal, ladder", Journal, verb) for verb in ("note", "message")),
    ("journal, ladder", MessageKeeper, "keep"),
    *(("SDP", OfferAnswer, verb) for verb in ("__init__", "receive_offer")),
    ("call and leg set-up", Switchboard, "receive"),
    *(("leg: answer and end", Leg, verb) for verb in ("accept", "ended", "hang_up")),
    *(
        ("media: commands, events", NativeMediaEngine, name)
        for name in ("configure_leg", "close_leg", "_deliver")
    ),
    ("media: ports opened", NativeMediaEngine, "open_leg"),
    ("record: building", ActiveCall, "file"),
    *((PEERS, Peer, verb) for verb in ("send", "_answer")),
    ("record: to the writer", Writer, "begin"),
)
TASK: Seam = ("task of the call, flow", Switchboard, "_live")
COLLECTOR = "garbage collector"


@dataclass(frozen=True, slots=True)
class CpuOf:
    """Nanoseconds of CPU: of the loop's thread, the store's writer, and all others together."""

    loop: int
    writer: int
    others: int

    @classmethod
    def now(cls, writer_clock: int) -> CpuOf:
        loop, writer = time.thread_time_ns(), time.clock_gettime_ns(writer_clock)
        return cls(loop, writer, time.process_time_ns() - loop - writer)

    def __sub__(self, other: CpuOf) -> CpuOf:
        return CpuOf(self.loop - other.loop, self.writer - other.writer, self.others - other.others)


@dataclass(frozen=True, slots=True)
class Bench:
    """The server, and who calls it."""

    switchboard: Switchboard
    stack: Stack
    peer: Peer
    writer_clock: int

    async def batch(self, invites: list[bytes]) -> CpuOf:
        """Runs so many calls from the INVITE to the forgotten transaction."""
        self.peer.ended.clear()
        before = CpuOf.now(self.writer_clock)
        for start in range(0, len(invites), AT_ONCE):
            for invite in invites[start : start + AT_ONCE]:
                self.peer.put_in(invite)
            await asyncio.sleep(0)
        await self.switchboard.idle()
        assert len(self.peer.ended) == len(invites), "a call did not end with a BYE"
        loop = asyncio.get_running_loop()
        self.stack.handle_timer(loop.time() + 40.0)  # 64*T1 and more: nothing of it is left in the next batch
        return CpuOf.now(self.writer_clock) - before


@asynccontextmanager
async def _server(calls: int) -> AsyncIterator[Bench]:
    """All that `voicecore serve` has for such calls, and a peer in place of its sockets for SIP."""
    loop, peer = asyncio.get_running_loop(), Peer()
    first = free_block(4 * calls)
    settings = StackSettings("bench", max_transactions=1_000_000)
    stack = Stack(settings, token=TokenSource())

    async def script(active: ActiveCall) -> None:
        assert active.first is not None
        await answer_and_hang_up(Call(Line(active, active.first, None, "en")))  # type: ignore[arg-type]

    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        engine = NativeMediaEngine((ADDRESS,), (first, first + 4 * calls - 1), 0)
        async with SqlCallStore.open(f"sqlite:///{name}/calls.db") as store, asyncio.TaskGroup() as group:
            table = NumberTable([NumberEntry("9000", "bench", {}, None)])
            switchboard = Switchboard(PlainReception(NumbersOnly(table)), lambda entry: script, group)
            peer.sip = sip = SipRunner(stack, peer.send, switchboard.receive)
            router = DirectRouter((("UDP", OURS),))
            switchboard.connect(
                Services(sip, engine, store, Clock(loop.time), switchboard, router, rtp_timeout_ms=30_000)
            )
            writer = next(thread for thread in threading.enumerate() if thread.name == "store")
            assert writer.ident is not None
            bench = Bench(switchboard, stack, peer, time.pthread_getcpuclockid(writer.ident))
            await bench.batch(peer.invites(calls))  # fills the caches
            collector.spare()
            yield bench
            sip.close()
        engine.close()


async def _alone(calls: int, *, cold: bool) -> float:
    """CPU of the loop's thread for one call that comes when the one before is over, in microseconds."""
    others = bytes(OTHER_THINGS)
    async with _server(calls) as bench:
        spent = []
        for invite in bench.peer.invites(calls):
            if cold:
                bytearray(others)  # a copy goes through every line of the caches
            before = time.thread_time_ns()
            bench.peer.put_in(invite)
            for _ in range(TURNS):
                await asyncio.sleep(0)
            spent.append(time.thread_time_ns() - before)
        await bench.switchboard.idle()
        return statistics.median(spent) / 1e3


async def _udp_us(datagrams: int = 4000) -> float:
    """CPU of one datagram sent and received by our transport, in microseconds."""
    near, far, got = UdpTransport(), UdpTransport(), asyncio.Event()
    here, there = await near.listen(ADDRESS, 0), await far.listen(ADDRESS, 0)
    left = count(datagrams - 1, -1)
    hop = Hop("UDP", here, there)

    def received(data: bytes, _: Hop) -> None:
        if next(left) == 0:
            got.set()
        else:
            near.send(data, hop)

    far.connect(received, lambda hop: None)
    before = time.thread_time_ns()
    near.send(b"x" * 600, hop)
    async with asyncio.timeout(30):
        await got.wait()
    spent = time.thread_time_ns() - before
    near.close()
    far.close()
    return spent / datagrams / 1e3


async def _plain(calls: int, batches: int, profile: cProfile.Profile | None) -> list[CpuOf]:
    async with _server(calls) as bench:
        taken = []
        for _ in range(batches):
            invites = bench.peer.invites(calls)
            with profile or nullcontext():
                taken.append(await bench.batch(invites))
        return taken


async def _in_parts(calls: int, batches: int) -> list[dict[str, int]]:
    """Microseconds a call of each part of the loop's thread: one dictionary a batch."""
    meter = PartMeter(REST)
    with metered(meter, SEAMS, task=TASK, collector=COLLECTOR):
        async with _server(calls) as bench:
            taken = []
            for _ in range(batches):
                invites = bench.peer.invites(calls)
                meter.take()
                await bench.batch(invites)
                taken.append(meter.take())
            return taken


def _show(plain: list[CpuOf], parts: list[dict[str, int]], udp_us: float, calls: int) -> None:
    def us(nanoseconds: list[int]) -> float:
        return statistics.median(nanoseconds) / calls / 1e3

    medians = {part: us([batch.get(part, 0) for batch in parts]) for part in {p for b in parts for p in b}}
    peers = medians.pop(PEERS, 0.0)
    loop = us([batch.loop for batch in plain]) - peers
    clocks = sum(medians.values()) / loop
    writer, others = us([batch.writer for batch in plain]), us([batch.others for batch in plain])
    sockets = udp_us * (RECEIVED + SENT) / 2
    table = Table(title=f"one answered call, load average {os.getloadavg()[0]:.1f}", title_justify="left")
    table.add_column("part")
    table.add_column("us", justify="right")
    for part, spent in sorted(medians.items(), key=lambda item: -item[1]):
        table.add_row(f"  {part}", f"{spent / clocks:.0f}")
    table.add_row("the loop's thread, without UDP", f"{loop:.0f}")
    table.add_row(f"UDP: {RECEIVED} datagrams received, {SENT} sent", f"{sockets:.0f}")
    table.add_row("the store's writer, its own thread", f"{writer:.0f}")
    table.add_row("the media engine's threads", f"{others:.0f}")
    table.add_row("sum", f"{loop + sockets + writer + others:.0f}")
    console = Console()
    console.print(table)
    if not parts:
        console.print("The compiled build; the loop's thread is told with the caller's side in it.")
        return
    console.print(
        f"The clocks at the seams made the loop's thread {clocks:.2f} times as slow; the parts are reduced."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--calls", type=int, default=300, help="calls a batch")
    parser.add_argument("--batches", type=int, default=11)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--cold", action="store_true")
    words = parser.parse_args()
    configure_log("warning")
    raise_file_limit()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if words.cold:
            warm, cold = (runner.run(_alone(words.calls, cold=one)) for one in (False, True))
            print(f"one call alone: {warm:.0f} us of the loop's thread; with cold caches: {cold:.0f} us")
            return
        profile = cProfile.Profile(time.thread_time) if words.profile else None
        plain = runner.run(_plain(words.calls, words.batches, profile))
        if profile is not None:
            pstats.Stats(profile).sort_stats("tottime").print_stats(70)
            return
        parts = [] if compiled.is_used() else runner.run(_in_parts(words.calls, words.batches))
        _show(plain, parts, runner.run(_udp_us()), words.calls)


if __name__ == "__main__":
    main()
