"""What was worked out of an earlier offer, for one that differs in its o= line and its ports only."""

from __future__ import annotations

from typing import NamedTuple

from voicecore.sdp.extended_reports import ExtendedReports
from voicecore.sdp.media import MediaDescription
from voicecore.sdp.media_transport import TheirEnd
from voicecore.sdp.negotiation import Formats, Negotiated


class KnownOffer(NamedTuple):
    """What offers of one shape come to, with a stand-in for every port."""

    place: int
    """Of the m-line that we take."""
    theirs: TheirEnd
    rtcp_told: int | None
    agreed: Negotiated
    offered: Formats
    reports: ExtendedReports | None
    answered: tuple[MediaDescription, ...]
    before_port: str
    """Our answer below its o= line, to our port, and what follows that."""
    after_port: str

    def agreed_at(self, port: int) -> Negotiated:
        """`port` is theirs."""
        rtcp_port = port + 1 if self.rtcp_told is None else self.rtcp_told
        return self.agreed.at(port, port if self.theirs.rtcp_mux else rtcp_port)

    def answered_at(self, port: int) -> tuple[MediaDescription, ...]:
        """`port` is ours."""
        answered = list(self.answered)
        answered[self.place] = answered[self.place].at(port)
        return tuple(answered)
