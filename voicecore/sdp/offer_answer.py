"""Offer and answer for one leg's audio (RFC 3264; RFC 3261, 13.2.1). It describes; it opens no port."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from functools import lru_cache

from voicecore.errors import PeerError, UsageError
from voicecore.octets import shape_of
from voicecore.sdp import negotiation
from voicecore.sdp.codecs import G729, Codec
from voicecore.sdp.extended_reports import OURS, ExtendedReports, RtcpXr, answer_to
from voicecore.sdp.known_offer import KnownOffer
from voicecore.sdp.line import SHAPES, Line
from voicecore.sdp.media import MAX_PORT, Direction, MediaDescription
from voicecore.sdp.media_transport import MediaTransport, OurEnd, TheirEnd
from voicecore.sdp.negotiation import (
    COMFORT_NOISE,
    TELEPHONE_EVENT,
    AudioCapabilities,
    Formats,
    Negotiated,
    Unacceptable,
)
from voicecore.sdp.payload_types import first_formats, kept_formats
from voicecore.sdp.rtp_transport import RtpTransport
from voicecore.sdp.session import Origin, SessionDescription, describe, parse_shape

__all__ = ["AudioCapabilities", "Direction", "Negotiated", "OfferAnswer", "Unacceptable"]

_USERNAME = "voicecore"
"""Of o= (RFC 8866, 5.2). "-" may stand there as well, but test suites look for letters: SIPp's `regexp` for one."""
_STAND_IN = 9
"""In place of a port of ours that is not known yet."""


class State(Enum):
    __hash__ = object.__hash__  # that of `Enum` is written in Python

    NEW = auto()
    OFFERED = auto()  # our first offer is out
    AGREED = auto()
    REOFFERED = auto()  # our later offer is out; what was agreed still holds


class Input(Enum):
    __hash__ = object.__hash__

    MAKE_OFFER = auto()
    RECEIVE_ANSWER = auto()
    RECEIVE_OFFER = auto()  # answered at once
    ROLL_BACK = auto()  # our offer was refused


TRANSITIONS: dict[tuple[State, Input], State] = {
    (State.NEW, Input.MAKE_OFFER): State.OFFERED,
    (State.NEW, Input.RECEIVE_OFFER): State.AGREED,
    (State.OFFERED, Input.RECEIVE_ANSWER): State.AGREED,
    (State.OFFERED, Input.ROLL_BACK): State.NEW,
    (State.AGREED, Input.MAKE_OFFER): State.REOFFERED,
    (State.AGREED, Input.RECEIVE_OFFER): State.AGREED,
    (State.AGREED, Input.RECEIVE_ANSWER): State.AGREED,  # RFC 3261, 13.2.1: later answers are ignored
    (State.REOFFERED, Input.RECEIVE_ANSWER): State.AGREED,
    (State.REOFFERED, Input.ROLL_BACK): State.AGREED,
}


