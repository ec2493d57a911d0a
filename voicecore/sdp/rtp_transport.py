"""Audio at a port pair of our own: plain, under keys of SDES, or under those of DTLS; RTCP beside it or with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from voicecore.sdp import negotiation
from voicecore.sdp.crypto import KeyExchange, KeyWay, Pair, Srtp, is_plain, is_secure
from voicecore.sdp.dtls import PROTOCOLS, Agreement, DtlsExchange
from voicecore.sdp.line import Line, of_family
from voicecore.sdp.media import MediaDescription
from voicecore.sdp.media_transport import OurEnd, TheirEnd
from voicecore.sdp.negotiation import AudioCapabilities, RtcpMux, Unacceptable
from voicecore.sdp.session import SessionDescription

_MUX = Line("a", "rtcp-mux")


class _Match(NamedTuple):
    """How the keys of one description are read: those of an offer, or of an answer."""

    sdes: Callable[[Sequence[str]], Pair | None]
    dtls: Callable[[SessionDescription, MediaDescription], Agreement | None]
    muxes: bool
    """RTCP may share the port, if the other side says so too."""
    addresses: tuple[str, ...]
    """Ours that the other side's must be of the family of one of."""


class RtpTransport:
    """One for each leg. Keys are opportunistic in RTP/AVP (RFC 8643), and needed in the other protocols."""

    def __init__(
        self,
        address: str,
        port: int,
        capabilities: AudioCapabilities,
        fingerprint: str | None = None,
        *,
        others: tuple[str, ...] = (),
        move: Callable[[str], int] | None = None,
    ) -> None:
        """`fingerprint` of our certificate; None: no DTLS.

        `others` are addresses where audio may come as well, and `move` takes it to one of them and returns the port. It
        is asked when an offer names an address of that one's family (RFC 6157, 4), and may raise Unavailable.
        """
        ways = capabilities.key_ways if capabilities.srtp is not Srtp.OFF else ()
        self.address = address
        self.port = port
        self._others = others if move else ()
        self._move = move
        self._wanted = capabilities.srtp
        self._mux = capabilities.rtcp_mux
        self._keys = KeyExchange(capabilities.srtp, capabilities.suites if KeyWay.SDES in ways else ())
        self._dtls = DtlsExchange(fingerprint if KeyWay.DTLS in ways else None)
        self._ways = tuple(
            [way for way in ways if (capabilities.suites if way is KeyWay.SDES else self._dtls.is_usable)]
        )
        self._protocol = PROTOCOLS[0]
        self._is_muxed = False
        self._offers_mux = False

    def offer(self) -> OurEnd:
        """One m-line: with all our keys where plain would do as well, with the best where it would not."""
        if self._dtls.is_settled or (self._needs_dtls() and not self._keys.is_settled):
            return self._offered(self._protocol, (), self._dtls.offer())
        protocol, ours = self._keys.offer()
        if self._wanted is Srtp.OFFER and not self._keys.is_settled and self._dtls.is_usable:
            return self._offered(protocol, tuple(map(str, ours)), self._dtls.offer())
        self._dtls.withhold()
        return self._offered(protocol, tuple(map(str, ours)), ())

    def find_offered(self, session: SessionDescription) -> TheirEnd:
        match = _Match(self._keys.answer, self._dtls.answer, self._mux is not RtcpMux.OFF, self._reachable())
        return self._find(session, match)

    def find_answered(self, session: SessionDescription) -> TheirEnd:
        # Our socket is of the family that we offered.
        ours = (self.address,)
        match = _Match(self._keys.match_answer, self._dtls.match_answer, self._offers_mux, ours)
        return self._find(session, match)

    def answer(self, theirs: TheirEnd) -> OurEnd:
        if not theirs.is_null:
            self._go_to_family_of(theirs.address)
        self.settle(theirs)
        cryptos = () if theirs.pair is None else (str(theirs.pair.ours),)
        passing = () if theirs.dtls is None else self._dtls.lines(theirs.dtls)
        return OurEnd(self.address, self.port, theirs.protocol, self._mux_lines(), cryptos, passing)

    def settle(self, theirs: TheirEnd) -> None:
        self._keys.settle(theirs.pair)
        self._dtls.settle(theirs.dtls)
        self._protocol = PROTOCOLS[0] if theirs.dtls is None else theirs.protocol
        self._is_muxed = theirs.rtcp_mux

    def session_lines(self) -> tuple[Line, ...]:
        return ()

    def _reachable(self) -> tuple[str, ...]:
        return (self.address, *self._others)

    def _go_to_family_of(self, theirs: str) -> None:
        ours = self._reachable()
        address = of_family(ours, theirs)
        if address is not None and address != self.address and self._move is not None:
            self.port = self._move(address)
            self.address = address
            self._others = tuple([one for one in ours if one != address])

    def _needs_dtls(self) -> bool:
        return self._wanted is Srtp.REQUIRE and self._ways[:1] == (KeyWay.DTLS,)

    def _offered(self, protocol: str, cryptos: tuple[str, ...], passing: tuple[Line, ...]) -> OurEnd:
        # A handshake for each port is a lot where one will do (RFC 5764, 4.1).
        with_dtls = bool(passing) and self._mux is not RtcpMux.OFF
        self._offers_mux = self._is_muxed or with_dtls or self._mux is RtcpMux.OFFER
        return OurEnd(self.address, self.port, protocol, self._mux_lines(), cryptos, passing)

    def _mux_lines(self) -> tuple[Line, ...]:
        return (_MUX,) if self._offers_mux or self._is_muxed else ()

    def _find(self, session: SessionDescription, match: _Match) -> TheirEnd:
        """The first that we can: SRTP before RTP."""
        for index in negotiation.find_audio(session):
            media = session.media[index]
            for way in self._ways:
                pair = match.sdes(media.cryptos) if way is KeyWay.SDES else None
                dtls = match.dtls(session, media) if way is KeyWay.DTLS else None
                if _carries(media.protocol, pair, dtls):
                    return self._end(session, index, match, pair, dtls)
            if is_plain(media.protocol) and self._wanted is not Srtp.REQUIRE:
                return self._end(session, index, match, None, None)
        raise Unacceptable(302)

    def _end(
        self,
        session: SessionDescription,
        index: int,
        match: _Match,
        pair: Pair | None,
        dtls: Agreement | None,
    ) -> TheirEnd:
        media = session.media[index]
        connection = negotiation.remote_connection(session, media, match.addresses)
        is_muxed = match.muxes and media.rtcp_mux and _tells_apart(media)
        return TheirEnd(
            index,
            media.protocol,
            connection.address,
            media.port,
            media.port if is_muxed else negotiation.rtcp_port(media),
            connection.is_null,
            pair,
            dtls,
            is_muxed,
        )


def _carries(protocol: str, pair: Pair | None, dtls: Agreement | None) -> bool:
    """Whether an m-line of this protocol can have these keys."""
    if pair is not None:
        return is_plain(protocol) or is_secure(protocol)
    return dtls is not None and (is_plain(protocol) or is_secure(protocol) or protocol.upper() in PROTOCOLS)


def _tells_apart(media: MediaDescription) -> bool:
    """RFC 5761, 4: on a shared port these payload types would look like RTCP."""
    return not any(text.isascii() and text.isdigit() and 64 <= int(text[:4]) <= 95 for text in media.formats)
