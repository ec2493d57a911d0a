"""What two descriptions agree on (RFC 3264, 5 and 6). Pure functions; who may speak when is the machine's."""

from __future__ import annotations

import ipaddress
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from voicecore.errors import PeerError
from voicecore.sdp.agent import RemoteAgent
from voicecore.sdp.codecs import G729, OPUS, Codec
from voicecore.sdp.crypto import SUITES, KeyWay, Srtp, SrtpKeys, Suite, is_plain
from voicecore.sdp.dtls import DtlsPeer
from voicecore.sdp.extended_reports import ExtendedReports, RtcpXr
from voicecore.sdp.line import REMEMBERED, SHAPES, Connection, Line, MalformedDescription, of_family
from voicecore.sdp.media import Direction, MediaDescription, RtpMap, attributes, direction_of, rtp_maps
from voicecore.sdp.opus import OpusParameters, OpusPolicy, OpusUse
from voicecore.sdp.session import SessionDescription

TELEPHONE_EVENT = "telephone-event"
COMFORT_NOISE = 13
"""The static payload type of CN (RFC 3551, 6): only for codecs with a clock of 8000 Hz."""

WARNINGS = {
    300: "Incompatible network protocol",
    301: "Incompatible network address formats",
    302: "Incompatible transport protocol",
    304: "Media type not available",
    305: "Incompatible media format",
    330: "Multicast not available",
    399: "Miscellaneous warning",
}
"""The warning codes of RFC 3261, 20.43 that we give."""


class Unacceptable(PeerError):
    """A well-formed description that we cannot work with: answer 488 with `warning_header`."""

    def __init__(self, code: int, why: str = "") -> None:
        """`why` in place of the code's own text."""
        super().__init__("Not Acceptable Here", 488)
        self.warning = (code, why or WARNINGS[code])

    def warning_header(self, host: str) -> str:
        """The value of a Warning header field; `host` says who warns (RFC 3261, 20.43)."""
        code, text = self.warning
        agent = f"[{host}]" if ":" in host else host
        return f'{code} {agent} "{text}"'


class RtcpMux(Enum):
    """Whether RTCP shares the port of RTP (RFC 5761)."""

    OFF = "off"
    ACCEPT = "accept"
    """Where the peer offers it, and beside DTLS."""
    OFFER = "offer"
    """In our own offers too. A peer that does not know it keeps two ports."""


class AudioCapabilities(NamedTuple):
    """What we can do: codecs, best first, the packet time we like, and whether digits are events."""

    codecs: tuple[Codec, ...]
    packet_time_ms: int = 20
    telephone_event: bool = True
    srtp: Srtp = Srtp.ACCEPT
    suites: tuple[Suite, ...] = SUITES
    """Of SDES, best first. With none there is no SDES."""
    key_ways: tuple[KeyWay, ...] = (KeyWay.SDES, KeyWay.DTLS)
    """Where keys may come from, best first. With none that can be used, what requires SRTP agrees on nothing."""
    rtcp_mux: RtcpMux = RtcpMux.ACCEPT
    opus: OpusPolicy = OpusPolicy()
    comfort_noise: bool = False
    """Whether the peer may send comfort noise in its pauses (RFC 3389)."""
    silence_suppression: bool = False
    """Whether we do where the peer knows it; then it may too."""

    rtcp_xr: RtcpXr = RtcpXr.ACCEPT

    @property
    def knows_comfort_noise(self) -> bool:
        return self.comfort_noise or self.silence_suppression

    def __hash__(self) -> int:
        """By what differs between callers: enums are slow to hash, and caches ask for this three times a call."""
        return hash((self.codecs, self.packet_time_ms, self.telephone_event))


