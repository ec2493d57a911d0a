"""Feeds bytes to Digest and the registrar for as long as you like: python -m tests.fuzz.sip_register [folder]

The folder keeps the corpus. It needs atheris, which the project does not install; the tests beside it do not.
"""

from __future__ import annotations

import importlib
import itertools
import sys

from tests.unit.registrar.texts import (
    ACCOUNTS,
    ALICE,
    DOMAIN,
    PHONE,
    RULES,
    hop_from,
    register_text,
    request_of,
)
from voicecore.errors import PeerError
from voicecore.registrar.gruu import ISSUED
from voicecore.registrar.registrar import Registrar
from voicecore.registrar.wish import MAX_CONTACT
from voicecore.sip.authenticator import Authenticated, Authenticator
from voicecore.sip.digest import Challenge, Credentials
from voicecore.sip.grammar import unquote
from voicecore.sip.headers import Headers
from voicecore.sip.message import Request, Response
from voicecore.sip.parser import MalformedMessage, parse_datagram
from voicecore.sip.uri import Uri

FIRST = request_of(register_text("<sip:alice@192.0.2.7>", call_id="first"))
ONES_OWN = ("Via", "From", "To", "Call-ID", "CSeq")


def request_with(lines: bytes) -> Request | None:
    """A REGISTER for Alice with these header lines; None where the parser refuses them."""
    head, end, _ = register_text(cseq=2).partition(b"Content-Length")
    try:
        message = parse_datagram(head + lines.replace(b"\r\n\r\n", b"") + b"\r\n" + end + b": 0\r\n\r\n")
    except MalformedMessage:
        return None
    return message if isinstance(message, Request) and message.method == "REGISTER" else None


def check_credentials(value: str) -> None:
    """Any value of Authorization is challenged or refused with what can be sent: nobody is let in by chance."""
    gate = Authenticator(DOMAIN, ACCOUNTS.hashes, key=bytes(32), random=bytes)
    request = Request("REGISTER", FIRST.uri, Headers([("Authorization", value)]))
    verdict = gate.check(request, 0.0, PHONE.host)
    assert not isinstance(verdict, Authenticated)
    assert verdict.status in (400, 401)
    for _, field in verdict.fields:
        assert Challenge.parse(field).realm == DOMAIN
    assert gate.remembered == 0
    check_survives(value)


def check_survives(value: str) -> None:
    """What was read as credentials or a challenge is read again as the same."""
    for kind in (Credentials, Challenge):
        try:
            found = kind.parse(value)
        except PeerError:
            continue
        assert kind.parse(str(found)) == found


def check_register(lines: bytes) -> None:
    """Any header lines give an answer that can be sent; refused, they changed nothing."""
    request = request_with(lines)
    if request is None:
        return
    serial = itertools.count()
    registrar = Registrar(RULES, ACCOUNTS, lambda _: str(next(serial)))
    registrar.register(FIRST, hop_from(PHONE), 0.0)
    before = registrar.bindings(1.0)
    answer = registrar.register(request, hop_from(PHONE), 1.0)
    reply = Headers([*(field for field in FIRST.headers if field[0] in ONES_OWN), *answer.headers])
    again = parse_datagram(Response(answer.status, answer.reason, reply).to_bytes())
    assert isinstance(again, Response)
    after = registrar.bindings(1.0)
    assert len(after) <= RULES.max_contacts
    if answer.status != 200:
        assert after == before
    else:
        assert len(again.contacts) == len(registrar.lookup(ALICE, 1.0)) == len(after)
        check_gruus(registrar, again)
    for binding in after:
        assert 0.0 <= binding.q <= 1.0
        assert 1.0 < binding.lease.expires <= 1.0 + RULES.max_expires_s
        assert len(str(binding.contact)) <= 2 * MAX_CONTACT
        assert binding.target.is_sip
        assert not binding.target.headers


def check_gruus(registrar: Registrar, answer: Response) -> None:
    """Every GRUU that was given out leads to an instance that is bound."""
    for contact in answer.contacts:
        for name in ISSUED:
            gruu = contact.parameter(name)
            if gruu is not None:
                instance = registrar.instance_of(Uri.parse(unquote(gruu)))
                assert instance is not None
                assert instance.bindings


def check(data: bytes) -> None:
    check_credentials(data.decode("latin-1"))
    check_credentials("Digest " + data.decode("latin-1"))
    check_register(data)
    check_register(b"Contact: " + data)
    check_register(b"Supported: gruu, outbound\r\nContact: <sip:a@b>;+sip.instance=" + data)


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
