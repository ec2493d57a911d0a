from __future__ import annotations

import asyncio
import itertools
import random

from voicecore.sip.hop import Address, Hop
from voicecore.transport.keep_alives import KeepAlives

HOP = Hop("UDP", Address("192.0.2.1", 5060), Address("192.0.2.2", 5060))
OTHER = HOP._replace(remote=Address("192.0.2.3", 5060))


async def test_pings_come_a_little_before_their_time_and_stop_when_asked() -> None:
    loop, pings = asyncio.get_running_loop(), list[tuple[float, Hop]]()

    def ping(hop: Hop) -> bool:
        pings.append((loop.time(), hop))
        return True

    keep_alives = KeepAlives(ping, random.Random(1))
    keep_alives.start(HOP, 60)
    keep_alives.start(HOP, 30)
    keep_alives.start(OTHER, 1000)
    await asyncio.sleep(301)
    keep_alives.stop(HOP)
    await asyncio.sleep(400)
    assert {hop for _, hop in pings} == {HOP}
    times = [0.0, *(at for at, _ in pings)]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert 10 <= len(pings) <= 12
    assert all(24 <= gap <= 30 for gap in gaps)
    keep_alives.close()


async def test_a_ping_that_cannot_be_sent_is_the_last() -> None:
    pings: list[Hop] = []

    def ping(hop: Hop) -> bool:
        pings.append(hop)
        return False

    keep_alives = KeepAlives(ping, random.Random(1))
    keep_alives.start(HOP, 30)
    await asyncio.sleep(300)
    assert pings == [HOP]