class OfferAnswer:
    """The descriptions that one leg exchanges, at one address and port of ours.

    A call that its state does not allow is a UsageError, but the peer's offer across ours is a PeerError
    with status 491 (RFC 3264, 4). A refused description changes nothing.
    """

    def __init__(
        self,
        address: str,
        port: int,
        capabilities: AudioCapabilities,
        *,
        session_id: int,
        transport: MediaTransport | None = None,
    ) -> None:
        """`transport`: how audio is carried; None: RTP and SRTP at that address and port, without DTLS."""
        self._origin_address: str | None = None
        """Of o=, which says who we are and not where: it stays when the audio moves (RFC 3264, 8)."""
        self._capabilities = capabilities
        self._session_id = session_id
        self._version = 0
        self._state = State.NEW
        self._sent: tuple[MediaDescription, ...] | None = None
        self._sent_address = ""
        self._wish = Direction.SENDRECV
        self._audio_index = 0
        self._offered = first_formats(capabilities)
        self._wanted: tuple[tuple[int, Codec], ...] = ()
        """The codecs of the peer's last offer that we know, in its order."""
        self._reports = OURS if capabilities.rtcp_xr is RtcpXr.OFFER else None
        """What our descriptions say of extended reports."""
        self._agreed: Negotiated | None = None
        self._transport = transport or RtpTransport(address, port, capabilities)

    @property
    def state(self) -> State:
        return self._state

    @property
    def agreed(self) -> Negotiated | None:
        """What holds now; None before the first agreement."""
        return self._agreed

    def make_offer(self, direction: Direction = Direction.SENDRECV) -> bytes:
        """Our offer, or a new one; it keeps the m-lines and payload types of before (RFC 3264, 8)."""
        after = self._step(Input.MAKE_OFFER)
        self._wish = direction
        packet_time_ms = self._capabilities.packet_time_ms
        media = list(map(_refused, self._sent)) if self._agreed and self._sent else []
        ours = self._transport.offer()
        media[self._audio_index : self._audio_index + 1] = [
            self._audio(self._offered, direction, packet_time_ms, ours, self._reports)
        ]
        self._state = after
        return self._write(media, ours.address)

    def receive_answer(self, body: bytes) -> Negotiated:
        """The answer to our offer. One more after it changes nothing and returns what was agreed."""
        after = self._step(Input.RECEIVE_ANSWER)
        if self._state is State.AGREED and self._agreed:
            return self._agreed
        self._agreed, theirs = self._read_answer(body)
        self._transport.settle(theirs)
        self._state = after
        return self._agreed

    def preview_answer(self, body: bytes) -> Negotiated:
        """What the answer of one early dialog would agree; another fork may still give another.

        Nothing is settled by it (RFC 3261, 13.2.1). Raises as `receive_answer` does.
        """
        self._step(Input.RECEIVE_ANSWER)
        return self._read_answer(body)[0]

    def _read_answer(self, body: bytes) -> tuple[Negotiated, TheirEnd]:
        session = SessionDescription.parse(body)
        theirs = self._transport.find_answered(session)
        media = session.media[theirs.index]
        formats = negotiation.match_formats(media, self._capabilities)
        known = {codec for _, codec in formats.codecs}
        receive = tuple((number, codec) for number, codec in self._offered.codecs if codec in known)
        clocks = {clock for _, clock in formats.events}
        events = tuple((number, clock) for number, clock in self._offered.events if clock in clocks)
        return self._result(session, theirs, formats, receive, events, self._wish, self._reports), theirs

    def receive_offer(
        self, body: bytes, *, hold: bool = False, prefer: Codec | None = None
    ) -> tuple[bytes, Negotiated]:
        """Answer an offer. With `hold` we send but do not listen (RFC 3264, 8.4).

        With the codec that we `prefer`, where that is offered, and where it is not the peer's first with that alone:
        Chromium sends its own first as long as the answer has it, wherever it stands (RFC 3264, 7 says SHOULD).
        None: with the peer's first, or the one that holds as long as the peer's order does.
        """
        if self._state in (State.OFFERED, State.REOFFERED):
            raise PeerError("Request Pending", 491)
        after = self._step(Input.RECEIVE_OFFER)
        if not hold and prefer is None and (known := self._receive_known(body)) is not None:
            self._state = after
            return known
        return self._receive_anew(SessionDescription.parse(body), after, hold=hold, prefer=prefer)

    def _receive_anew(
        self, session: SessionDescription, after: State, *, hold: bool = False, prefer: Codec | None = None
    ) -> tuple[bytes, Negotiated]:
        theirs = self._transport.find_offered(session)
        wanted = negotiation.match_formats(session.media[theirs.index], self._capabilities)
        chosen = wanted.led_by(prefer or self._kept_codec(wanted.codecs))
        formats = wanted if chosen is wanted else chosen.first_alone()
        wish = Direction.SENDONLY if hold else Direction.SENDRECV
        reports = None
        if self._capabilities.rtcp_xr is not RtcpXr.OFF:
            reports = answer_to(negotiation.reports_asked(session, session.media[theirs.index]))
        agreed = self._result(session, theirs, formats, formats.codecs, formats.events, wish, reports)
        answer = list(map(_refused, session.media))
        ours = self._transport.answer(theirs)
        answer[theirs.index] = self._audio(formats, agreed.direction, agreed.packet_time_ms, ours, reports)
        self._reports = reports or self._reports
        self._audio_index, self._offered = theirs.index, kept_formats(chosen, self._capabilities)
        self._agreed, self._state, self._wanted = agreed, after, wanted.codecs
        return self._write(answer, ours.address), agreed

    def _kept_codec(self, wanted: tuple[tuple[int, Codec], ...]) -> Codec | None:
        """What holds, where the peer does not say that it would rather have another one now.

        A phone that puts us on hold offers all its codecs again: that is no wish to change the codec.
        """
        if self._agreed is None:
            return None
        now, before = [codec for _, codec in wanted], [codec for _, codec in self._wanted]
        is_as_before = [one for one in now if one in before] == [one for one in before if one in now]
        return self._agreed.codec if is_as_before else None

    def _receive_known(self, body: bytes) -> tuple[bytes, Negotiated] | None:
        """A first offer that differs from one before in its o= line and its ports only: so does what comes of it.

        None: it is none. What a browser says is never so.
        """
        transport = self._transport
        if self._version or not isinstance(transport, RtpTransport) or (found := shape_of(body)) is None:
            return None
        _, text, ports = found
        known = _answered_before(text, transport.address, self._capabilities)
        if known is None or min(ports) == 0 or max(ports) == MAX_PORT:
            return None
        transport.settle(known.theirs)
        self._audio_index, self._offered, self._reports = known.place, known.offered, known.reports
        self._agreed = known.agreed_at(ports[known.place])
        self._wanted = self._agreed.receive_codecs
        self._sent, self._version = known.answered_at(transport.port), 1
        self._sent_address = self._origin_address = transport.address
        origin = Origin(_USERNAME, self._session_id, 1, transport.address)
        body = f"v=0\r\no={origin}\r\n{known.before_port}{transport.port}{known.after_port}".encode()
        return body, self._agreed

    def roll_back(self) -> None:
        """Our offer was refused: what was agreed before holds on (RFC 3261, 14.1)."""
        self._state = self._step(Input.ROLL_BACK)

    def _step(self, what: Input) -> State:
        after = TRANSITIONS.get((self._state, what))
        if after is None:
            raise UsageError(f"{what.name} in {self._state.name}")
        return after

    def _result(
        self,
        session: SessionDescription,
        theirs: TheirEnd,
        formats: Formats,
        receive: tuple[tuple[int, Codec], ...],
        events: tuple[tuple[int, int], ...],
        wish: Direction,
        reports: ExtendedReports | None,
    ) -> Negotiated:
        media = session.media[theirs.index]
        payload_type, codec = formats.codecs[0]
        opus = dict(formats.opus).get(payload_type)
        least_ms = 0 if opus is None else opus.min_packet_time_ms
        asked = None if reports is None else negotiation.reports_asked(session, media)
        packet_time_ms = negotiation.packet_time(media, self._capabilities.packet_time_ms, codec, least_ms)
        return Negotiated(
            remote_address=theirs.address,
            remote_port=theirs.port,
            remote_rtcp_port=theirs.rtcp_port,
            codec=codec,
            payload_type=payload_type,
            receive_codecs=receive,
            telephone_event=formats.sent_event,
            event_clocks=events,
            packet_time_ms=packet_time_ms,
            direction=negotiation.our_direction(session.direction_of(media), wish, is_null=theirs.is_null),
            srtp=theirs.srtp,
            opus=None if opus is None else self._capabilities.opus.towards(opus),
            browser=theirs.agent,
            dtls=None if theirs.dtls is None else theirs.dtls.peer,
            rtcp_mux=theirs.rtcp_mux,
            # In G.729 annex B stands for comfort noise.
            sends_comfort_noise=self._capabilities.silence_suppression
            and (formats.annex_b if codec == G729 else formats.comfort_noise and codec.clock_rate == 8000),
            extended_reports=() if asked is None else asked.agreed(reports),
        )

    def _audio(
        self,
        formats: Formats,
        direction: Direction,
        packet_time_ms: int,
        ours: OurEnd,
        reports: ExtendedReports | None,
    ) -> MediaDescription:
        asked = self._capabilities.opus.asked
        plain = formats._replace(opus=tuple((number, asked) for number, _ in formats.opus))
        return _audio(plain, direction, packet_time_ms, ours, reports)

    def _write(self, media: Sequence[MediaDescription], address: str) -> bytes:
        """RFC 3264, 8: the version rises by one when anything changed, and stays otherwise."""
        if self._sent != tuple(media) or self._sent_address != address:
            self._sent, self._sent_address = tuple(media), address
            self._version += 1
        self._origin_address = self._origin_address or address
        origin = Origin(_USERNAME, self._session_id, self._version, self._origin_address)
        return describe(origin, address, media, self._transport.session_lines()).to_bytes()


