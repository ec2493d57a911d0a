"""The caller may end a ringing call with BYE as well (RFC 3261, 15.1.2)."""

from __future__ import annotations

from voicecore.sip.hop import Address
from voicecore.sip.output import Cancelled, DialogEnded, InviteReceived
from voicecore.testing.sip_network import SipNetwork
from voicecore.testing.sip_text import request_text

FAR = Address("192.0.2.3", 5060)


def test_a_bye_of_an_early_dialog_ends_the_invite_with_487() -> None:
    network = SipNetwork()
    bob = network.station("192.0.2.2")
    network.inject(request_text("INVITE", FAR, bob.address), FAR, bob.address)
    network.run_for(0.1)
    invite = bob.only(InviteReceived).invite
    bob.respond(invite, 180)
    tag = bob.stack.dialog_of(invite).local_tag
    bye = request_text("BYE", FAR, bob.address, branch="z9hG4bKbye", to_tag=tag, cseq="2 BYE")
    network.inject(bye, FAR, bob.address)
    network.run_for(0.1)
    assert bob.only(Cancelled).invite == invite
    assert not bob.outputs(DialogEnded)
    assert [packet.status for packet in network.packets if packet.source == bob.address] == [
        100,
        180,
        200,
        487,
    ]
    network.run_to_silence()
    assert bob.is_empty


def test_the_called_side_may_not_end_an_early_dialog_with_bye() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    alice.invite(bob)
    network.run_for(0.1)
    invite = bob.only(InviteReceived).invite
    bob.respond(invite, 180)
    network.run_for(0.1)
    dialog = bob.stack.dialog_of(invite)
    bye = request_text(
        "BYE",
        bob.address,
        alice.address,
        call_id=dialog.call_id,
        from_tag=dialog.local_tag,
        to_tag=dialog.remote_tag,
    )
    network.inject(bye, bob.address, alice.address)
    network.run_for(0.1)
    assert len(network.sent(status=481)) == 1
    bob.respond(invite, 200)
    network.run_for(0.1)
    assert alice.stack.census().dialogs == bob.stack.census().dialogs == 1
