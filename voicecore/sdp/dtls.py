"""DTLS-SRTP of a leg without ICE, as SDP tells it (RFC 5763, 5764, 8122, 8842). The handshake is the media engine's."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from voicecore.sdp.agent import Setup
from voicecore.sdp.certificate import fingerprint_of, has_passing, told
from voicecore.sdp.line import Line
from voicecore.sdp.media import MediaDescription
from voicecore.sdp.session import SessionDescription

PROTOCOLS = ("UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF")
"""RFC 5764, 8. The feedback of the second is the peer's wish; we send none."""

_SETUPS = {setup.value: setup for setup in Setup}
_tls_id = re.compile(r"[A-Za-z0-9+/_-]{20,255}").fullmatch


@dataclass(frozen=True, slots=True)
class DtlsPeer:
    """Who is to be at the other end. As long as all of this stays, so does the association (RFC 8842, 3.1)."""

    fingerprint: str
    """Of its certificate, as `a=fingerprint` writes it."""
    tls_id: str
    """Its name for the association; "": it gives none."""
    dtls_client: bool
    """We begin the handshake: the peer is passive."""


class Agreement(NamedTuple):
    """What two descriptions agree on: the peer, our role, and our name for the association."""

    peer: DtlsPeer
    setup: Setup
    tls_id: str


class DtlsExchange:
    """Our half, for one leg. Nothing is settled before `settle`: a refused description changes nothing.

    Offered `actpass` we are passive: a phone behind a NAT then opens the way by its own hello, at the price of
    half a round trip (RFC 5763, 5 leaves us the choice). A role that was agreed stays.
    """

    def __init__(
        self, fingerprint: str | None, new_id: Callable[[], str] = lambda: secrets.token_urlsafe(18)
    ) -> None:
        """`fingerprint` of our certificate; None: there is no DTLS. `new_id`: 20 characters or more, of `a=tls-id`."""
        self._fingerprint = fingerprint
        self._new_id = new_id
        self._name = ""
        self._settled: Agreement | None = None
        self._is_offered = False

    @property
    def is_usable(self) -> bool:
        return self._fingerprint is not None

    @property
    def is_settled(self) -> bool:
        return self._settled is not None

    @property
    def _id(self) -> str:
        """Ours for the association, made when it is first wanted: most legs have none."""
        self._name = self._name or self._new_id()
        return self._name

    def offer(self) -> tuple[Line, ...]:
        """What stands under the m-line of our offer: the role that holds, else the choice."""
        self._is_offered = True
        setup = Setup.ACTPASS if self._settled is None else self._settled.setup
        return self._lines(setup, self._id)

    def withhold(self) -> None:
        """Our offer has no DTLS: no answer may take it."""
        self._is_offered = False

    def lines(self, agreement: Agreement) -> tuple[Line, ...]:
        """What stands under the m-line of our answer. It names the association if the offer did (RFC 8842, 5.3)."""
        return self._lines(agreement.setup, agreement.tls_id if agreement.peer.tls_id else "")

    def answer(self, session: SessionDescription, media: MediaDescription) -> Agreement | None:
        """For an offer; None where the other side has no DTLS, or none that we can do."""
        read = self._read(session, media)
        if read is None:
            return None
        fingerprint, tls_id, theirs = read
        before = self._settled
        match theirs:
            case Setup.ACTIVE:
                setup = Setup.PASSIVE
            case Setup.PASSIVE:
                setup = Setup.ACTIVE
            case Setup.ACTPASS:
                setup = Setup.PASSIVE if before is None else before.setup
        peer = DtlsPeer(fingerprint, tls_id, setup is Setup.ACTIVE)
        is_other = before is not None and before.peer != peer
        return Agreement(peer, setup, self._new_id() if is_other else self._id)

    def match_answer(self, session: SessionDescription, media: MediaDescription) -> Agreement | None:
        """For an answer; None where it has none, or we offered none."""
        read = self._read(session, media) if self._is_offered else None
        if read is None or read[2] is Setup.ACTPASS:
            return None
        fingerprint, tls_id, theirs = read
        setup = Setup.PASSIVE if theirs is Setup.ACTIVE else Setup.ACTIVE
        return Agreement(DtlsPeer(fingerprint, tls_id, setup is Setup.ACTIVE), setup, self._id)

    def settle(self, agreement: Agreement | None) -> None:
        """What was agreed; None: there is no DTLS."""
        self._settled = agreement
        if agreement is not None:
            self._name = agreement.tls_id

    def _read(self, session: SessionDescription, media: MediaDescription) -> tuple[str, str, Setup] | None:
        if not self.is_usable or not has_passing(session):
            return None
        setup = _SETUPS.get((told(session, media, "setup") or "").lower())
        fingerprint = fingerprint_of(session, media)
        if setup is None or fingerprint is None:
            return None
        tls_id = media.attribute("tls-id") or ""
        return fingerprint, tls_id if _tls_id(tls_id) else "", setup

    def _lines(self, setup: Setup, tls_id: str) -> tuple[Line, ...]:
        lines = (Line("a", f"fingerprint:{self._fingerprint}"), Line("a", f"setup:{setup.value}"))
        return (*lines, Line("a", f"tls-id:{tls_id}")) if tls_id else lines
