"""Captures, read back by a reader that we did not write, and by Wireshark's where it is installed."""

from __future__ import annotations

import io
import ipaddress
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import UsageError
from voicecore.ids import CallId
from voicecore.sip.hop import Address
from voicecore.store.records import LadderMessage
from voicecore.trace.capture import address_of, capture
from voicecore.trace.ip_packet import LONGEST, checksum
from voicecore.trace.secrets import masked

START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LINKTYPE_RAW = 101


def message(number: int, text: bytes, local: Address, remote: Address, *, received: bool) -> LadderMessage:
    at = START + timedelta(milliseconds=20 * number, microseconds=number)
    return LadderMessage(CallId("1a"), number, at, "id", received, str(local), str(remote), text)


def sip(transport: str, start: str, number: int) -> bytes:
    return (
        f"{start}\r\nVia: SIP/2.0/{transport} 192.0.2.7:5060;branch=z9hG4bK{number}\r\n"
        f"From: <sip:a@192.0.2.7>;tag=1\r\nTo: <sip:b@192.0.2.1>\r\nCall-ID: id{number}\r\n"
        f"CSeq: {number} OPTIONS\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def read(file: bytes) -> list[tuple[float, dpkt.Packet]]:
    """The time and the IP packet of every block, by dpkt, which recomputes a checksum that is zero."""
    reader = dpkt.pcapng.Reader(io.BytesIO(file))
    assert reader.datalink() == LINKTYPE_RAW
    return [(at, (dpkt.ip.IP if data[0] >> 4 == 4 else dpkt.ip6.IP6)(data)) for at, data in reader]


def recomputed(packet: dpkt.Packet) -> bytes:
    """The same packet with its checksums left to dpkt."""
    packet.data.sum = 0
    if isinstance(packet, dpkt.ip.IP):
        packet.sum = 0
    return bytes(packet)


_v4, _v6 = (
    st.builds(Address, st.ip_addresses(v=version).map(str), st.integers(0, 65_535)) for version in (4, 6)
)
_text = st.binary(max_size=300) | st.builds(
    sip, st.sampled_from(["UDP", "TCP", "TLS", "WS", "WSS"]), st.just("SIP/2.0 200 OK"), st.integers(0, 99)
)
_ladder = st.sampled_from([_v4, _v6]).flatmap(
    lambda ends: st.lists(
        st.builds(message, st.integers(0, 10**9), _text, ends, ends, received=st.booleans()), max_size=5
    )
)


@given(_ladder)
def test_what_is_written_is_read_back_whole(ladder: Sequence[LadderMessage]) -> None:
    kept = [one for one in ladder if one.text]
    found = read(capture(kept))
    assert len(found) == len(kept)
    for one, (at, packet) in zip(kept, found, strict=True):
        local, remote = address_of(one.local), address_of(one.remote)
        source, target = (remote, local) if one.received else (local, remote)
        assert round(at * 1e6) == pytest.approx((one.at - EPOCH) / timedelta(microseconds=1), abs=1)
        assert [ipaddress.ip_address(end) for end in (packet.src, packet.dst)] == [
            ipaddress.ip_address(source.host),
            ipaddress.ip_address(target.host),
        ]
        assert (packet.data.sport, packet.data.dport) == (source.port, target.port)
        assert bytes(packet.data.data) == masked(one.text)


@given(_ladder)
def test_every_checksum_is_right(ladder: Sequence[LadderMessage]) -> None:
    reader = dpkt.pcapng.Reader(io.BytesIO(capture([one for one in ladder if one.text])))
    for _, data in reader:
        kind = dpkt.ip.IP if data[0] >> 4 == 4 else dpkt.ip6.IP6
        assert recomputed(kind(data)) == data


def test_a_checksum_is_the_example_of_its_rfc() -> None:
    # RFC 1071, 3: the sum of these words is ddf2.
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2


A, B = Address("127.0.0.1", 5060), Address("192.0.2.7", 40_000)


def test_sequence_numbers_go_on_within_a_connection_and_start_anew_in_another() -> None:
    first, other = sip("TCP", "OPTIONS sip:a SIP/2.0", 1), sip("TCP", "OPTIONS sip:b SIP/2.0", 20)
    ladder = [
        message(1, first, A, B, received=True),
        message(2, other, A, B, received=False),
        message(3, first, A, B, received=True),
        message(4, first, A, Address("192.0.2.8", 5060), received=True),
    ]
    segments = [packet.data for _, packet in read(capture(ladder))]
    assert [(one.seq, one.ack) for one in segments] == [
        (1, 1),
        (1, 1 + len(first)),
        (1 + len(first), 1 + len(other)),
        (1, 1),
    ]


def test_a_message_that_no_packet_can_hold_is_sent_in_segments() -> None:
    text = sip("UDP", "SIP/2.0 200 OK", 1) + b"x" * LONGEST
    segments = [packet.data for _, packet in read(capture([message(1, text, A, B, received=True)]))]
    assert b"".join(bytes(one.data) for one in segments) == text
    assert [one.seq for one in segments] == [1, 1 + LONGEST]


def test_a_capture_holds_no_secret_and_says_which_call_it_is() -> None:
    text = sip("UDP", 'OPTIONS sip:a SIP/2.0\r\nAuthorization: Digest response="6629fae4"', 1)
    file = capture([message(1, text, A, B, received=True)])
    assert b"6629fae4" not in file
    assert b"call 1a, UDP" in file


def test_an_empty_ladder_is_an_empty_capture() -> None:
    assert read(capture([])) == []


@given(_v4 | _v6)
def test_an_address_is_read_from_its_text(address: Address) -> None:
    assert address_of(str(address)) == address


@pytest.mark.parametrize("text", ["", "host", ":5060", "host:", "host:x"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        address_of(text)


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_wireshark_reads_sip_over_every_transport_with_right_checksums(tmp_path: Path) -> None:
    ladder = []
    ports = {"UDP": 5060, "TCP": 5060, "TLS": 5061, "WS": 5080, "WSS": 443}
    for number, (transport, port) in enumerate(ports.items()):
        for ours, theirs in (("127.0.0.1", "192.0.2.7"), ("::1", "2001:db8::7")):
            ends = Address(ours, port), Address(theirs, 40_000)
            start = "OPTIONS sip:b@192.0.2.1 SIP/2.0"
            ladder.append(message(number, sip(transport, start, number), *ends, received=True))
            ladder.append(message(number, sip(transport, "SIP/2.0 200 OK", number), *ends, received=False))
    file = tmp_path / "call.pcapng"
    file.write_bytes(capture(ladder))
    options = [f"-o{layer}.check_checksum:TRUE" for layer in ("ip", "udp", "tcp")]
    fields = ["frame.comment", "sip.CSeq", "ip.checksum.status", "udp.checksum.status", "tcp.checksum.status"]
    said = subprocess.run(
        ["tshark", *options, "-r", file, "-Tfields", *(f"-e{field}" for field in fields)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    rows = [line.split("\t") for line in said]
    assert [row[:2] for row in rows] == [
        [f"call 1a, {transport}", f"{number} OPTIONS"]
        for number, transport in enumerate(ports)
        for _ in range(4)
    ]
    good = "1"
    assert {status for row in rows for status in row[2:]} <= {good, ""}
