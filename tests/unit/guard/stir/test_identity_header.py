from __future__ import annotations

import pytest

from voicecore.errors import PeerError
from voicecore.guard.stir.identity_header import IdentityHeader, is_certificate_url

URL = "https://cert.example.org/passport.cer"


@pytest.mark.parametrize(
    "tail",
    [
        f";info=<{URL}>;alg=ES256;ppt=shaken",
        f';info=<{URL}>;alg=ES256;ppt="shaken"',
        f" ; alg=ES256 ; ppt = shaken ; info=<{URL}>",
        f";info=<{URL}>;x=y;ppt=shaken",
        f";INFO=<{URL}>;PPT=shaken",
    ],
)
def test_the_ways_that_signers_write_it_are_read(tail: str) -> None:
    header = IdentityHeader.parse("aa.bb.cc" + tail)
    assert header == IdentityHeader("aa.bb.cc", URL, "shaken")
    assert not header.is_compact
    assert IdentityHeader.parse(str(header)) == header


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 438),
        ("..", 438),
        (f".bb.cc;info=<{URL}>", 438),
        ("aa.bb.cc", 436),
        (f"aa.bb.cc;info={URL}", 438),
        ("aa.bb.cc;info=<http://cert.example.org/a.cer>", 436),
        (f"aa.bb.cc;info=<{URL}>;alg=RS256", 438),
        (f"aa.bb.cc;info=<{URL}>;info=<{URL}>", 438),
        (f"aa.bb.cc;info=<{URL}>;ppt", 438),
        (f'aa.bb.cc;info=<{URL}>;ppt="a b"', 438),
        (f"aa.bb.cc;info=<{URL}>,", 438),
        (f"aa.bb.{'c' * 10_000};info=<{URL}>", 438),
    ],
)
def test_what_is_wrong_is_told_with_its_status(text: str, status: int) -> None:
    with pytest.raises(PeerError) as caught:
        IdentityHeader.parse(text)
    assert caught.value.status == status


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "https://user@cert.example.org/a",
        "https://cert.example.org:0/a",
        "https://cert.example.org:99999/a",
        "https://cert.example.org/a#b",
        "https://[::1/a",
        "https://cert.example.org/a\r\nHost: b",
        "https://cert.example.org/" + "a" * 2000,
        "file:///etc/passwd",
        "HTTP://cert.example.org/a",
    ],
)
def test_a_url_that_nobody_should_fetch_is_none(url: str) -> None:
    assert not is_certificate_url(url)
