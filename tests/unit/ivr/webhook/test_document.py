"""Replies of webhooks: read whole, or refused with every fault and its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.ivr.webhook.document import MAX_STATE, Reply, WebhookFault, read_reply


def reply(*verbs: object, **more: object) -> bytes:
    return json.dumps({"version": 1, "verbs": verbs, **more}).encode()


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "reply: Invalid JSON"),
        (b"[" * 5000, "reply: Invalid JSON: recursion limit"),
        (b"[]", "reply: Input should be an object"),
        (b'{"version": 2, "verbs": []}', "version: Input should be 1"),
        (b'{"version": 1}', "verbs: Field required"),
        (reply({"verb": "dance"}), "verbs[0]: Input tag 'dance'"),
        (reply({"verb": "say", "text": "a", "loud": True}), "verbs[0].loud: Extra inputs are not permitted"),
        (reply({"verb": "gather", "digits": "4"}), "verbs[0].digits: Input should be a valid integer"),
        (reply({"verb": "gather", "digits": 2, "at_least": 3}), "verbs[0]: at_least is more than digits"),
        (reply({"verb": "menu", "options": {"x": "a"}}), "verbs[0]: a menu's options are keys of a phone"),
        (reply({"verb": "menu", "options": {"1": "a", "12": "b"}}), "verbs[0]: option 1 begins option 12"),
        (
            reply({"verb": "menu", "options": {"1": "a"}, "listens": {"2": "b"}}),
            "verbs[0]: the menu listens for 2, which is none of its options",
        ),
        (
            reply({"verb": "ask", "kind": {"type": "number", "low": 5, "high": 4}}),
            "verbs[0].kind.number: keys give whole numbers from 0 on, not 5 to 4",
        ),
        (
            reply({"verb": "ask", "kind": {"type": "phone", "country": "XX"}}),
            "verbs[0].kind.phone: no country has the code 'XX'",
        ),
        (
            reply({"verb": "hangup"}, {"verb": "answer"}),
            "reply: verbs[0] is hangup, which has to be the last",
        ),
        (reply(*[{"verb": "answer"}] * 51), "verbs: Value should have at most 50 items"),
        (reply(state="x" * MAX_STATE), "state: longer than 8192 octets"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(body: bytes, problem: str) -> None:
    with pytest.raises(WebhookFault) as raised:
        read_reply(body)
    assert raised.value.reason.startswith(problem)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(WebhookFault) as raised:
        read_reply(reply({"verb": "pause", "seconds": -1}, {"verb": "say", "text": ""}))
    assert "verbs[0].seconds: " in raised.value.reason
    assert "verbs[1].text: " in raised.value.reason


@given(st.binary(max_size=100))
def test_any_bytes_give_a_reply_or_a_fault(data: bytes) -> None:
    try:
        read_reply(data)
    except WebhookFault:
        pass


leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10)
keys = st.sampled_from(
    ["verb", "text", "digits", "prompts", "options", "kind", "type", "targets", "url", "x"]
)
anything = st.recursive(
    leaves | st.sampled_from(["say", "gather", "menu", "ask", "dial", "number", "phone"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=8,
)


@given(st.lists(anything, max_size=3), anything)
def test_any_json_gives_a_reply_or_a_fault(verbs: list[Any], state: Any) -> None:
    try:
        read = read_reply(reply(*verbs, state=state))
    except WebhookFault:
        return
    assert len(read.verbs) == len(verbs)


def test_what_is_read_is_what_was_written() -> None:
    read = read_reply(reply({"verb": "dial", "targets": ["sip:a@b"]}, state={"a": [1, None]}, next="/b"))
    assert Reply.model_validate_json(read.model_dump_json()) == read
