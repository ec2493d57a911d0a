"""INVITEs of about 1.3 kB as a carrier sends them, no two alike: what one message taught helps with none other."""

from __future__ import annotations

import random

_SDP = (
    "v=0\r\n"
    "o=- {id} {id} IN IP4 {host}\r\n"
    "s=call\r\n"
    "c=IN IP4 {host}\r\n"
    "t=0 0\r\n"
    "m=audio {rtp} RTP/AVP 8 0 101\r\n"
    "a=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n"
    "a=fmtp:101 0-16\r\n"
    "a=ptime:20\r\n"
)

_HEAD = (
    "INVITE sip:+4930{callee}@198.51.100.5:5060;transport=udp;user=phone SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{a}.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.7:{port};branch=z9hG4bK{b}.1;received=192.0.2.9\r\n"
    "Via: SIP/2.0/UDP {host}:{port};rport={port};branch=z9hG4bKPj{c};received={host}\r\n"
    "Record-Route: <sip:192.0.2.1;lr;ftag={tag}>\r\n"
    "Record-Route: <sip:192.0.2.7:5060;lr;did={did}>\r\n"
    "Max-Forwards: 67\r\n"
    'From: "Caller {caller}" <sip:+4989{caller}@example.com;user=phone>;tag={tag}\r\n'
    "To: <sip:+4930{callee}@198.51.100.5;user=phone>\r\n"
    "Contact: <sip:{caller}@{host}:{port};ob>\r\n"
    "Call-ID: {call_id}@{host}\r\n"
    "CSeq: {cseq} INVITE\r\n"
    "Allow: PRACK, INVITE, ACK, BYE, CANCEL, UPDATE, INFO, NOTIFY, REFER, OPTIONS\r\n"
    "Supported: replaces, 100rel, timer\r\n"
    "Session-Expires: 1800;refresher=uac\r\n"
    "Min-SE: 90\r\n"
    "Allow-Events: refer, message-summary\r\n"
    "User-Agent: Bench carrier 1.0\r\n"
    "Accept: application/sdp\r\n"
    'P-Asserted-Identity: "Caller {caller}" <sip:+4989{caller}@example.com>\r\n'
    "Privacy: none\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: {length}\r\n\r\n"
)


def invite(dice: random.Random) -> bytes:
    """One INVITE; numbers, hosts, ports, tags, branches, Call-ID and CSeq come from `dice`."""
    host = f"192.0.2.{dice.randint(10, 250)}"
    sdp = _SDP.format(id=dice.randrange(10**9), host=host, rtp=2 * dice.randint(5000, 15000))
    head = _HEAD.format(
        host=host,
        port=dice.randint(1024, 65535),
        callee=f"{dice.randrange(10**8):08}",
        caller=f"{dice.randrange(10**8):08}",
        a=f"{dice.getrandbits(48):012x}",
        b=f"{dice.getrandbits(48):012x}",
        c=f"{dice.getrandbits(80):020x}",
        tag=f"{dice.getrandbits(48):012x}",
        did=f"{dice.getrandbits(24):06x}",
        call_id=f"{dice.getrandbits(64):016x}",
        cseq=dice.randint(1, 99999),
        length=len(sdp),
    )
    return (head + sdp).encode()


def invites(count: int, seed: int = 3261) -> list[bytes]:
    """That many different INVITEs, the same for the same seed."""
    dice = random.Random(seed)
    return [invite(dice) for _ in range(count)]
