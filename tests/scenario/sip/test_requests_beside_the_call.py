"""REGISTER, SUBSCRIBE, REFER, INFO, MESSAGE and NOTIFY between two stacks, outside and within dialogs."""

from __future__ import annotations

import pytest

from voicecore.errors import UsageError
from voicecore.sip.hop import Address
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.non_invite import Draft
from voicecore.sip.output import (
    Answered,
    DialogEnd,
    DialogEnded,
    DialogId,
    RequestAnswered,
    RequestId,
    RequestReceived,
)
from voicecore.sip.uri import Uri
from voicecore.testing.sip_network import SipNetwork, Station, Weather
from voicecore.testing.sip_text import request_text

FAR = Address("192.0.2.3", 5060)
MESSAGE = Draft(
    "MESSAGE", Uri.parse("sip:bob@192.0.2.2"), NameAddr.parse("<sip:alice@192.0.2.1>"), body=b"good morning"
)


def pair(weather: Weather | None = None) -> tuple[SipNetwork, Station, Station]:
    network = SipNetwork(seed=3, weather=weather)
    return network, network.station("192.0.2.1"), network.station("192.0.2.2")


def send(station: Station, peer: Station, draft: Draft) -> RequestId:
    id = station.stack.request(draft, station.hop_to(peer.address), station.network.now)
    station.network.drain(station)
    return id


def send_within(station: Station, dialog: DialogId, method: str, body: bytes = b"") -> RequestId:
    id = station.stack.request_within(dialog, method, station.network.now, body=body)
    station.network.drain(station)
    return id


def answer(station: Station, status: int, *, keep: bool = True) -> None:
    received = station.outputs(RequestReceived)[-1]
    assert station.stack.answer(received.id, status, station.network.now, keep=keep)
    station.network.drain(station)


def call(network: SipNetwork, alice: Station, bob: Station) -> DialogId:
    bob.answer_calls()
    alice.invite(bob)
    network.run_for(1.0)
    return alice.only(Answered).dialog


def test_a_request_is_heard_once_and_answered_once_on_a_bad_network() -> None:
    network, alice, bob = pair(Weather(loss=0.4, repeat=0.3, max_delay=0.2))
    id = send(alice, bob, MESSAGE)
    while not bob.outputs(RequestReceived):
        network.run_for(0.5)
    answer(bob, 200)
    network.run_to_silence()
    assert bob.only(RequestReceived).request.body == b"good morning"
    outcome = alice.only(RequestAnswered)
    assert (outcome.id, outcome.status) == (id, 200)
    assert alice.is_empty
    assert bob.is_empty


def test_silence_counts_as_408() -> None:
    network, alice, bob = pair()
    network.lose(lambda packet: True, times=100)
    send(alice, bob, MESSAGE)
    network.run_to_silence()
    assert (alice.only(RequestAnswered).status, alice.only(RequestAnswered).response) == (408, None)


def test_a_series_goes_on_with_its_call_id_and_the_next_number() -> None:
    network, alice, bob = pair()
    draft = Draft("REGISTER", MESSAGE.target, MESSAGE.from_, call_id="series", cseq=7)
    send(alice, bob, draft)
    network.run_for(0.1)
    request = bob.only(RequestReceived).request
    assert (request.call_id, request.cseq.number) == ("series", 7)


def test_an_answer_that_is_not_kept_leaves_nothing_behind() -> None:
    network, _, bob = pair()
    network.inject(request_text("REGISTER", FAR, bob.address), FAR, bob.address)
    network.run_for(0.1)
    answer(bob, 401, keep=False)
    assert bob.is_empty
    network.inject(request_text("REGISTER", FAR, bob.address), FAR, bob.address)
    network.run_for(0.1)
    assert len(bob.outputs(RequestReceived)) == 2


