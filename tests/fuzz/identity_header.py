"""Feeds texts to the Identity header's parsers: python -m tests.fuzz.identity_header [folder]

The folder keeps the corpus. It needs atheris, which the project does not install; the tests beside it do not.
"""

from __future__ import annotations

import importlib
import sys

from voicecore.errors import PeerError
from voicecore.guard.stir.identity_header import IdentityHeader, is_certificate_url
from voicecore.guard.stir.passport import parse_token
from voicecore.guard.stir.verification import Claim, Invalid, NoIdentity, examine
from voicecore.sip.headers import Headers
from voicecore.sip.message import Request
from voicecore.sip.uri import Uri

STATUSES = (403, 436, 437, 438)
_TO = "sip:+12155550131@example.net"
_REQUEST = (("From", "<sip:+12155550121@example.com>;tag=1"), ("To", f"<{_TO}>"))


def check(data: bytes) -> None:
    """Any text gives a header that survives writing and a claim about this call, or a fault with its status."""
    text = data.decode("utf-8", "replace")
    check_header(text)
    check_call(text)


def check_fault(fault: PeerError) -> None:
    assert fault.status in STATUSES
    assert fault.reason.isascii()


def check_header(text: str) -> None:
    try:
        header = IdentityHeader.parse(text)
    except PeerError as error:
        check_fault(error)
        return
    assert IdentityHeader.parse(str(header)) == header
    assert str(header).isascii()
    assert str(header).isprintable()
    assert is_certificate_url(header.info)
    try:
        signed = parse_token(header.token)
    except PeerError as error:
        check_fault(error)
        return
    again = signed.passport.signing_input().decode("ascii")
    assert parse_token(f"{again}.{header.signature}").passport == signed.passport


def check_call(text: str) -> None:
    request = Request("INVITE", Uri.parse(_TO), Headers.of(*_REQUEST, ("Identity", text)))
    match examine(request, 1_443_208_345.0):
        case Claim() as claim:
            assert is_certificate_url(claim.certificate_url)
            assert claim.signed.passport.origin.value == "12155550121"
        case NoIdentity():
            pass
        case Invalid(_, status):
            assert status in STATUSES


def main() -> int:
    try:
        atheris = importlib.import_module("atheris")
    except ImportError:
        print("atheris is not installed: pip install atheris", file=sys.stderr)
        return 2
    atheris.instrument_all()
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
