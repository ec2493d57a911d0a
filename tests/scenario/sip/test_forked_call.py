"""A proxy forks our INVITE: several early dialogs, and more than one 2xx (RFC 3261, 13.2.2.4)."""

from __future__ import annotations

from voicecore.sip.hop import Address
from voicecore.sip.output import Answered, Failed, Progressed
from voicecore.testing.sip_network import SipNetwork, Station
from voicecore.testing.sip_text import response_text

PROXY = Address("192.0.2.9", 5060)


def call_through_proxy(network: SipNetwork) -> Station:
    alice = network.station("192.0.2.1")
    alice.invite_at(PROXY)
    return alice


def answer_from(network: SipNetwork, alice: Station, status: int, tag: str) -> None:
    invite = network.sent(method="INVITE")[0].data
    contact = f"Contact: <sip:{tag}@192.0.2.8:5062>"
    network.inject(response_text(invite, status, to_tag=tag, fields=[contact]), PROXY, alice.address)
    network.run_for(0.1)


def test_every_fork_is_an_early_dialog_of_its_own() -> None:
    network = SipNetwork()
    alice = call_through_proxy(network)
    for tag in ("desk", "mobile", "desk"):
        answer_from(network, alice, 180, tag)
    dialogs = [progress.dialog for progress in alice.outputs(Progressed)]
    assert [dialog.remote_tag for dialog in dialogs if dialog] == ["desk", "mobile", "desk"]
    assert alice.stack.census().dialogs == 2


def test_the_first_2xx_wins_and_the_second_is_acknowledged_and_ended() -> None:
    network = SipNetwork()
    alice = call_through_proxy(network)
    answer_from(network, alice, 180, "desk")
    answer_from(network, alice, 180, "mobile")
    answer_from(network, alice, 200, "mobile")
    assert alice.only(Answered).dialog.remote_tag == "mobile"
    assert alice.stack.census().dialogs == 1
    answer_from(network, alice, 200, "desk")
    assert len(alice.outputs(Answered)) == 1
    assert [packet.start.split()[1] for packet in network.sent(method="ACK")] == [
        "sip:mobile@192.0.2.8:5062",
        "sip:desk@192.0.2.8:5062",
    ]
    assert {packet.start for packet in network.sent(method="BYE")} == {"BYE sip:desk@192.0.2.8:5062 SIP/2.0"}
    answer_from(network, alice, 200, "desk")
    answer_from(network, alice, 200, "mobile")
    assert len(network.sent(method="ACK")) == 4
    assert len({packet.data for packet in network.sent(method="ACK")}) == 2


def test_a_failed_call_forgets_its_early_dialogs() -> None:
    network = SipNetwork()
    alice = call_through_proxy(network)
    answer_from(network, alice, 180, "desk")
    answer_from(network, alice, 183, "mobile")
    answer_from(network, alice, 480, "proxy")
    assert alice.only(Failed).status == 480
    assert alice.stack.census().dialogs == 0
    network.run_to_silence()
    assert alice.is_empty


def test_a_2xx_that_crosses_the_cancel_leaves_no_early_dialog_behind() -> None:
    network = SipNetwork()
    alice = network.station("192.0.2.1")
    invite = alice.invite_at(PROXY)
    answer_from(network, alice, 180, "desk")
    alice.cancel(invite)
    answer_from(network, alice, 200, "mobile")
    assert alice.only(Failed).status == 487
    assert not alice.outputs(Answered)
    network.run_to_silence()
    assert alice.is_empty
