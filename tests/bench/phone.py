"""A program: our own SIP stack as many phones on one socket. Signalling only; the RTP is the load generator's.

    python -m tests.bench.phone rate --target URI --rate 100 --seconds 10
    python -m tests.bench.phone hold --target URI --calls 200 --listen 5070 --first-port 30000 --flows FILE

`rate` offers calls on a fixed grid and lets the server hang up. `hold` calls, answers what comes in, writes
the list of RTP flows, prints a line, and hangs up when its standard input ends. Both print JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import uvloop

from tests.bench.ports import ADDRESS
from voicecore.sdp.codecs import PCMU
from voicecore.sdp.crypto import SUITES, Srtp, Suite
from voicecore.sdp.offer_answer import AudioCapabilities, Negotiated, OfferAnswer
from voicecore.sip import output as stack
from voicecore.sip.hop import Address, Hop
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.settings import StackSettings
from voicecore.sip.stack import Stack
from voicecore.sip.uri import Uri
from voicecore.transport.sip_runner import SipRunner
from voicecore.transport.udp import UdpTransport

PATIENCE_S = 40.0
"""For the last answers: a little more than 64*T1, after which SIP itself gives up (RFC 3261, 17.1.1.2)."""
OWN_MESSAGES, PEERS_MESSAGES = 3, 3
"""Of one call that the server ends: INVITE, ACK, 200; and 100, 200, BYE. What is more was sent again."""


@dataclass(slots=True)
class Outcome:
    """What became of the calls. Times in seconds."""

    offered: int = 0
    answered: int = 0
    failed: int = 0
    ended: int = 0
    answer_times: list[float] = field(default_factory=list)
    failures: Counter[int] = field(default_factory=Counter)

    @property
    def settled(self) -> int:
        return self.failed + self.ended


class Phones:
    """Makes calls and takes them. `first_port` is where the RTP ports of its legs begin, two a leg.

    `suites`: what it agrees to for SRTP; with none it speaks plain RTP.
    """

    def __init__(self, first_port: int, suites: tuple[Suite, ...] = ()) -> None:
        srtp = Srtp.REQUIRE if suites else Srtp.OFF
        self._able = AudioCapabilities((PCMU,), srtp=srtp, suites=suites)
        self.outcome = Outcome()
        self.flows: list[tuple[Negotiated, int]] = []
        self.dialogs: set[stack.DialogId] = set()
        self.sent: Counter[str] = Counter()
        self.heard: Counter[str] = Counter()
        self.changed = asyncio.Event()
        self._ports = count(first_port, 2)
        self._started: dict[stack.InviteId, float] = {}
        self._offers: dict[stack.InviteId, tuple[OfferAnswer, int]] = {}
        self._udp = UdpTransport()
        machine = Stack(StackSettings("bench"), token=lambda length: secrets.token_urlsafe(length)[:length])
        self._sip = SipRunner(machine, self._udp.send, self._receive)
        self._local = Address(ADDRESS, 0)

    async def listen(self, port: int) -> None:
        self._local = await self._udp.listen(ADDRESS, port)
        self._udp.connect(self._sip.receive, self._sip.transport_failed)

    def close(self) -> None:
        self._sip.close()
        self._udp.close()

    def call(self, target: Uri) -> None:
        sdp, port = self._description()
        hop = Hop("UDP", self._local, Address(target.host, target.port or 5060))
        from_ = NameAddr.parse(f"<sip:bench@{self._local}>")
        invite = self._sip.invite(target, hop, from_=from_, sdp=sdp.make_offer())
        self._offers[invite] = sdp, port
        self._started[invite] = time.monotonic()
        self.outcome.offered += 1

    def hang_up(self, dialog: stack.DialogId) -> None:
        self._sip.bye(dialog)

    async def until(self, settled: int) -> None:
        """Returns when so many calls have failed or ended, or after a long patience."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while self.outcome.settled < settled:
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            return

    def _description(self) -> tuple[OfferAnswer, int]:
        port = next(self._ports)
        return OfferAnswer(ADDRESS, port, self._able, session_id=secrets.randbits(31)), port

    def _receive(self, output: stack.Output) -> None:
        match output:
            case stack.Transmit():
                self.sent[output.call_id] += 1
            case stack.Heard():
                self.heard[output.call_id] += 1
            case stack.InviteReceived(invite, request, _):
                sdp, port = self._description()
                answer, negotiated = sdp.receive_offer(request.body)
                self._sip.respond(invite, 200, sdp=answer)
                self.flows.append((negotiated, port))
            case stack.Answered(invite, dialog, response):
                self._answered(invite, dialog, response.body)
            case stack.Failed(invite, status):
                self._offers.pop(invite, None)
                self.outcome.failed += 1
                self.outcome.failures[status] += 1
            case stack.DialogEnded(dialog) | stack.ByeAnswered(dialog):
                self.dialogs.discard(dialog)
                self.outcome.ended += 1
            case _:
                return
        self.changed.set()

    def _answered(self, invite: stack.InviteId, dialog: stack.DialogId, body: bytes) -> None:
        sdp, port = self._offers.pop(invite)
        self.flows.append((sdp.receive_answer(body), port))
        self.dialogs.add(dialog)
        self.outcome.answered += 1
        self.outcome.answer_times.append(time.monotonic() - self._started.pop(invite))

    def write_flows(self, file: Path) -> None:
        """One a line, as the load generator reads them."""
        lines = (f"{who.remote_address}:{who.remote_port} {port}{_keys(who)}\n" for who, port in self.flows)
        file.write_text("".join(lines), encoding="utf-8")

    def report(self) -> str:
        outcome = self.outcome
        times = sorted(outcome.answer_times) or [0.0]
        again = sum(max(0, number - OWN_MESSAGES) for number in self.sent.values())
        again += sum(max(0, number - PEERS_MESSAGES) for number in self.heard.values())
        return json.dumps(
            {
                "offered": outcome.offered,
                "answered": outcome.answered,
                "failed": outcome.offered - outcome.answered,
                "unfinished": outcome.offered - outcome.settled,
                "failures": dict(outcome.failures),
                "retransmissions": again,
                "answer_p50_ms": times[len(times) // 2] * 1e3,
                "answer_p95_ms": times[len(times) * 95 // 100] * 1e3,
                "cpu_seconds": time.process_time(),
            }
        )


def _keys(agreed: Negotiated) -> str:
    keys = agreed.srtp
    return "" if keys is None else f" {keys.suite} {keys.local.hex()} {keys.remote.hex()}"


async def rate(words: argparse.Namespace) -> None:
    phones = Phones(first_port=words.first_port)
    await phones.listen(0)
    await _offer(phones, Uri.parse(words.target), words.rate * words.seconds, words.rate)
    await phones.until(settled=phones.outcome.offered)
    print(phones.report(), flush=True)
    phones.close()


async def hold(words: argparse.Namespace) -> None:
    suites = tuple(suite for suite in SUITES if suite.name == words.srtp)
    phones = Phones(words.first_port, suites)
    await phones.listen(words.listen)
    await _offer(phones, Uri.parse(words.target), words.calls, words.rate)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while phones.outcome.answered + phones.outcome.failed < words.calls:
                phones.changed.clear()
                await phones.changed.wait()
    except TimeoutError:
        pass  # the report says how many were not answered
    phones.write_flows(Path(words.flows))
    print(phones.report(), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    expected = phones.outcome.settled + len(phones.dialogs)
    for number, dialog in enumerate(tuple(phones.dialogs)):
        phones.hang_up(dialog)
        if number % 10 == 9:
            await asyncio.sleep(10 / words.rate)
    await phones.until(settled=expected)
    phones.close()


async def _offer(phones: Phones, target: Uri, calls: int, rate: float) -> None:
    """On a grid: late starts are made up for, so that the rate is the rate."""
    loop = asyncio.get_running_loop()
    origin = loop.time()
    for number in range(calls):
        await asyncio.sleep(max(0.0, origin + number / rate - loop.time()))
        phones.call(target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for name, run in (("rate", rate), ("hold", hold)):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        command.add_argument("--target", required=True)
        command.add_argument("--first-port", type=int, default=9000)
        command.add_argument("--rate", type=int, default=100, help="calls a second")
    of_rate, of_hold = commands.choices["rate"], commands.choices["hold"]
    of_rate.add_argument("--seconds", type=int, default=10)
    of_hold.add_argument("--calls", type=int, default=200)
    of_hold.add_argument("--listen", type=int, default=0)
    of_hold.add_argument("--flows", required=True)
    of_hold.add_argument("--srtp", choices=[suite.name for suite in SUITES], help="the suite; else plain RTP")
    words = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(words.run(words))


if __name__ == "__main__":
    main()