def test_a_second_answer_is_a_race_and_an_unknown_request_is_our_bug() -> None:
    network, alice, bob = pair()
    send(alice, bob, MESSAGE)
    network.run_for(0.1)
    answer(bob, 200)
    id = bob.only(RequestReceived).id
    assert not bob.stack.answer(id, 200, network.now)
    with pytest.raises(UsageError):
        bob.stack.answer(RequestId(99), 200, network.now)
    with pytest.raises(UsageError):
        bob.stack.answer(id, 180, network.now)


def test_a_request_within_a_call_names_its_dialog() -> None:
    network, alice, bob = pair()
    dialog = call(network, alice, bob)
    send_within(alice, dialog, "INFO", b"Signal=5")
    network.run_for(0.1)
    received = bob.only(RequestReceived)
    assert received.dialog == DialogId(dialog.call_id, dialog.remote_tag, dialog.local_tag)
    assert received.request.cseq.number == 2
    answer(bob, 200)
    network.run_for(0.1)
    assert alice.only(RequestAnswered).status == 200


def test_481_to_an_info_ends_the_call_and_481_to_a_notify_does_not() -> None:
    network, alice, bob = pair()
    dialog = call(network, alice, bob)
    for method, ends in (("NOTIFY", 0), ("INFO", 1)):
        send_within(alice, dialog, method)
        network.run_for(0.1)
        answer(bob, 481)
        network.run_for(0.1)
        assert [end.end for end in alice.outputs(DialogEnded)] == [DialogEnd.GONE] * ends


def test_a_subscription_outlives_the_call_that_it_began_in() -> None:
    network, alice, bob = pair()
    dialog = call(network, alice, bob)
    send_within(alice, dialog, "REFER")
    network.run_for(0.1)
    notifying = bob.stack.accept_subscription(bob.only(RequestReceived).id, network.now)
    network.drain(bob)
    alice.bye(dialog)
    network.run_for(1.0)
    assert bob.only(DialogEnded).end is DialogEnd.BYE_RECEIVED
    send_within(bob, notifying, "NOTIFY")
    network.run_for(40.0)
    assert bob.outputs(RequestAnswered), "alice forgot the dialog with her BYE, so her answer is 481"
    bob.stack.end_subscription(notifying)
    network.run_to_silence()
    assert bob.is_empty


def test_a_subscription_makes_a_dialog_of_its_own() -> None:
    network, _, bob = pair()
    network.inject(request_text("SUBSCRIBE", FAR, bob.address, fields=["Event: presence"]), FAR, bob.address)
    network.run_for(0.1)
    received = bob.only(RequestReceived)
    dialog = bob.stack.accept_subscription(received.id, network.now, status=200, headers=[("Expires", "60")])
    network.drain(bob)
    (answered,) = network.sent(status=200)
    assert b"\r\nContact: <sip:1000@192.0.2.2:5060>\r\n" in answered.data
    send_within(bob, dialog, "NOTIFY")
    (notify,) = network.sent(method="NOTIFY")
    assert notify.start == "NOTIFY sip:far@192.0.2.3:5060 SIP/2.0"
    bye = request_text("BYE", FAR, bob.address, to_tag=dialog.local_tag, cseq="2 BYE", branch="z9hG4bKbye")
    network.inject(bye, FAR, bob.address)
    network.run_for(0.1)
    assert [packet.status for packet in network.packets if packet.source == bob.address][-1] == 481
    bob.stack.end_subscription(dialog)
    network.run_to_silence()
    assert bob.is_empty


def test_without_its_call_a_dialog_takes_no_info() -> None:
    network, _, bob = pair()
    network.inject(request_text("SUBSCRIBE", FAR, bob.address), FAR, bob.address)
    network.run_for(0.1)
    dialog = bob.stack.accept_subscription(bob.only(RequestReceived).id, network.now)
    network.drain(bob)
    info = request_text("INFO", FAR, bob.address, to_tag=dialog.local_tag, cseq="2 INFO", branch="z9hG4bKi")
    network.inject(info, FAR, bob.address)
    network.run_for(0.1)
    assert network.sent(status=481)
    assert len(bob.outputs(RequestReceived)) == 1
