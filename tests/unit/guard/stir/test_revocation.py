"""Revoked certificates: lists that count and lists that do not, when they are fetched, and what is done without one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.guard.stir.authority import (
    NOW,
    URL,
    Authority,
    authority,
    revocation_list,
    signed_invite,
)
from voicecore.errors import PeerError, Unavailable
from voicecore.guard.stir.certificate import read_chain, signing_key, tn_auth_list
from voicecore.guard.stir.revocation import points_of, read_list
from voicecore.guard.stir.revocation_check import KEEP_FAILURE_S, KEEP_S, RevocationCheck
from voicecore.guard.stir.verification import Invalid, Verdict, Verified, described
from voicecore.guard.stir.verifier import Verifier

FIRST, SECOND = "https://crl.example.org/1.crl", "https://crl.example.org/2.crl"
AUTHORITY = authority(points=("ldap://crl.example.org/x", FIRST, SECOND))
(LEAF,) = read_chain(AUTHORITY.pem)
GOOD, REVOKED = revocation_list(AUTHORITY), revocation_list(AUTHORITY, LEAF)


class Web:
    """What is at each URL."""

    def __init__(self, pages: Mapping[str, bytes]) -> None:
        self.pages = {URL: AUTHORITY.pem, **pages}
        self.asked: list[str] = []

    async def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if url not in self.pages:
            raise Unavailable("nothing is there")
        return self.pages[url]


async def judged(
    web: Web,
    *,
    insists: bool = False,
    file: Callable[[], bytes] | None = None,
    by: Authority = AUTHORITY,
) -> Verdict:
    check = RevocationCheck(web, by.anchors, insists=insists, file=file)
    return await Verifier(web, by.anchors, check).verdict(signed_invite(by), NOW)


def test_a_certificate_names_its_lists() -> None:
    assert points_of(LEAF) == (FIRST, SECOND)
    assert points_of(read_chain(authority().pem)[0]) == ()


@pytest.mark.parametrize("insists", [False, True])
async def test_a_revoked_certificate_is_refused_and_another_is_not(insists: bool) -> None:
    assert isinstance(await judged(Web({FIRST: GOOD}), insists=insists), Verified)
    verdict = await judged(Web({FIRST: REVOKED}), insists=insists)
    assert verdict == Invalid("certificate revoked", 437)
    assert described(verdict) == "TN-Validation-Failed: certificate revoked"


async def test_the_next_place_is_asked_where_the_first_has_none() -> None:
    web = Web({SECOND: REVOKED})
    assert isinstance(await judged(web), Invalid)
    assert web.asked == [URL, FIRST, SECOND]


_OTHER = ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize(
    "page",
    [
        b"nonsense",
        b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----",
        revocation_list(AUTHORITY, LEAF, key=_OTHER),  # signed by nobody whom we know
        revocation_list(AUTHORITY, LEAF, issuer="Somebody"),
        revocation_list(AUTHORITY, LEAF, began=NOW + 60.0),
        revocation_list(AUTHORITY, LEAF, began=NOW - 7200.0, lasts=timedelta(hours=1)),
    ],
)
async def test_a_list_that_does_not_count_is_as_none(page: bytes) -> None:
    assert isinstance(await judged(Web({FIRST: page})), Verified)
    refused = await judged(Web({FIRST: page}), insists=True)
    assert refused == Invalid("certificate not to be checked for revocation", 437)


async def test_a_certificate_that_names_no_list_is_refused_only_by_who_insists() -> None:
    plain = authority()
    for insists, kind in ((False, Verified), (True, Invalid)):
        web = Web({URL: plain.pem})
        assert isinstance(await judged(web, insists=insists, by=plain), kind)


async def test_a_list_of_the_sites_own_counts_in_place_of_others() -> None:
    web = Web({FIRST: GOOD})
    assert isinstance(await judged(web, file=lambda: REVOKED), Invalid)
    assert web.asked == [URL]

    def gone() -> bytes:
        raise Unavailable("no such file")

    assert isinstance(await judged(web, file=gone), Verified)


async def test_one_list_may_be_of_several_issuers() -> None:
    """RFC 5280, 5.3.3: as that of SHAKEN, which the policy administrator signs for all authorities."""
    policy = authority()
    (root,) = policy.anchors.certificates
    listed = revocation_list(policy, LEAF, names_issuers=True)
    found = read_list(listed, [root], NOW)
    assert found.holds(LEAF)
    assert not found.holds(read_chain(authority().pem)[0])


async def test_lists_are_kept_until_the_next_is_due_and_failures_for_a_while() -> None:
    web = Web({FIRST: revocation_list(AUTHORITY, lasts=timedelta(hours=3))})
    check = RevocationCheck(web, AUTHORITY.anchors, insists=False)
    path = AUTHORITY.anchors.check((LEAF,), NOW)
    for passed in (0.0, 60.0, 7000.0, 7300.0):
        assert await check.problem(path, NOW + passed) is None
    # The second list is asked for, too, once the first is out of date.
    assert web.asked == [FIRST, FIRST, SECOND]
    web.asked.clear()
    del web.pages[FIRST]
    check = RevocationCheck(web, AUTHORITY.anchors, insists=False)
    for passed in (0.0, KEEP_FAILURE_S - 1.0, KEEP_FAILURE_S + 1.0):
        assert await check.problem(path, NOW + passed) is None
    assert web.asked == [FIRST, SECOND, FIRST, SECOND]


async def test_no_list_is_kept_for_longer_than_a_day() -> None:
    web = Web({FIRST: GOOD})
    check = RevocationCheck(web, AUTHORITY.anchors, insists=False)
    path = AUTHORITY.anchors.check((LEAF,), NOW)
    assert await check.problem(path, NOW) is None
    web.pages[FIRST] = REVOKED
    assert await check.problem(path, NOW + KEEP_S - 1.0) is None
    assert isinstance(await check.problem(path, NOW + KEEP_S + 1.0), Invalid)


def test_the_place_of_a_list_is_no_other_certificates_place() -> None:
    assert isinstance(LEAF, x509.Certificate)
    assert not read_list(GOOD, AUTHORITY.anchors.certificates, NOW).holds(LEAF)


@given(st.binary(max_size=200) | st.sampled_from([GOOD, REVOKED]).map(lambda data: data[: len(data) // 2]))
def test_any_bytes_are_a_list_or_the_signers_fault(data: bytes) -> None:
    with pytest.raises(PeerError) as fault:
        read_list(data, AUTHORITY.anchors.certificates, NOW)
    assert fault.value.status == 437


@given(st.integers(0, len(REVOKED) - 1), st.integers(1, 255))
def test_a_list_that_was_changed_anywhere_does_not_count(place: int, by: int) -> None:
    data = bytearray(REVOKED)
    data[place] ^= by
    try:
        found = read_list(bytes(data), AUTHORITY.anchors.certificates, NOW)
    except PeerError:
        return
    assert found.holds(LEAF)  # what was changed says nothing


@given(st.integers(0, 400), st.integers(1, 255))
@example(15, 128)  # its serial number is negative then
def test_a_certificate_that_was_changed_anywhere_is_one_or_the_signers_fault(place: int, by: int) -> None:
    data = bytearray(LEAF.public_bytes(Encoding.DER))
    data[place % len(data)] ^= by
    with suppress(PeerError):
        (found,) = read_chain(bytes(data))
        points_of(found)
        tn_auth_list(found)
        AUTHORITY.anchors.check([found], NOW)
        signing_key(found)
