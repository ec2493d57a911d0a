"""DTLS-SRTP of legs with ports of their own, judged by OpenSSL; and what a stranger gets out of it: nothing."""

from __future__ import annotations

import socket
import struct

import pytest
from OpenSSL import SSL

from tests.component.media.dtls import SUITES, DtlsPhone
from tests.component.media.peer import PATIENCE, Bench
from voicecore.media import _native

TONE = b"\x30" * 160


def leg_of(bench: Bench, phone: DtlsPhone, leg: int = 1) -> int:
    """A leg without a configuration; its RTP port."""
    bench.peers.append(phone)
    bench.ports[leg] = bench.engine.open_leg(leg)
    return bench.ports[leg]


def agree(bench: Bench, phone: DtlsPhone, leg: int = 1, **how: object) -> None:
    settings = {"rtcp_mux": True, "fingerprint": phone.fingerprint, "tls_id": "", "is_client": False, **how}
    dtls = (str(settings["fingerprint"]), str(settings["tls_id"]), bool(settings["is_client"]))
    bench.configure(leg, phone, dtls=dtls, rtcp_mux=bool(settings["rtcp_mux"]))


def connected(bench: Bench, leg: int = 1) -> int:
    """The port that the handshake was done with."""
    port = bench.event(_native.MEDIA_CONNECTED, leg)[4]
    assert isinstance(port, int)
    return port


@pytest.mark.parametrize("is_client", [True, False])
@pytest.mark.parametrize("suite", SUITES)
def test_both_sides_hear_each_other_in_both_roles(bench: Bench, suite: str, is_client: bool) -> None:
    phone = DtlsPhone(suite=suite)
    port = leg_of(bench, phone)
    agree(bench, phone, is_client=not is_client)
    bench.engine.hear(1, [1])  # an echo
    assert phone.shake(port, is_client=is_client).fingerprint() == bench.engine.fingerprint()
    assert connected(bench) == phone.port
    heard = phone.talk_to(port, TONE, 25)
    assert TONE in [packet.payload for packet in heard]
    statistics = bench.close_leg(1)
    assert (statistics.packets_unauthenticated, statistics.packets_replayed) == (0, 0)


def test_another_certificate_than_that_of_sdp_gets_no_audio(bench: Bench) -> None:
    phone, other = DtlsPhone(), DtlsPhone()
    port = leg_of(bench, phone)
    agree(bench, phone, fingerprint=other.fingerprint)
    phone.is_refused(port)
    assert bench.event(_native.MEDIA_DISCONNECTED, 1)[3] == _native.WRONG_FINGERPRINT
    for _ in range(5):
        say_in_the_clear(phone, port)
    statistics = bench.statistics_when(1, lambda one: one.packets_unauthenticated >= 5)
    assert (statistics.packets_sent, statistics.packets_received) == (0, 0)
    other.close()


def test_a_stranger_who_says_hello_first_ends_nothing(bench: Bench) -> None:
    phone, stranger = DtlsPhone(), DtlsPhone()
    port = leg_of(bench, phone)
    agree(bench, phone)
    stranger.is_refused(port)  # from an address that SDP did not name, under a certificate that it did not
    phone.shake(port)
    assert connected(bench) == phone.port
    assert phone.receive().payload
    assert not [one for one in bench.kept(1) if one[0] == _native.MEDIA_DISCONNECTED]
    stranger.close()


