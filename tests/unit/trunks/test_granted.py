"""What a registrar's answer says about time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.sip.headers import Headers
from voicecore.sip.hop import Address
from voicecore.sip.message import Response
from voicecore.trunks.granted import MOST_S, granted_s, min_expires_s, retry_after_s

LOCAL = Address("192.0.2.10", 5060)


def response(**fields: str) -> Response:
    return Response(200, "OK", Headers([(name.replace("_", "-"), value) for name, value in fields.items()]))


@pytest.mark.parametrize(
    ("contact", "seconds"),
    [
        ("<sip:us@192.0.2.10>;expires=30", 30),
        ("<sip:us@192.0.2.10:5060>;expires=30, <sip:us@192.0.2.11>;expires=5", 30),
        ("<sip:us@203.0.113.1:999>;expires=40, <sip:us@203.0.113.2>;expires=50", 40),
        ("<sip:us@192.0.2.10>", 7),
        ("<sip:us@192.0.2.10>;expires=soon", 7),
        ("<sip:us@192.0.2.10>;expires=99999999999", 7),
        ("<sip:us@192.0.2.10>;expires=9999999999", MOST_S),
        ("<sip:other@192.0.2.10>;expires=30", 0),
        ("<<nonsense", 0),
        ("*", 0),
    ],
)
def test_the_time_of_our_own_contact_counts(contact: str, seconds: int) -> None:
    assert granted_s(response(Contact=contact, Expires="7"), "us", LOCAL, 600) == seconds


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_gives_a_time(contact: str, seconds: str) -> None:
    answer = response(Contact=contact, Expires=seconds, Min_Expires=seconds, Retry_After=seconds)
    for time in (granted_s(answer, "us", None, 600), min_expires_s(answer), retry_after_s(answer)):
        assert 0 <= time <= MOST_S


def test_no_answer_asks_for_no_wait() -> None:
    assert retry_after_s(None) == 0.0
