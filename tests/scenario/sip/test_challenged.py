"""401 and 407 to what we send: the same again with credentials, at most twice (RFC 3261, 22.2 and 22.3)."""

from __future__ import annotations

import pytest

from voicecore.sip.headers import Field
from voicecore.sip.hop import Address
from voicecore.sip.message import Response
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.non_invite import Draft
from voicecore.sip.output import Answered, Failed, InviteId, Output, RequestAnswered
from voicecore.sip.uri import Uri
from voicecore.testing.sip_network import SDP, Packet, SipNetwork, Station
from voicecore.testing.sip_text import response_text

PROXY = Address("192.0.2.9", 5060)


class Password:
    """Answers every challenge with a word that counts up."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def answer(self, response: Response, method: str, uri: str, body: bytes, now: float) -> Field | None:
        self.asked.append((method, uri))
        name = "Authorization" if response.status == 401 else "Proxy-Authorization"
        return (name, f"Digest response={len(self.asked)}")


class Proxy:
    """An address that answers by hand what it is sent."""

    def __init__(self, network: SipNetwork) -> None:
        self.network = network

    def requests(self, method: str) -> list[Packet]:
        return [packet for packet in self.network.sent(method=method) if packet.target == PROXY]

    def answer(self, request: Packet, status: int, *, tag: str = "p") -> None:
        contact = ["Contact: <sip:bob@192.0.2.9>"] if status < 300 else []
        text = response_text(
            request.data, status, to_tag=None if b";tag=p" in _to(request) else tag, fields=contact
        )
        self.network.inject(text, PROXY, request.source)
        self.network.run_for(0.1)


def _to(packet: Packet) -> bytes:
    return next(line for line in packet.data.split(b"\r\n") if line.startswith(b"To:"))


@pytest.fixture
def network() -> SipNetwork:
    return SipNetwork()


@pytest.fixture
def alice(network: SipNetwork) -> Station:
    return network.station("192.0.2.1")


def invite(alice: Station, password: Password | None) -> InviteId:
    id = alice.stack.invite(
        Uri.parse("sip:bob@example.com"),
        alice.hop_to(PROXY),
        alice.network.now,
        from_=NameAddr.parse("<sip:alice@192.0.2.1>"),
        sdp=SDP,
        answerer=password,
    )
    alice.network.drain(alice)
    return id


def test_an_invite_goes_out_again_as_the_same_attempt(network: SipNetwork, alice: Station) -> None:
    password, proxy = Password(), Proxy(network)
    id = invite(alice, password)
    proxy.answer(proxy.requests("INVITE")[0], 407)
    first, second = proxy.requests("INVITE")
    assert b"CSeq: 2 INVITE" in second.data
    assert b"Proxy-Authorization: Digest response=1" in second.data
    for kept in (b"Call-ID:", b"From:"):
        assert next(x for x in first.data.split(b"\r\n") if x.startswith(kept)) in second.data
    assert second.data.endswith(SDP)
    assert len(proxy.requests("ACK")) == 1
    proxy.answer(second, 200)
    assert alice.only(Answered).invite == id
    assert b"CSeq: 2 ACK" in proxy.requests("ACK")[1].data
    assert not alice.outputs(Failed)


def test_credentials_that_are_refused_are_not_tried_for_ever(network: SipNetwork, alice: Station) -> None:
    password, proxy = Password(), Proxy(network)
    invite(alice, password)
    for _ in range(3):
        proxy.answer(proxy.requests("INVITE")[-1], 401)
    assert len(proxy.requests("INVITE")) == 3
    assert b"response=1" not in proxy.requests("INVITE")[-1].data, "old credentials are replaced"
    assert alice.only(Failed).status == 401


def test_without_credentials_the_refusal_is_told(network: SipNetwork, alice: Station) -> None:
    invite(alice, None)
    proxy = Proxy(network)
    proxy.answer(proxy.requests("INVITE")[0], 407)
    assert alice.only(Failed).status == 407


def test_a_cancelled_invite_is_not_sent_again(network: SipNetwork, alice: Station) -> None:
    proxy = Proxy(network)
    id = invite(alice, Password())
    proxy.answer(proxy.requests("INVITE")[0], 180)
    alice.cancel(id)
    proxy.answer(proxy.requests("INVITE")[0], 407)
    assert len(proxy.requests("INVITE")) == 1
    assert alice.only(Failed).status == 407


def test_bye_and_reinvite_of_a_challenged_call_are_challenged_too(
    network: SipNetwork, alice: Station
) -> None:
    password, proxy = Password(), Proxy(network)
    invite(alice, password)
    proxy.answer(proxy.requests("INVITE")[0], 200)
    dialog = alice.only(Answered).dialog
    alice.reinvite(dialog)
    proxy.answer(proxy.requests("INVITE")[-1], 401)
    assert b"CSeq: 3 INVITE" in proxy.requests("INVITE")[-1].data
    proxy.answer(proxy.requests("INVITE")[-1], 200)
    alice.bye(dialog)
    proxy.answer(proxy.requests("BYE")[-1], 407)
    assert b"CSeq: 5 BYE" in proxy.requests("BYE")[-1].data
    proxy.answer(proxy.requests("BYE")[-1], 200)
    assert [method for method, _ in password.asked] == ["INVITE", "BYE"]
    network.run_to_silence()
    assert alice.is_empty


def test_a_request_beside_the_call_is_sent_again_too(network: SipNetwork, alice: Station) -> None:
    password, proxy = Password(), Proxy(network)
    draft = Draft(
        "MESSAGE", Uri.parse("sip:bob@example.com"), NameAddr.parse("<sip:a@b.example>"), answerer=password
    )
    alice.stack.request(draft, alice.hop_to(PROXY), network.now)
    network.drain(alice)
    proxy.answer(proxy.requests("MESSAGE")[0], 401)
    proxy.answer(proxy.requests("MESSAGE")[1], 202)
    assert alice.only(RequestAnswered).status == 202
    assert password.asked == [("MESSAGE", "sip:bob@example.com")]
    network.run_to_silence()
    assert alice.is_empty


def test_outputs_of_a_challenge_are_none(network: SipNetwork, alice: Station) -> None:
    heard: list[Output] = []
    invite(alice, Password())
    alice.policy = heard.append
    proxy = Proxy(network)
    proxy.answer(proxy.requests("INVITE")[0], 401)
    assert [type(output).__name__ for output in heard] == ["Heard"]
