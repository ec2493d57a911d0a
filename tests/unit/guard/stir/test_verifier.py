from __future__ import annotations

import asyncio

from tests.unit.guard.stir.authority import NOW, URL, authority, invite, signed_invite
from voicecore.errors import Unavailable
from voicecore.guard.stir.verification import Invalid, NoIdentity, Verified
from voicecore.guard.stir.verifier import KEEP_FAILURE_S, KEEP_S, KEPT, MOST_FETCHES, Verifier
from voicecore.sip.message import Request

AUTHORITY = authority()


class Shelf:
    """A source of one certificate; None: it cannot be had."""

    def __init__(self, certificate: bytes | None, takes_s: float = 0.0) -> None:
        self.certificate = certificate
        self.asked: list[str] = []
        self._takes_s = takes_s

    async def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        await asyncio.sleep(self._takes_s)
        if self.certificate is None:
            raise Unavailable("no such host")
        return self.certificate


def signed_at(wall: float) -> Request:
    return signed_invite(AUTHORITY, at=wall)


async def test_a_certificate_is_fetched_once_an_hour() -> None:
    shelf = Shelf(AUTHORITY.pem)
    verifier = Verifier(shelf, AUTHORITY.anchors)
    for passed in (0.0, 100.0, KEEP_S + 1.0, KEEP_S + 2.0):
        assert isinstance(await verifier.verdict(signed_at(NOW + passed), NOW + passed), Verified)
    assert shelf.asked == [URL, URL]


async def test_a_failure_is_remembered_for_a_while() -> None:
    shelf = Shelf(None)
    verifier = Verifier(shelf, AUTHORITY.anchors)
    for passed in (0.0, KEEP_FAILURE_S - 1.0, KEEP_FAILURE_S + 1.0):
        verdict = await verifier.verdict(signed_at(NOW + passed), NOW + passed)
        assert isinstance(verdict, Invalid)
        assert verdict.status == 436
    assert len(shelf.asked) == 2


async def test_nothing_is_fetched_for_a_claim_that_cannot_hold() -> None:
    shelf = Shelf(AUTHORITY.pem)
    verifier = Verifier(shelf, AUTHORITY.anchors)
    assert await verifier.verdict(invite(), NOW) == NoIdentity()
    assert isinstance(await verifier.verdict(signed_at(NOW), NOW + 3600.0), Invalid)
    assert shelf.asked == []


async def test_a_flood_of_urls_fetches_a_few_at_once_and_keeps_a_few() -> None:
    shelf = Shelf(AUTHORITY.pem, takes_s=1.0)
    verifier = Verifier(shelf, AUTHORITY.anchors)
    request = signed_at(NOW)

    async def one() -> bool:
        return isinstance(await verifier.verdict(request, NOW), Verified)

    outcomes = await asyncio.gather(*(one() for _ in range(MOST_FETCHES + 10)))
    assert outcomes.count(True) == len(shelf.asked) == MOST_FETCHES
    for number in range(KEPT + 50):
        verifier._keep(f"https://{number}.example.org/", NOW, None)
    assert len(verifier._kept) == KEPT