class Negotiated(NamedTuple):
    """What to tell the media engine."""

    remote_address: str
    """Where our RTP goes: an IP literal; 0.0.0.0 or :: when the peer wants none."""
    remote_port: int
    remote_rtcp_port: int
    """RFC 3605, or the port above `remote_port`; 0 when there is none."""
    codec: Codec
    """What we send."""
    payload_type: int
    receive_codecs: tuple[tuple[int, Codec], ...]
    """What the peer may send."""
    telephone_event: int | None
    """The payload type of the events that we send (RFC 4733); None: none."""
    event_clocks: tuple[tuple[int, int], ...]
    """Every payload type of events that the peer may send, and its clock rate."""
    packet_time_ms: int
    """Of the packets that we send."""
    direction: Direction
    """From our point of view."""
    srtp: SrtpKeys | None = None
    """None: plain RTP, or the keys of DTLS."""
    opus: OpusUse | None = None
    """Where `codec` is Opus."""
    browser: RemoteAgent | None = None
    """None: no ICE. Else remote address and ports mean nothing."""
    dtls: DtlsPeer | None = None
    """Keys come from a handshake with this peer, at remote address and ports."""
    rtcp_mux: bool = False
    """RTCP shares the port; `remote_rtcp_port` is then `remote_port`."""
    sends_comfort_noise: bool = False
    """Silence is described instead of sent (RFC 3389; of G.729, annex B): the peer knows it, and what we send has
    its clock."""
    extended_reports: tuple[str, ...] = ()
    """What of RFC 3611 the peer asks of us, in the words of `a=rtcp-xr`: rcvr-rtt, voip-metrics, and of a summary loss,
    dup and jitt."""

    def at(self, port: int, rtcp_port: int) -> Negotiated:
        """The same with the peer's media at another port."""
        return Negotiated(self.remote_address, port, rtcp_port, *self[3:])


class Formats(NamedTuple):
    """Payload types that both sides know: codecs in the other side's order, and telephone-events with their clocks."""

    codecs: tuple[tuple[int, Codec], ...]
    events: tuple[tuple[int, int], ...]
    opus: tuple[tuple[int, OpusParameters], ...] = ()
    """What the other side asks of each payload type of Opus."""
    comfort_noise: bool = False
    annex_b: bool = False
    """Whether G.729 may describe silence instead of sending it (RFC 7261)."""

    def led_by(self, codec: Codec | None) -> Formats:
        """The same with that codec first, where it is one of them."""
        place = next((place for place, one in enumerate(self.codecs) if one[1] == codec), 0)
        if place == 0:
            return self
        codecs = (self.codecs[place], *self.codecs[:place], *self.codecs[place + 1 :])
        return self._replace(codecs=codecs)

    def first_alone(self) -> Formats:
        """The first codec, with the events and what else there is of its clock, so that nothing else can be sent."""
        number, codec = self.codecs[0]
        events = tuple([one for one in self.events if one[1] == codec.clock_rate])
        return Formats(
            ((number, codec),),
            events or self.events,
            tuple([one for one in self.opus if one[0] == number]),
            self.comfort_noise and codec.clock_rate == 8000,
            self.annex_b and codec == G729,
        )

    @property
    def sent_event(self) -> int | None:
        """The events beside the first codec: of its clock (RFC 4733, 2.1), or else the first."""
        clock_rate = self.codecs[0][1].clock_rate
        same = (number for number, clock in self.events if clock == clock_rate)
        return next(same, self.events[0][0] if self.events else None)


def find_audio(session: SessionDescription) -> list[int]:
    """The indices of live audio lines, SRTP before RTP: we take the first that we can. Unacceptable without one."""
    live = [
        index
        for index, media in enumerate(session.media)
        if media.media == "audio" and media.port and media.formats
    ]
    if not live:
        raise Unacceptable(304)
    return sorted(live, key=lambda index: is_plain(session.media[index].protocol))


def match_formats(media: MediaDescription, capabilities: AudioCapabilities) -> Formats:
    """What of the other side's m-line we know too (RFC 3264, 6.1). Unacceptable when it is no codec."""
    return _match_formats(media.formats, media.lines, capabilities)


@lru_cache(maxsize=SHAPES)
def _match_formats(
    formats: tuple[str, ...], lines: tuple[Line, ...], capabilities: AudioCapabilities
) -> Formats:
    maps = rtp_maps(lines)
    codecs: dict[int, Codec] = {}
    events: dict[int, int] = {}
    comfort_noise = False
    for text in formats:
        if not (text.isascii() and text.isdigit() and len(text) <= 3) or int(text) in codecs:
            continue
        payload_type = int(text)
        rtp_map = maps.get(payload_type)
        if payload_type == COMFORT_NOISE:
            comfort_noise = capabilities.knows_comfort_noise
        elif rtp_map and rtp_map.encoding.lower() == TELEPHONE_EVENT:
            if capabilities.telephone_event and rtp_map.clock_rate not in events.values():
                events[payload_type] = rtp_map.clock_rate
        elif codec := _known(payload_type, rtp_map, capabilities.codecs):
            codecs[payload_type] = codec
    if not codecs:
        raise Unacceptable(305)
    annex_b = capabilities.silence_suppression and G729 in codecs.values()
    opus = {number: OpusParameters() for number, codec in codecs.items() if codec == OPUS}
    for value in attributes(lines, "fmtp"):
        number, _, parameters = value.partition(" ")
        if not (number.isascii() and number.isdigit() and len(number) <= 3):
            continue
        if int(number) in opus:
            opus[int(number)] = OpusParameters.parse(parameters)
        elif codecs.get(int(number)) == G729 and "annexb=no" in parameters.replace(" ", "").lower().split(
            ";"
        ):
            annex_b = False
    events_of = _events_of(events, set(codecs.values()))
    comfort_noise = comfort_noise and any(codec.clock_rate == 8000 for codec in codecs.values())
    return Formats(tuple(codecs.items()), events_of, tuple(opus.items()), comfort_noise, annex_b)