def test_a_phone_behind_a_nat_is_known_by_its_certificate(bench: Bench) -> None:
    phone, elsewhere = DtlsPhone(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    port = leg_of(bench, phone)
    agree(bench, phone)
    inside, phone.rtp = phone.rtp, elsewhere
    phone.shake(port)
    assert connected(bench) == elsewhere.getsockname()[1] != phone.port
    assert phone.receive().payload
    inside.close()


def test_what_comes_before_the_keys_is_dropped_and_counted(bench: Bench) -> None:
    phone = DtlsPhone()
    port = leg_of(bench, phone)
    agree(bench, phone)
    bench.statistics(1)  # The leg lives: what came before is nobody's.
    for _ in range(20):
        say_in_the_clear(phone, port)
    early = bench.statistics_when(1, lambda one: one.packets_unauthenticated >= 20)
    assert (early.packets_received, early.packets_sent) == (0, 0)
    phone.shake(port)
    phone.talk_to(port, TONE, 5)
    assert bench.statistics_when(1, lambda one: one.packets_received >= 4).packets_unauthenticated == 20


def say_in_the_clear(phone: DtlsPhone, port: int) -> None:
    phone.rtp.sendto(struct.pack("!BBHII", 0x80, 0, 1, 1, 1) + TONE, ("127.0.0.1", port))


def test_a_hello_before_the_answer_is_not_lost(bench: Bench) -> None:
    phone = DtlsPhone()
    port = leg_of(bench, phone)
    # The hello waits in the socket of a leg that knows nothing of its peer yet.
    connection = SSL.Connection(phone.context())
    connection.set_connect_state()
    with pytest.raises(SSL.WantReadError):
        connection.do_handshake()
    phone.rtp.sendto(connection.bio_read(1500), ("127.0.0.1", port))
    agree(bench, phone)
    phone.rtp.settimeout(PATIENCE)
    assert 20 <= phone.rtp.recv(2048)[0] <= 63


def test_a_description_that_changes_nothing_keeps_the_keys(bench: Bench) -> None:
    phone = DtlsPhone()
    port = leg_of(bench, phone)
    agree(bench, phone, tls_id="a" * 20)
    phone.shake(port)
    connected(bench)
    phone.talk_to(port, TONE, 5)
    agree(bench, phone, tls_id="a" * 20)
    phone.talk_to(port, TONE, 10)
    assert not [one for one in bench.kept(1) if one[0] == _native.MEDIA_CONNECTED]


@pytest.mark.parametrize("change", ["tls-id", "certificate"])
def test_another_association_begins_anew(bench: Bench, change: str) -> None:
    phone = DtlsPhone()
    port = leg_of(bench, phone)
    agree(bench, phone, tls_id="a" * 20)
    phone.shake(port)
    connected(bench)
    phone.talk_to(port, TONE, 5)
    other = phone
    if change == "certificate":
        other = DtlsPhone()
        bench.peers.append(other)
    agree(bench, other, tls_id="b" * 20)
    other.shake(port)
    assert connected(bench) == other.port
    assert other.talk_to(port, TONE, 5)


def test_without_rtcp_mux_each_port_has_an_association_of_its_own(bench: Bench) -> None:
    phone = DtlsPhone()
    port = leg_of(bench, phone)
    agree(bench, phone, rtcp_mux=False)
    phone.shake(port)
    control = phone.shake(port + 1, over=phone.rtcp)
    connected(bench)
    _, theirs = control.keys(phone.suite)
    phone.talk_to(port, TONE, 5)
    bench.engine.close_leg(1)
    phone.rtcp.settimeout(PATIENCE)
    report = phone.rtcp.recv(2048)
    while not 192 <= report[1] <= 223:
        report = phone.rtcp.recv(2048)
    assert theirs.unprotect_control(report)[1] in (200, 201)
    bench.event(_native.LEG_CLOSED, 1)


def test_rtcp_comes_and_goes_at_the_rtp_port_when_they_share_it(bench: Bench) -> None:
    """Without keys, as with them: the last report says goodbye."""
    phone = bench.open(1)
    bench.configure(1, phone, rtcp_mux=True)
    port = bench.ports[1]
    packets = phone.talk(port, [TONE] * 10)
    block = struct.pack("!IIIIII", packets[0].ssrc, 0x40000000 | 5, 0, 80, 0, 0)
    phone.rtp.sendto(struct.pack("!BBHI", 0x81, 201, 7, phone.ssrc) + block, ("127.0.0.1", port))
    statistics = bench.statistics_when(1, lambda one: one.remote_loss is not None)
    assert statistics.remote_loss == 0.25
    bench.engine.close_leg(1)
    phone.rtp.settimeout(PATIENCE)
    while not 192 <= (goodbye := phone.rtp.recv(2048))[1] <= 223:
        pass
    assert goodbye[1] in (200, 201)
    bench.event(_native.LEG_CLOSED, 1)


def test_a_leg_that_ends_says_goodbye_and_gives_its_ports_back(bench: Bench) -> None:
    phone = DtlsPhone()
    port = leg_of(bench, phone)
    before = bench.engine.load().ports_free
    agree(bench, phone)
    handshake = phone.shake(port)
    connected(bench)
    bench.close_leg(1)
    connection = handshake.connection
    phone.rtp.settimeout(PATIENCE)
    while not connection.get_shutdown() & SSL.RECEIVED_SHUTDOWN:
        datagram = phone.rtp.recv(2048)
        if 20 <= datagram[0] <= 63:
            connection.bio_write(datagram)
            with pytest.raises((SSL.ZeroReturnError, SSL.WantReadError)):
                connection.recv(100)
    while bench.engine.load().ports_free == before:
        pass
