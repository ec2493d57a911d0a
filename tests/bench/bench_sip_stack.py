"""CPU of one complete UAS call through the stack, in memory: INVITE, 100, 200, ACK, BYE, 200.

    python -m tests.bench.bench_sip_stack [--profile]

Prints the median and the best of several batches, and beside them the parser's share and the cost of plain
additions in a loop, so that figures of different machines and loads can be compared.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import statistics
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import count

from voicecore.sip.hop import Address, Hop
from voicecore.sip.output import InviteReceived
from voicecore.sip.parser import parse_datagram
from voicecore.sip.settings import StackSettings
from voicecore.sip.stack import Stack
from voicecore.testing.sip_network import SDP
from voicecore.testing.sip_text import request_text

BATCHES = 15
CALLS = 500
PEER, OURS = Address("192.0.2.1", 5060), Address("192.0.2.2", 5060)
HOP = Hop("UDP", OURS, PEER)
TAG_MARK = "TO-TAG-HERE"
BODY = ("Content-Type: application/sdp",)


def requests(number: int) -> tuple[bytes, bytes, bytes]:
    """INVITE, ACK and BYE of one call, with a mark where our To tag goes: it is not known before the answer."""
    call, tag = f"call-{number}", f"tag{number}"
    branches = [f"z9hG4bK{number}{method}" for method in ("i", "a", "b")]
    return (
        request_text(
            "INVITE", PEER, OURS, call_id=call, from_tag=tag, branch=branches[0], fields=BODY, body=SDP
        ),
        request_text("ACK", PEER, OURS, call_id=call, from_tag=tag, branch=branches[1], to_tag=TAG_MARK),
        request_text(
            "BYE", PEER, OURS, call_id=call, from_tag=tag, branch=branches[2], to_tag=TAG_MARK, cseq="2 BYE"
        ),
    )


def run_batch(stack: Stack, calls: list[tuple[bytes, bytes, bytes]], start: float) -> None:
    now, mark = start, TAG_MARK.encode()
    for invite, ack, bye in calls:
        now += 0.001
        stack.receive(invite, HOP, now)
        tag = b""
        for output in stack.poll():
            if isinstance(output, InviteReceived):
                tag = stack.dialog_of(output.invite).local_tag.encode()
                stack.respond(output.invite, 200, now, sdp=SDP)
        stack.poll()
        stack.receive(ack.replace(mark, tag), HOP, now)
        stack.poll()
        stack.receive(bye.replace(mark, tag), HOP, now)
        stack.poll()
        due = stack.next_timer()
        if due is not None and due <= now:
            stack.handle_timer(now)


def microseconds(started: float, count: int) -> float:
    return (time.process_time() - started) / count * 1e6


@dataclass(frozen=True, slots=True)
class StackCosts:
    """Microseconds of CPU: medians of the batches, and the best one."""

    call_us: float
    parser_us: float
    best_us: float
    best_parser_us: float


def measure(profile: cProfile.Profile | None = None) -> StackCosts:
    tokens = count(1)
    stack = Stack(StackSettings("bench"), token=lambda length: f"{next(tokens):0{length}d}")
    batches = [
        [requests(number) for number in range(base, base + CALLS)]
        for base in range(0, BATCHES * CALLS, CALLS)
    ]
    whole: list[float] = []
    parsing: list[float] = []
    for place, batch in enumerate(batches):
        with profile or nullcontext():
            started = time.process_time()
            # A batch a minute: the transactions of the one before are forgotten first, in its time.
            stack.handle_timer(place * 60.0)
            run_batch(stack, batch, place * 60.0)
            whole.append(microseconds(started, CALLS))
        started = time.process_time()
        for call in batch:
            for datagram in call:
                parse_datagram(datagram)
        parsing.append(microseconds(started, CALLS))
    assert stack.census().dialogs == 0, "a call did not end"
    return StackCosts(statistics.median(whole), statistics.median(parsing), min(whole), min(parsing))


def main() -> None:
    profile = cProfile.Profile() if "--profile" in sys.argv else None
    costs = measure(profile)
    started = time.process_time()
    sum(number + 1 for number in range(1_000_000))
    loop = microseconds(started, 1000)
    print(f"{'one UAS call':<24}{costs.call_us:8.0f} us median{costs.best_us:8.0f} us best")
    print(f"{'  of it the parser':<24}{costs.parser_us:8.0f} us median{costs.best_parser_us:8.0f} us best")
    print(f"{'1,000 additions':<24}{loop:8.1f} us, load average {os.getloadavg()[0]:.1f}")
    if profile is not None:
        pstats.Stats(profile).sort_stats("tottime").print_stats(40)


if __name__ == "__main__":
    main()
