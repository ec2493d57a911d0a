"""Media to and from a browser: ICE-lite, DTLS-SRTP, one port, one bundled m-line (RFC 8829, 8839, 8842, 9143)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from voicecore.sdp.agent import LocalAgent, RemoteAgent, Setup
from voicecore.sdp.certificate import bundle_of, told
from voicecore.sdp.dtls import PROTOCOLS
from voicecore.sdp.line import Line, MalformedDescription
from voicecore.sdp.media_transport import OurEnd, TheirEnd
from voicecore.sdp.negotiation import Unacceptable
from voicecore.sdp.remote_agent import SETUP_WRONG, read_agent
from voicecore.sdp.session import SessionDescription

PROTOCOL = "UDP/TLS/RTP/SAVPF"

NO_AUDIO = "No audio over UDP/TLS/RTP/SAVPF in the description"
OTHER_CERTIFICATE = "a=fingerprint changed: begin a new call instead"
OTHER_ROLE = "a=setup changed who begins DTLS: begin a new call instead"

_MID = "0"
_MARK = PROTOCOLS[0].encode()
_STREAM = Line("a", "msid:voicecore audio")


class BrowserTransport:
    """Our end of a leg. `restart` gives new credentials when the browser's are new."""

    def __init__(self, agent: LocalAgent, restart: Callable[[], LocalAgent]) -> None:
        self._ours = agent
        self._restart = restart
        self._theirs: RemoteAgent | None = None
        self._mid: str | None = _MID
        self._is_bundled = True
        self._protocol = PROTOCOL

    def offer(self) -> OurEnd:
        return self._end(Setup.ACTPASS)

    def find_offered(self, session: SessionDescription) -> TheirEnd:
        index, agent, _ = self._find(session)
        return _their_end(session, index, agent)

    def find_answered(self, session: SessionDescription) -> TheirEnd:
        index, agent, setup = self._find(session)
        if setup is Setup.ACTPASS:
            raise Unacceptable(399, SETUP_WRONG)
        return _their_end(session, index, agent)

    def answer(self, theirs: TheirEnd) -> OurEnd:
        agent, before = theirs.agent, self._theirs
        assert agent is not None, "found by this transport"
        if before is not None and agent.is_restart_of(before):
            self._ours = self._restart()
        self._theirs, self._protocol = agent, theirs.protocol
        self._mid, self._is_bundled = theirs.mid, theirs.is_bundled
        return self._end(Setup.ACTIVE if agent.dtls_client else Setup.PASSIVE)

    def settle(self, theirs: TheirEnd) -> None:
        self._theirs = theirs.agent

    def session_lines(self) -> tuple[Line, ...]:
        lite = Line("a", "ice-lite")
        return (lite, Line("a", f"group:BUNDLE {self._mid}")) if self._is_bundled else (lite,)

    def _end(self, setup: Setup) -> OurEnd:
        mid = () if self._mid is None else (Line("a", f"mid:{self._mid}"),)
        lines = (*mid, Line("a", "rtcp-mux"))
        # RFC 8839, 4.2.2: c= and m= name the default candidate, which is the first.
        passing = (*self._ours.lines(setup), _STREAM)
        return OurEnd(self._ours.addresses[0], self._ours.port, self._protocol, lines, passing=passing)

    def _find(self, session: SessionDescription) -> tuple[int, RemoteAgent, Setup]:
        index = find_browser_audio(session)
        if index is None:
            raise Unacceptable(304, NO_AUDIO)
        agent, setup = read_agent(session, session.media[index])
        before = self._theirs
        if before is None:
            return index, agent, setup
        if agent.fingerprint != before.fingerprint:
            raise Unacceptable(399, OTHER_CERTIFICATE)
        if setup is Setup.ACTPASS:
            agent = replace(agent, dtls_client=before.dtls_client)
        if agent.dtls_client is not before.dtls_client:
            raise Unacceptable(399, OTHER_ROLE)
        return index, agent, setup


def find_browser_audio(session: SessionDescription) -> int | None:
    """The first live audio over DTLS-SRTP. An m-line without a port lives if its bundle has one (RFC 9143, 6)."""
    for index, media in enumerate(session.media):
        if media.media != "audio" or not media.formats or media.protocol.upper() not in PROTOCOLS:
            continue
        if media.port or (media.attribute("bundle-only") is not None and bundle_of(session, media)):
            return index
    return None


def offers_browser(body: bytes) -> bool:
    """Whether an offer has audio for us over ICE and DTLS-SRTP; a malformed one has nothing."""
    if _MARK not in body:
        return False
    try:
        session = SessionDescription.parse(body)
    except MalformedDescription:
        return False
    index = find_browser_audio(session)
    return index is not None and told(session, session.media[index], "ice-ufrag") is not None


def _their_end(session: SessionDescription, index: int, agent: RemoteAgent) -> TheirEnd:
    media = session.media[index]
    return TheirEnd(
        index,
        media.protocol,
        "0.0.0.0",
        media.port,
        media.port,
        agent=agent,
        mid=media.attribute("mid"),
        is_bundled=bool(bundle_of(session, media)),
    )
