"""Legs and browsers over IPv4 and IPv6 at one engine: they hear each other, and a leg can go from one to the other."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from aioice import stun

from tests.component.media import g711
from tests.component.media.dtls import DtlsPhone
from tests.component.media.peer import PATIENCE, Bench, Peer
from voicecore.media import _native

HERE, THERE = "127.0.0.1", "::1"
ONE, TWO = b"\x21" * 160, b"\x34" * 160


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind((THERE, 0))
    except OSError:
        return False
    return True


pytestmark = pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")


@pytest.fixture
def both() -> Iterator[Bench]:
    with Bench(first_port=34400, last_port=34499, other_address=THERE) as bench:
        yield bench


def hear_each_other(bench: Bench) -> None:
    bench.engine.hear(1, [2])
    bench.engine.hear(2, [1])


def until_heard(speaker: Peer, to: int, said: bytes, listener: Peer) -> None:
    """Talks until it is heard."""
    for _ in range(round(PATIENCE * 50)):
        speaker.send(to, said)
        if listener.receive().payload == said:
            return
    raise AssertionError("was not heard")


def test_a_leg_of_each_family_hears_the_other(both: Bench) -> None:
    here, there = both.leg(1), both.leg(2, peer=Peer(ssrc=102, host=THERE))
    hear_each_other(both)
    until_heard(here, both.ports[1], ONE, there)
    until_heard(there, both.ports[2], TWO, here)
    assert both.close_leg(2).packets_received > 0


def test_reports_come_at_the_port_above_in_both_families(both: Bench) -> None:
    there = both.leg(1, peer=Peer(ssrc=101, host=THERE))
    there.talk(both.ports[1], g711.packets(g711.tone(400, 0.1)))
    both.close_leg(1)
    there.rtcp.settimeout(PATIENCE)
    data, source = there.rtcp.recvfrom(2048)
    assert (data[1], source[:2]) == (200, (THERE, both.ports[1] + 1))


@pytest.mark.parametrize(
    ("host", "option"),
    [
        ("127.0.0.1", (socket.IPPROTO_IP, socket.IP_RECVTOS)),
        (THERE, (socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS)),
    ],
)
def test_packets_are_marked_as_expedited(both: Bench, host: str, option: tuple[int, int]) -> None:
    peer = Peer(ssrc=101, host=host)
    peer.rtp.setsockopt(*option, 1)
    both.leg(1, peer=peer)
    both.engine.load_sound(1, bytes(16_000))
    both.engine.play(1, 1, [1])
    peer.rtp.settimeout(PATIENCE)
    _, control, _, _ = peer.rtp.recvmsg(2048, 64)
    assert [int.from_bytes(value, "little") >> 2 for _, _, value in control] == [46]


def test_a_leg_that_moves_to_the_other_family_goes_on_hearing_and_being_heard(both: Bench) -> None:
    phone, other = both.leg(1), both.leg(2)
    hear_each_other(both)
    until_heard(phone, both.ports[1], ONE, other)
    moved = Peer(ssrc=phone.ssrc, host=THERE)
    both.peers.append(moved)
    moved.sequence, moved.timestamp = phone.sequence, phone.timestamp
    port = both.engine.move_leg(1, THERE)
    both.configure(1, moved)
    until_heard(moved, port, TWO, other)
    until_heard(other, both.ports[2], ONE, moved)
    assert both.close_leg(1).packets_received > 0


def test_the_ports_that_a_leg_left_are_free_again() -> None:
    with Bench(first_port=34500, last_port=34503, other_address=THERE) as bench:
        bench.leg(1)
        before = bench.engine.load().ports_free
        bench.engine.move_leg(1, THERE)
        back = bench.engine.move_leg(1, HERE)
        assert back != bench.ports[1]
        bench.close_leg(1)
        # Both pairs at each address; what is given back is freed by another thread.
        legs = [bench.engine.open_leg(leg, address=at) for leg, at in ((2, HERE), (3, THERE), (4, THERE))]
        assert before == 1
        assert len(legs) == 3


def test_dtls_goes_on_at_the_other_family_with_the_same_keys(both: Bench) -> None:
    phone = DtlsPhone()
    both.peers.append(phone)
    both.ports[1] = both.engine.open_leg(1)
    dtls = (phone.fingerprint, "", False)
    both.configure(1, phone, dtls=dtls, rtcp_mux=True)
    both.engine.hear(1, [1])
    phone.shake(both.ports[1], is_client=True)
    both.event(_native.MEDIA_CONNECTED, 1)
    both.engine.move_leg(1, THERE)
    back = both.engine.move_leg(1, HERE)
    both.configure(1, phone, dtls=dtls, rtcp_mux=True)
    heard = phone.talk_to(back, ONE, 25)
    assert ONE in [packet.payload for packet in heard]


@pytest.mark.parametrize("host", [HERE, THERE])
def test_browsers_are_answered_at_one_port_of_each_family(both: Bench, host: str) -> None:
    port, ufrag, password, _ = both.engine.open_browser_leg(1)
    ask = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    ask.attributes["USERNAME"] = f"{ufrag}:theirs"
    ask.attributes["PRIORITY"] = 1
    ask.attributes["ICE-CONTROLLING"] = 1
    ask.attributes["USE-CANDIDATE"] = None
    ask.add_message_integrity(password.encode())
    with socket.socket(socket.AF_INET6 if host == THERE else socket.AF_INET, socket.SOCK_DGRAM) as browser:
        browser.settimeout(PATIENCE)
        browser.connect((host, port))
        browser.send(bytes(ask))
        answer = stun.parse_message(browser.recv(2048))
        assert answer.message_class is stun.Class.RESPONSE
        assert answer.attributes["XOR-MAPPED-ADDRESS"] == browser.getsockname()[:2]


def test_addresses_that_it_has_not_are_refused(both: Bench) -> None:
    with pytest.raises(OSError, match="address not available"):
        both.engine.open_leg(1, address="127.0.0.2")
    both.leg(2)
    with pytest.raises(OSError, match="address not available"):
        both.engine.move_leg(2, "127.0.0.2")
    with pytest.raises(KeyError):
        both.engine.move_leg(9, THERE)
    both.engine.open_browser_leg(3)
    with pytest.raises(ValueError, match="browser"):
        both.engine.move_leg(3, THERE)
    with pytest.raises(ValueError, match="one family"):
        _native.Engine(address=HERE, other_address="127.0.0.2", first_port=34400, last_port=34499)
