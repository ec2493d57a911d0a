"""Above its bound of transactions a stack answers new calls with 503, and keeps nothing for them."""

from __future__ import annotations

from voicecore.sip.hop import Address
from voicecore.sip.output import Acknowledged, DialogEnded, InviteReceived
from voicecore.sip.settings import StackSettings
from voicecore.testing.sip_network import SipNetwork
from voicecore.testing.sip_text import request_text


def test_the_call_beyond_the_bound_gets_503_with_retry_after() -> None:
    network = SipNetwork()
    settings = StackSettings("test", max_transactions=10, retry_after=7)
    bob, far = network.station("192.0.2.2", settings=settings), Address("192.0.2.3", 5060)
    for number in range(50):
        text = request_text("INVITE", far, bob.address, branch=f"z9hG4bK{number}", call_id=f"call-{number}")
        network.inject(text, far, bob.address)
    network.run_for(0.1)
    refusals = network.sent(status=503)
    assert len(bob.outputs(InviteReceived)) == 10
    assert len(refusals) == 40
    assert b"\r\nRetry-After: 7\r\n" in refusals[0].data
    assert bob.stack.census().server_transactions == 10


def test_an_admitted_call_does_not_notice() -> None:
    network = SipNetwork()
    bob = network.station("192.0.2.2", settings=StackSettings("test", max_transactions=1))
    alice, carol = network.station("192.0.2.1"), network.station("192.0.2.3")
    bob.answer_calls()
    alice.invite(bob)
    network.run_for(0.1)
    carol.invite(bob)
    network.run_for(0.1)
    bob.bye(bob.only(Acknowledged).dialog)
    network.run_to_silence()
    assert len(network.sent(status=503)) == 1
    assert alice.only(DialogEnded)
    assert bob.is_empty
