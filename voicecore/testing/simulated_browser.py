"""What a browser says about its media: offers and answers as Chromium writes them, without any media."""

from __future__ import annotations

from itertools import count

from voicecore.sdp.agent import RemoteAgent
from voicecore.sdp.candidate import Candidate
from voicecore.sdp.certificate import bundle_of
from voicecore.sdp.remote_agent import read_agent
from voicecore.sdp.session import SessionDescription

_pages = count(1)


class BrowserMedia:
    """One RTCPeerConnection. Call it with the platform's offer for an answer, with b"" for an offer of its own."""

    def __init__(self) -> None:
        page = next(_pages)
        self.fingerprint = "sha-256 " + ":".join([f"{page % 256:02X}"] * 32)
        self.direction = "sendrecv"
        self.peer: RemoteAgent | None = None
        """The platform as its last offer or answer told of it. `dtls_client`: the browser begins the handshake."""
        self.candidates: tuple[Candidate, ...] = ()
        self._page = page
        self._restarts = 0
        self._version = 1

    @property
    def ufrag(self) -> str:
        return f"u{self._page:03}{self._restarts:02}"

    def restart(self) -> None:
        """The network changed: the next description has new credentials."""
        self._restarts += 1

    def __call__(self, offer: bytes = b"") -> bytes:
        if offer:
            self.hear(offer)
        setup = "active" if offer else "actpass"
        self._version += 1
        lines = [
            "v=0",
            f"o=- 4611731400430{self._page:06} {self._version} IN IP4 127.0.0.1",
            "s=-",
            "t=0 0",
            "a=group:BUNDLE 0",
            "a=extmap-allow-mixed",
            "a=msid-semantic: WMS stream",
            "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126",
            "c=IN IP4 0.0.0.0",
            "a=rtcp:9 IN IP4 0.0.0.0",
            "a=candidate:1467250027 1 udp 2122260223 0ee1c7f5-1f0e-4b5f.local 46243 typ host generation 0 network-id 1",
            f"a=ice-ufrag:{self.ufrag}",
            f"a=ice-pwd:browser/password+{self._page:03}+{self._restarts:02}",
            "a=ice-options:trickle",
            f"a=fingerprint:{self.fingerprint}",
            f"a=setup:{setup}",
            "a=mid:0",
            "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            f"a={self.direction}",
            "a=msid:stream track",
            "a=rtcp-mux",
            "a=rtpmap:111 opus/48000/2",
            "a=rtcp-fb:111 transport-cc",
            "a=fmtp:111 minptime=10;useinbandfec=1",
            "a=rtpmap:63 red/48000/2",
            "a=rtpmap:9 G722/8000",
            "a=rtpmap:0 PCMU/8000",
            "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:13 CN/8000",
            "a=rtpmap:110 telephone-event/48000",
            "a=rtpmap:126 telephone-event/8000",
            f"a=ssrc:{self._page} cname:page",
        ]
        return "\r\n".join([*lines, ""]).encode()

    def hear(self, description: bytes) -> None:
        """Takes the platform's description as a browser does. Raises where a browser would."""
        session = SessionDescription.parse(description)
        media = session.media[0]
        # We are no ICE-lite agent; the platform is, and must say so.
        assert session.attribute("ice-lite") is not None, "the platform hides that it is ICE-lite"
        plain = SessionDescription(
            session.origin,
            tuple(line for line in session.lines if line.value != "ice-lite"),
            session.media,
            session.passing,
        )
        self.peer, _ = read_agent(plain, media)
        self.candidates = tuple(map(Candidate.parse, media.attributes("candidate")))
        assert self.candidates, "nowhere to send checks to"
        assert bundle_of(session, media) == ("0",), "the bundle is gone"
