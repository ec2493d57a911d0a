"""Max-Forwards of zero stops proxies; an endpoint takes the request as any other (RFC 4475, 3.3.11)."""

from __future__ import annotations

from voicecore.sip.call_options import CallOptions
from voicecore.sip.hop import Address
from voicecore.sip.output import InviteReceived
from voicecore.testing.sip_network import SipNetwork
from voicecore.testing.sip_text import request_text

FAR = Address("192.0.2.3", 5060)


def test_zero_is_no_reason_to_refuse() -> None:
    network = SipNetwork()
    bob = network.station("192.0.2.2")
    for method in ("OPTIONS", "INVITE"):
        text = request_text(method, FAR, bob.address, branch=f"z9hG4bK{method}")
        network.inject(text.replace(b"Max-Forwards: 70", b"Max-Forwards: 0"), FAR, bob.address)
    network.run_for(0.1)
    assert network.sent(method="OPTIONS", status=200)
    assert bob.only(InviteReceived)


def test_a_call_that_passes_on_another_may_count_down() -> None:
    network = SipNetwork()
    alice = network.station("192.0.2.1")
    alice.invite_at(FAR, options=CallOptions(max_forwards=12))
    assert b"\r\nMax-Forwards: 12\r\n" in network.packets[0].data
