"""Writes the seeds of the corpus: python -m tests.fuzz.seeds. Messages of our own making, none of anybody else's."""

from __future__ import annotations

import random
from pathlib import Path

from tests.bench.invites import invite
from voicecore.sip.hop import Address
from voicecore.testing.sip_text import request_text, response_text

CORPUS = Path(__file__).parent / "corpus" / "sip_message"
_PEER, _OURS, _SIX = Address("192.0.2.1", 5060), Address("192.0.2.2", 5060), Address("2001:db8::1", 5061)

_FIELDS: dict[str, list[str]] = {
    "REGISTER": [
        'Contact: "A" <sips:a@b;transport=tls>;q=0.5;expires=60, sip:b@c;+sip.instance="<urn:uuid:1>";reg-id=1',
        'Authorization: Digest username="a", realm="r", nonce="n", uri="sip:b", response="0123", algorithm=SHA-256',
        "Path: <sip:p1;lr>,<sip:p2;lr;ob>",
        "Expires: 3600",
    ],
    "REFER": [
        "Refer-To: <sip:c@d?Replaces=12%40a%3Bto-tag%3D1%3Bfrom-tag%3D5&Subject=x>",
        "Referred-By: <sip:e@f>;cid=9",
        "Refer-Sub: false",
    ],
    "SUBSCRIBE": [
        "Event: dialog;id=4",
        "Accept: application/dialog-info+xml",
        "Expires: 0",
        "Allow-Events: refer",
    ],
    "NOTIFY": ["o: refer;id=93809824", "Subscription-State: terminated;reason=noresource;retry-after=5"],
    "PRACK": ["RAck: 776656 1 INVITE", "Require: 100rel"],
    "UPDATE": ["x: 1800;refresher=uas", "Min-SE: 90", "k: timer, 100rel"],
    "BYE": ['Reason: Q.850;cause=16;text="Normal call clearing", SIP;cause=200', "Contact: *"],
    "MESSAGE": ["c: text/plain;charset=utf-8", "Date: Sat, 13 Nov 2010 23:29:00 GMT", "s: caf\u00e9"],
    "INFO": ["Info-Package: dtmf", "Content-Type: application/dtmf-relay", "Content-Encoding: identity"],
    "PUBLISH": ["SIP-If-Match: 1", "Retry-After: 120 (a (nested) comment);duration=60"],
    "INVITE": [
        "History-Info: <sip:a@b?Reason=SIP%3Bcause%3D302>;index=1, <sip:c@d>;index=1.1;rc=1",
        'Diversion: <sip:a@b>;reason="no answer";counter=2;privacy=full',
        'P-Asserted-Identity: "A B" <sip:+49@c>, tel:+49',
        "Privacy: id;critical",
        "Replaces: 12@a;to-tag=1;from-tag=2;early-only",
        "Target-Dialog: 12@a;local-tag=1;remote-tag=2",
        "Route: <sip:p;lr>\r\n ,<sip:q;lr>",
        "v: SIP / 2.0 / TCP [2001:db8::9]:5061 ; received=2001:db8::2 ;rport",
    ],
}


def seeds() -> dict[str, bytes]:
    """By file name."""
    dice = random.Random(3261)
    made = {f"invite-{number}": invite(dice) for number in range(3)}
    for method, fields in _FIELDS.items():
        made[method.lower()] = request_text(
            method, _PEER, _OURS, fields=fields, body=b"v=0\r\n", to_tag="near"
        )
        via = f'SIP/2.0/TLS {_SIX};branch=z9hG4bK1;maddr=[2001:db8::2];x="a\\"b"'
        made[f"{method.lower()}-6"] = request_text(method, _SIX, _SIX, via=via, fields=fields)
    for status in (100, 180, 200, 302, 401, 422, 503):
        fields = [
            "RSeq: 1",
            'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth,auth-int", algorithm=MD5',
        ]
        made[f"answer-{status}"] = response_text(made["invite-0"], status, to_tag="near", fields=fields)
    broken = made["invite-0"]
    made["no-end"] = broken[:600]
    made["two-lengths"] = broken.replace(b"\r\nMin-SE: ", b"\r\nl: ")
    made["folded"] = broken.replace(b": ", b":\r\n\t ", 12)
    made["latin-1"] = broken.replace(b'"Caller', b'"J\xfcrgen \\\x07')
    made["sdp"] = broken.partition(b"\r\n\r\n")[2]
    return made


def main() -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    for name, data in seeds().items():
        (CORPUS / name).write_bytes(data)


if __name__ == "__main__":
    main()
