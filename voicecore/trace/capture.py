"""A call's SIP messages as a capture file for Wireshark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import voicecore
from voicecore.errors import UsageError
from voicecore.sip.hop import RELIABLE, Address
from voicecore.store.records import LadderMessage
from voicecore.trace import ip_packet
from voicecore.trace.pcapng import Packet, pcapng
from voicecore.trace.secrets import masked
from voicecore.trace.transport_seen import transport_of

_FIRST_OCTET = 1
_NUMBERS = 1 << 32


def capture(messages: Sequence[LadderMessage]) -> bytes:
    """A pcapng file, without secrets. TLS and WebSocket messages are in it as plain TCP: they were readable to us."""
    call = messages[0].call if messages else "without messages"
    return pcapng(_packets(messages), program=f"VoiceCore {voicecore.__version__}", comment=f"call {call}")


def _packets(messages: Sequence[LadderMessage]) -> Iterator[Packet]:
    streams: defaultdict[tuple[Address, Address], int] = defaultdict(lambda: _FIRST_OCTET)
    for message in messages:
        ends = address_of(message.local), address_of(message.remote)
        source, target = reversed(ends) if message.received else ends
        text, transport = masked(message.text), transport_of(message.text)
        comment = f"call {message.call}, {transport}"
        # A message that no datagram can hold came over a stream, whatever its Via says.
        if transport not in RELIABLE and len(text) <= ip_packet.LONGEST:
            packet = ip_packet.udp(source, target, text)
            yield Packet(message.at, packet, message.received, comment)
            continue
        for start in range(0, len(text), ip_packet.LONGEST):
            part = text[start : start + ip_packet.LONGEST]
            sent = streams[source, target]
            packet = ip_packet.tcp(source, target, sent, streams[target, source], part)
            streams[source, target] = (sent + len(part)) % _NUMBERS
            yield Packet(message.at, packet, message.received, comment)


def address_of(text: str) -> Address:
    """The opposite of `str(address)`. Raises UsageError for what that never makes."""
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit()):
        raise UsageError(f"{text!r} is no address with a port")
    return Address(host.removeprefix("[").removesuffix("]"), int(port))