def _events_of(events: dict[int, int], codecs: set[Codec]) -> tuple[tuple[int, int], ...]:
    """Events are of a codec's clock (RFC 4733, 2.1); phones with Opus alone that name 8000 are believed."""
    clocks = {codec.clock_rate for codec in codecs}
    fitting = tuple((number, clock) for number, clock in events.items() if clock in clocks)
    return fitting or tuple((number, clock) for number, clock in events.items() if clock == 8000)


def _known(payload_type: int, rtp_map: RtpMap | None, codecs: tuple[Codec, ...]) -> Codec | None:
    if rtp_map is None:
        # RFC 3551, 6: static payload types need no rtpmap.
        return next((codec for codec in codecs if codec.payload_type == payload_type), None)
    wanted = (rtp_map.encoding.lower(), rtp_map.clock_rate, rtp_map.channels)
    return next(
        (codec for codec in codecs if (codec.name.lower(), codec.clock_rate, codec.channels) == wanted), None
    )


def remote_connection(
    session: SessionDescription, media: MediaDescription, ours: tuple[str, ...]
) -> Connection:
    """Where the other side wants its media; Unacceptable when we cannot send there from any of our addresses."""
    connection = session.connection_of(media)
    if connection is None:
        raise MalformedDescription("No c= line for the audio")
    _check_reachable(connection, ours)
    return connection


@lru_cache(maxsize=REMEMBERED)
def _check_reachable(connection: Connection, ours: tuple[str, ...]) -> None:
    try:
        remote = ipaddress.ip_address(connection.address)
    except ValueError:
        raise Unacceptable(301, f"{WARNINGS[301]}: {connection.address} is no IP address") from None
    if remote.is_multicast:
        raise Unacceptable(330)
    if not connection.is_null and of_family(ours, connection.address) is None:
        raise Unacceptable(300, f"{WARNINGS[300]}: no audio over IPv{remote.version} here")


def rtcp_port(media: MediaDescription) -> int:
    """The other side's RTCP port: a=rtcp, else the port above (RFC 3605; RFC 3550, 11); 0 for none."""
    if (told := media.rtcp) is not None:
        return told[0]
    return media.port + 1 if media.port < 65535 else 0


def reports_asked(session: SessionDescription, media: MediaDescription) -> ExtendedReports | None:
    """What the other side says of extended reports, for this media or for all (RFC 3611, 5.1); None: nothing."""
    value = media.attribute("rtcp-xr")
    if value is None:
        value = session.attribute("rtcp-xr")
    return None if value is None else _reports(value)


@lru_cache(maxsize=SHAPES)
def _reports(value: str) -> ExtendedReports:
    return ExtendedReports.parse(value)


def packet_time(media: MediaDescription, preferred_ms: int, codec: Codec, least_ms: int = 0) -> int:
    """How much audio our packets hold: the other side's ptime or ours, to its maxptime, as far as the codec has it."""
    wanted = max(media.packet_time or preferred_ms, least_ms)
    limit = media.max_packet_time or codec.packet_times_ms[-1]
    fitting = [each for each in codec.packet_times_ms if each <= min(wanted, limit)]
    return fitting[-1] if fitting else codec.packet_times_ms[0]


@lru_cache(maxsize=SHAPES)
def our_direction(theirs: Direction, wish: Direction, *, is_null: bool) -> Direction:
    """What is left of our wish when the other side says `theirs`, or asks for hold by its address (RFC 3264, 8.4)."""
    allowed = theirs.reversed
    return direction_of(
        sends=wish.sends and allowed.sends and not is_null,
        receives=wish.receives and allowed.receives,
    )
