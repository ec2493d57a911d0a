from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.trace.hep_packet import HepPacket, read
from voicecore.sip.hop import Address, Transport
from voicecore.trace.hep import LONGEST_PAYLOAD, Agent, Copy, packet

A, B = Address("192.0.2.7", 40_000), Address("192.0.2.1", 5061)

_end = st.builds(Address, st.ip_addresses(v=4).map(str), st.integers(0, 65_535))
_end_6 = st.builds(Address, st.ip_addresses(v=6).map(str), st.integers(0, 65_535))
_ends = st.tuples(_end_6, _end_6)


_copies = st.builds(
    Copy,
    at=st.integers(0, 2**32 * 1_000_000 - 1).map(lambda microseconds: microseconds / 1e6),
    transport=st.sampled_from(get_args(Transport)),
    source=_end,
    target=_end,
    payload=st.binary(max_size=100),
    correlation=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)


@given(
    _copies
    | _ends.flatmap(lambda ends: _copies.map(lambda copy: copy._replace(source=ends[0], target=ends[1]))),
    st.builds(Agent, st.integers(0, 2**32 - 1), st.text("abc", max_size=3)),
)
def test_what_is_written_is_read_back_whole(copy: Copy, agent: Agent) -> None:
    is_4 = ":" not in copy.source.host
    assert read(packet(copy, agent)) == HepPacket(
        family=2 if is_4 else 10,
        protocol=17 if copy.transport == "UDP" else 6,
        source=copy.source.host,
        target=copy.target.host,
        ports=(copy.source.port, copy.target.port),
        microseconds=round(copy.at * 1_000_000),
        kind=1,
        capture_id=agent.capture_id,
        payload=copy.payload,
        correlation=copy.correlation,
        auth_key=agent.auth_key or None,
    )


def test_a_message_too_long_for_a_datagram_is_cut() -> None:
    copy = Copy(0.0, "TCP", A, B, b"x" * 2 * LONGEST_PAYLOAD, "y" * 1000)
    data = packet(copy, Agent(1, "z" * 64))
    assert len(data) <= 65_507
    assert read(data).payload == b"x" * LONGEST_PAYLOAD
