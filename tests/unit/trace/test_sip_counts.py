from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.sip.hop import Address, Hop
from voicecore.sip.output import Cancelled, Heard, InviteId, PeerFault, Transmit
from voicecore.testing.sip_network import SipNetwork
from voicecore.trace.sip_counts import CLASSES, METHODS, OTHER, REMEMBERED, Direction, SipCounts

HOP = Hop("UDP", Address("127.0.0.1", 5060), Address("192.0.2.7", 5060))


def counted(*messages: bytes) -> Direction:
    direction = Direction()
    for message in messages:
        direction.count(message)
    return direction


@pytest.mark.parametrize(
    ("message", "method"),
    [
        (b"INVITE sip:a SIP/2.0\r\n\r\n", "INVITE"),
        (b"PUBLISH sip:a SIP/2.0\r\n\r\n", "PUBLISH"),
        (b"invite sip:a SIP/2.0\r\n\r\n", OTHER),
        (b"X-1234 sip:a SIP/2.0\r\n\r\n", OTHER),
        (b"", OTHER),
    ],
)
def test_a_request_is_counted_by_its_method(message: bytes, method: str) -> None:
    assert dict(counted(message).requests()) == {method: 1}


@pytest.mark.parametrize(
    ("message", "key"),
    [
        (b"SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n", ("INVITE", "2xx")),
        (b"SIP/2.0 486 Busy\r\nTo: a\r\nCSeq:  1\t BYE\r\n\r\n", ("BYE", "4xx")),
        (b"sip/2.0 100 Trying\r\ncseq : 1 INVITE\r\n\r\n", ("INVITE", "1xx")),
        (b"SIP/2.0 603 Decline\r\nCSeq: 1 X-1234\r\n\r\n", (OTHER, "6xx")),
        (b"SIP/2.0 503 No\r\n\r\n", (OTHER, "5xx")),
    ],
)
def test_a_response_is_counted_by_its_method_and_class(message: bytes, key: tuple[str, str]) -> None:
    direction = counted(message)
    assert dict(direction.responses()) == {key: 1}
    assert not dict(direction.requests())


def test_each_way_is_counted_for_itself_and_faults_too() -> None:
    counts = SipCounts()
    counts.receive(Heard(b"BYE sip:a SIP/2.0\r\n\r\n", HOP, "id"))
    counts.receive(Transmit(b"ACK sip:a SIP/2.0\r\n\r\n", HOP, "id"))
    counts.receive(PeerFault("nonsense", HOP))
    counts.receive(Cancelled(InviteId(1)))
    assert dict(counts.received.requests()) == {"BYE": 1}
    assert dict(counts.sent.requests()) == {"ACK": 1}
    assert counts.faults == 1


def test_a_repeat_is_known_among_the_newest_messages_only() -> None:
    direction = counted(b"first")
    for number in range(REMEMBERED - 1):
        direction.count(b"%d" % number)
    direction.count(b"first")
    assert direction.repeats == 1
    for number in range(2 * REMEMBERED):
        direction.count(b"later %d" % number)
    direction.count(b"first")
    assert direction.repeats == 1


def test_what_a_lossy_call_sends_again_is_counted() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    network.lose(lambda packet: packet.status == 200 and packet.method == "INVITE", times=2)
    alice.invite(bob)
    network.run_for(5.0)
    direction = counted(*(packet.data for packet in network.sent(status=200)))
    assert dict(direction.responses()) == {("INVITE", "2xx"): 3}
    assert direction.repeats == 2


_bytes = st.lists(
    st.sampled_from([b"SIP/2.0 ", b"200", b"\r\n", b"CSeq: ", b"1 INVITE", b" ", b"\n", b"999"])
    | st.binary(max_size=4)
).map(b"".join)


@given(st.lists(_bytes))
def test_any_bytes_are_counted_once_under_a_known_label(messages: list[bytes]) -> None:
    direction = counted(*messages)
    requests, responses = dict(direction.requests()), dict(direction.responses())
    assert sum(requests.values()) + sum(responses.values()) == len(messages)
    assert set(requests) <= {*METHODS, OTHER}
    assert all(method in {*METHODS, OTHER} and status in CLASSES for method, status in responses)
