"""Requests and their signatures."""

from __future__ import annotations

import hashlib
import hmac
import json
from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from voicecore.ivr.web.message import WebReply, form_request, json_request, json_signature, twilio_signature
from voicecore.ivr.web.rules import WebRules

SIGNING = WebRules(("https://a.example/",), twilio_token="12345", secret="6789")


def test_a_form_is_posted_and_signed() -> None:
    request = form_request("https://a.example/x?y=1", "POST", {"b": "2 3", "a": "é"}, SIGNING)
    assert dict(parse_qsl(request.body.decode())) == {"b": "2 3", "a": "é"}
    signed = dict(request.headers)["X-Twilio-Signature"]
    assert signed == twilio_signature("12345", "https://a.example/x?y=1", {"a": "é", "b": "2 3"})
    assert signed != twilio_signature("12346", "https://a.example/x?y=1", {"a": "é", "b": "2 3"})


def test_of_a_get_the_whole_url_is_signed() -> None:
    request = form_request("https://a.example/x?y=1", "GET", {"b": "2"}, SIGNING)
    assert request.url == "https://a.example/x?y=1&b=2"
    assert dict(request.headers)["X-Twilio-Signature"] == twilio_signature("12345", request.url, {})


def test_json_is_signed_with_its_time() -> None:
    request = json_request("https://a.example/x", {"name": "李"}, SIGNING, 100.9)
    assert json.loads(request.body) == {"name": "李"}
    digest = hmac.new(b"6789", b"100." + request.body, hashlib.sha256).hexdigest()
    assert dict(request.headers)["X-VoiceCore-Signature"] == f"t=100,v1={digest}"


def test_without_a_secret_nothing_is_signed() -> None:
    plain = WebRules(("https://a.example/",))
    assert [name for name, _ in form_request("https://a.example/", "POST", {}, plain).headers] == [
        "Content-Type"
    ]
    assert [name for name, _ in json_request("https://a.example/", {}, plain, 0).headers] == ["Content-Type"]


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_no_two_bodies_have_one_signature(one: bytes, other: bytes) -> None:
    assert (json_signature("k", 1, one) == json_signature("k", 1, other)) == (one == other)


def test_a_redirect_is_seen_from_who_sent_it() -> None:
    reply = WebReply(302, headers={"location": "../b?c=1"}, url="https://a.example/x/y")
    assert reply.redirected_to == "https://a.example/b?c=1"
    assert WebReply(200, headers={"location": "/b"}, url="https://a.example/").redirected_to is None
    assert WebReply(302, url="https://a.example/").redirected_to is None


def test_the_signature_is_that_of_twilios_own_example() -> None:
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio_signature("12345", url, fields) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
