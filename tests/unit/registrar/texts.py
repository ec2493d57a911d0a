"""REGISTER requests as phones write them, and a registrar for two accounts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from voicecore.registrar.account import Account, Accounts
from voicecore.registrar.binding import Aor, Binding
from voicecore.registrar.registrar import Registrar, RegistrarAnswer
from voicecore.registrar.rules import RegistrarRules
from voicecore.sip.authenticator import PasswordHashes
from voicecore.sip.hop import Address, Hop, Transport
from voicecore.sip.message import Request
from voicecore.sip.parser import parse_datagram

DOMAIN = "example.org"
SERVER = Address("192.0.2.1", 5060)
PHONE = Address("192.0.2.7", 5060)
ALICE = Aor(f"sip:alice@{DOMAIN}")
HERE = "<sip:alice@192.0.2.7>"
RULES = RegistrarRules((DOMAIN, SERVER.host), min_expires_s=60, max_expires_s=1800, default_expires_s=600)
ACCOUNTS = Accounts(
    [
        Account("alice", PasswordHashes.of("alice", DOMAIN, "wonder"), ("1001",)),
        Account("bob", PasswordHashes.of("bob", DOMAIN, "builder")),
    ]
)


def register_text(
    *contacts: str,
    user: str = "alice",
    uri: str = f"sip:{DOMAIN}",
    to: str | None = None,
    call_id: str = "phone-1",
    cseq: int = 1,
    expires: int | str | None = None,
    source: Address = PHONE,
    fields: Sequence[str] = (),
    branch: str = "z9hG4bKreg",
    vias: int = 1,
) -> bytes:
    """A REGISTER. `contacts` are values of Contact, `fields` whole header lines."""
    who = to or f"<sip:{user}@{DOMAIN}>"
    lines = [
        f"REGISTER {uri} SIP/2.0",
        *(f"Via: SIP/2.0/UDP {source};branch={branch}{n};rport" for n in range(vias)),
        "Max-Forwards: 70",
        f"From: {who};tag=far",
        f"To: {who}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} REGISTER",
        *(f"Contact: {contact}" for contact in contacts),
        *([] if expires is None else [f"Expires: {expires}"]),
        *fields,
        "Content-Length: 0",
        "",
        "",
    ]
    return "\r\n".join(lines).encode()


def request_of(data: bytes) -> Request:
    message = parse_datagram(data)
    assert isinstance(message, Request)
    return message


def hop_from(remote: Address, transport: Transport = "UDP") -> Hop:
    return Hop(transport, SERVER, remote)


class Desk:
    """A registrar and the phones in front of it; each request of one Call-ID gets the next CSeq."""

    def __init__(self, rules: RegistrarRules = RULES) -> None:
        self.now = 100.0
        serial = itertools.count(1)
        self.registrar = Registrar(rules, ACCOUNTS, lambda _: f"binding-{next(serial)}")
        self._cseq = itertools.count(1)

    def register(
        self,
        *contacts: str,
        source: Address = PHONE,
        transport: Transport = "UDP",
        user: str = "alice",
        uri: str = f"sip:{DOMAIN}",
        to: str | None = None,
        call_id: str = "phone-1",
        cseq: int | None = None,
        expires: int | str | None = None,
        fields: Sequence[str] = (),
        vias: int = 1,
    ) -> RegistrarAnswer:
        number = next(self._cseq) if cseq is None else cseq
        text = register_text(
            *contacts,
            user=user,
            uri=uri,
            to=to,
            call_id=call_id,
            cseq=number,
            expires=expires,
            source=source,
            fields=fields,
            vias=vias,
        )
        return self.registrar.register(request_of(text), hop_from(source, transport), self.now)

    def alice(self) -> list[Binding]:
        return self.registrar.lookup(ALICE, self.now)


def contacts_in(answer: RegistrarAnswer) -> list[str]:
    return values_in(answer, "Contact")


def values_in(answer: RegistrarAnswer, name: str) -> list[str]:
    return [value for field, value in answer.headers if field == name]