@lru_cache(maxsize=SHAPES)
def _answered_before(text: str, address: str, capabilities: AudioCapabilities) -> KnownOffer | None:
    """Answers an offer with this below its o= line, as any other. None: it is refused.

    There are no keys in a shape, so nothing in it is of one call only.
    """
    session = parse_shape(text)
    if session is None:
        return None
    one = OfferAnswer(address, _STAND_IN, capabilities, session_id=0)
    try:
        theirs = one._transport.find_offered(session)
        answer, agreed = one._receive_anew(session, State.AGREED)
    except PeerError:
        return None
    before, mark, after = answer.decode().split("\r\n", 2)[2].partition(f"m=audio {_STAND_IN} ")
    told = session.media[theirs.index].rtcp
    return KnownOffer(
        theirs.index,
        theirs,
        None if told is None else told[0],
        agreed,
        one._offered,
        one._reports,
        one._sent or (),
        before + mark[: -len(f"{_STAND_IN} ")],
        f" {after}",
    )


def _refused(media: MediaDescription) -> MediaDescription:
    """An m-line of the other side that we do not take (RFC 3264, 6). It keeps its name (RFC 5888, 9)."""
    mid = media.attribute("mid")
    lines = () if mid is None else (Line("a", f"mid:{mid}"),)
    return MediaDescription(media.media, 0, media.protocol, media.formats, lines)


