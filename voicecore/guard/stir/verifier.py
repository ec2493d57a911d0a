"""Verification with its certificates fetched and kept for a while. The only part of this room that waits."""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol

from voicecore.errors import Unavailable
from voicecore.guard.stir.certificate import Anchors, read_chain
from voicecore.guard.stir.revocation_check import RevocationCheck
from voicecore.guard.stir.verification import Claim, Invalid, Verdict, examine, verify
from voicecore.sip.message import Request

KEPT = 256
"""URLs whose answers are kept; the one longest unused is forgotten."""
KEEP_S = 3600.0
KEEP_FAILURE_S = 30.0
"""So that calls with a bad URL do not make us a source of requests to it."""
MOST_FETCHES = 16
"""At once; a call that comes when so many run is answered as if its certificate could not be had."""


class CertificateSource(Protocol):
    """Fetches what an https URL holds. Knows where it may not go, how long to wait, and how much to take."""

    async def fetch(self, url: str) -> bytes:
        """Raises Unavailable."""
        ...


class Verifier:
    """One a process, made where the mode is not off."""

    def __init__(
        self, source: CertificateSource, anchors: Anchors, revocation: RevocationCheck | None = None
    ) -> None:
        """Without `revocation` nobody is asked whether a certificate is still good."""
        self._revocation = revocation
        self._source = source
        self._anchors = anchors
        self._kept: OrderedDict[str, tuple[float, bytes | None]] = OrderedDict()
        self._fetches = 0

    async def verdict(self, request: Request, wall: float, *, asserted: bool = False) -> Verdict:
        """What the identity of an INVITE is worth; see `examine` for the arguments."""
        found = examine(request, wall, asserted=asserted)
        if not isinstance(found, Claim):
            return found
        certificate = await self._certificate(found.certificate_url, wall)
        verdict = verify(found, certificate, self._anchors, wall)
        if isinstance(verdict, Invalid) or certificate is None or self._revocation is None:
            return verdict
        path = self._anchors.check(read_chain(certificate), wall)
        return await self._revocation.problem(path, wall) or verdict

    async def _certificate(self, url: str, wall: float) -> bytes | None:
        kept = self._kept.get(url)
        if kept is not None and 0.0 <= kept[0] - wall <= KEEP_S:
            self._kept.move_to_end(url)
            return kept[1]
        if self._fetches >= MOST_FETCHES:
            return None
        self._fetches += 1
        try:
            certificate = await self._source.fetch(url)
        except Unavailable:
            self._keep(url, wall + KEEP_FAILURE_S, None)
            return None
        finally:
            self._fetches -= 1
        self._keep(url, wall + KEEP_S, certificate)
        return certificate

    def _keep(self, url: str, until: float, certificate: bytes | None) -> None:
        self._kept[url] = (until, certificate)
        self._kept.move_to_end(url)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
