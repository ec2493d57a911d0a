"""Asks whether a signer's certificates were revoked, with the lists fetched and kept until the next ones are due."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Protocol

from cryptography.x509 import Certificate

from voicecore.errors import PeerError, Unavailable
from voicecore.guard.stir.certificate import UNSUPPORTED_CREDENTIAL, Anchors
from voicecore.guard.stir.revocation import RevocationList, points_of, read_list
from voicecore.guard.stir.verification import Invalid

KEPT = 64
"""Lists that are kept; the one longest unused is forgotten."""
KEEP_S = 24 * 3600.0
"""At most, whenever the next list is due."""
KEEP_FAILURE_S = 60.0
MOST_FETCHES = 4
"""At once; a call that comes when so many run goes on as if its list could not be had."""
FILE = "file"


class Source(Protocol):
    """Fetches what an https URL holds."""

    async def fetch(self, url: str) -> bytes:
        """Raises Unavailable."""
        ...


class RevocationCheck:
    """`insists`: what cannot be checked is refused (hard-fail); else it counts as not revoked (soft-fail)."""

    def __init__(
        self,
        source: Source,
        anchors: Anchors,
        *,
        insists: bool,
        file: Callable[[], bytes] | None = None,
    ) -> None:
        """`file` reads a list of the site's own, in place of those that certificates name. It raises Unavailable."""
        self._source = source
        self._anchors = anchors
        self._insists = insists
        self._file = file
        self._kept: OrderedDict[str, tuple[float, RevocationList | None]] = OrderedDict()
        self._fetches = 0

    async def problem(self, path: Sequence[Certificate], wall: float) -> Invalid | None:
        """What speaks against a verified path; the anchor at its end, which nobody can revoke, is not asked about."""
        for certificate, issuer in pairwise(path):
            lists = await self._lists(certificate, issuer, wall)
            try:
                if any(one.holds(certificate) for one in lists):
                    return Invalid("certificate revoked", UNSUPPORTED_CREDENTIAL)
            except PeerError as error:
                return Invalid(error.reason, UNSUPPORTED_CREDENTIAL)
            if not lists and self._insists:
                return Invalid("certificate not to be checked for revocation", UNSUPPORTED_CREDENTIAL)
        return None

    async def _lists(
        self, certificate: Certificate, issuer: Certificate, wall: float
    ) -> tuple[RevocationList, ...]:
        if self._file is not None:
            found = await self._list(FILE, (issuer,), wall)
            return () if found is None else (found,)
        for url in points_of(certificate):
            if (found := await self._list(url, (issuer,), wall)) is not None:
                return (found,)
        return ()

    async def _list(self, name: str, signers: Sequence[Certificate], wall: float) -> RevocationList | None:
        kept = self._kept.get(name)
        if kept is not None and 0.0 <= kept[0] - wall <= KEEP_S:
            self._kept.move_to_end(name)
            return kept[1]
        if self._fetches >= MOST_FETCHES:
            return None
        self._fetches += 1
        try:
            data = await self._read(name)
            found = read_list(data, (*signers, *self._anchors.certificates), wall)
        except (Unavailable, PeerError):
            self._keep(name, wall + KEEP_FAILURE_S, None)
            return None
        finally:
            self._fetches -= 1
        self._keep(name, min(found.until, wall + KEEP_S), found)
        return found

    async def _read(self, name: str) -> bytes:
        if self._file is not None and name == FILE:
            return self._file()
        return await self._source.fetch(name)

    def _keep(self, name: str, until: float, found: RevocationList | None) -> None:
        self._kept[name] = (until, found)
        self._kept.move_to_end(name)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
