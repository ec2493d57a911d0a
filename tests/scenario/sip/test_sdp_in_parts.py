"""An offer that comes beside ISUP, as from a carrier's gateway (RFC 3204), is an offer like any other."""

from __future__ import annotations

from voicecore.sip.hop import Address
from voicecore.sip.output import InviteReceived
from voicecore.testing.sip_network import SDP, SipNetwork
from voicecore.testing.sip_text import request_text

FAR = Address("192.0.2.3", 5060)
ISUP = (
    b"Content-Type: application/isup;version=nxv3;base=etsi121\r\n"
    b"Content-Disposition: signal;handling=optional\r\n\r\n\x01\x11\x00\x0a\r\n"
)


def test_a_gateways_invite_with_isup_is_a_call_with_an_offer() -> None:
    network = SipNetwork()
    bob = network.station("192.0.2.2")
    body = b"--b\r\nContent-Type: application/sdp\r\n\r\n" + SDP + b"\r\n--b\r\n" + ISUP + b"--b--\r\n"
    kind = "Content-Type: multipart/mixed; boundary=b"
    network.inject(request_text("INVITE", FAR, bob.address, fields=[kind], body=body), FAR, bob.address)
    network.run_for(0.1)
    assert bob.only(InviteReceived).request.body == SDP


def test_a_part_that_must_be_understood_is_refused() -> None:
    network = SipNetwork()
    bob = network.station("192.0.2.2")
    isup = ISUP.replace(b"optional", b"required")
    body = b"--b\r\nContent-Type: application/sdp\r\n\r\n" + SDP + b"\r\n--b\r\n" + isup + b"--b--\r\n"
    kind = "Content-Type: multipart/mixed; boundary=b"
    network.inject(request_text("INVITE", FAR, bob.address, fields=[kind], body=body), FAR, bob.address)
    network.run_for(0.1)
    assert network.packets[-1].status == 415