def _audio(
    formats: Formats,
    direction: Direction,
    packet_time_ms: int,
    ours: OurEnd,
    reports: ExtendedReports | None,
) -> MediaDescription:
    numbers = [number for number, _ in (*formats.codecs, *formats.events)]
    if formats.comfort_noise:
        numbers.append(COMFORT_NOISE)
    return MediaDescription(
        "audio",
        ours.port,
        ours.protocol,
        tuple(map(str, numbers)),
        (*ours.lines, *_audio_lines(formats, direction, packet_time_ms, reports)),
        cryptos=ours.cryptos,
        passing=ours.passing,
    )


@lru_cache(maxsize=SHAPES)
def _audio_lines(
    formats: Formats, direction: Direction, packet_time_ms: int, reports: ExtendedReports | None
) -> tuple[Line, ...]:
    """What stands under our m= line."""
    lines = []
    asked = dict(formats.opus)
    for number, codec in formats.codecs:
        lines.append(Line("a", f"rtpmap:{number} {codec.rtpmap}"))
        if number in asked:
            lines.append(Line("a", f"fmtp:{number} {asked[number]}"))
        elif codec == G729:
            lines.append(Line("a", f"fmtp:{number} annexb={'yes' if formats.annex_b else 'no'}"))
    for number, clock_rate in formats.events:
        lines.append(Line("a", f"rtpmap:{number} {TELEPHONE_EVENT}/{clock_rate}"))
        lines.append(Line("a", f"fmtp:{number} 0-15"))
    if formats.comfort_noise:
        lines.append(Line("a", f"rtpmap:{COMFORT_NOISE} CN/8000"))
    lines.append(Line("a", f"ptime:{packet_time_ms}"))
    lines.append(Line("a", direction.value))
    if reports is not None:
        lines.append(Line("a", f"rtcp-xr:{reports}"))
    return tuple(lines)
