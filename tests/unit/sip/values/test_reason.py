"""Reason and the causes of Q.850."""

from __future__ import annotations

import pytest

from voicecore.sip.cause import Cause, cause_of, status_of
from voicecore.sip.headers import Headers
from voicecore.sip.values import reason
from voicecore.sip.values.reason import Reason


def test_the_cause_of_a_hang_up_is_found_among_other_reasons() -> None:
    headers = Headers.of(("Reason", 'SIP ;cause=200 ;text="Call completed", Q.850;cause=16'))
    assert [(item.protocol, item.cause) for item in Reason.all_of(headers)] == [("SIP", 200), ("Q.850", 16)]
    assert reason.cause_of(headers) is Cause.NORMAL_CALL_CLEARING


@pytest.mark.parametrize("value", ["Q.850;cause=5000", "Q.850", "SIP;cause=17", "Q.850;cause=x"])
def test_what_names_no_cause_of_q_850_says_nothing(value: str) -> None:
    assert reason.cause_of(Headers.of(("Reason", value))) is None


def test_a_text_holds_no_control_characters() -> None:
    assert Reason.parse('Q.850;text="a\\\x07b"').text == "ab"


@pytest.mark.parametrize(
    ("cause", "status"),
    [(1, 404), (3, 404), (16, 480), (17, 486), (18, 408), (19, 480), (21, 403), (22, 410), (27, 502), (28, 484),
     (31, 480), (34, 503), (38, 503), (41, 503), (57, 403), (65, 488), (79, 501), (88, 503), (102, 504), (127, 500)],
)  # fmt: skip
def test_a_cause_refuses_a_call_with_the_status_of_rfc_3398_section_7_2_4_1(cause: int, status: int) -> None:
    assert status_of(Cause(cause)) == status


@pytest.mark.parametrize(
    ("status", "cause"),
    [(302, 23), (400, 41), (403, 21), (404, 1), (405, 63), (408, 102), (410, 22), (480, 18), (483, 25), (484, 28),
     (486, 17), (487, 16), (488, 88), (499, 41), (500, 41), (503, 41), (504, 102), (599, 41), (600, 17), (603, 21),
     (604, 1), (606, 88), (699, 17)],
)  # fmt: skip
def test_a_status_is_the_cause_of_rfc_3398_section_8_2_6_1(status: int, cause: int) -> None:
    assert cause_of(status) == cause


def test_every_cause_has_a_phrase_and_a_status_that_refuses() -> None:
    for cause in Cause:
        assert Reason.parse(str(Reason.of_cause(cause))) == Reason("Q.850", cause, cause.phrase)
        assert 400 <= status_of(cause) < 700
