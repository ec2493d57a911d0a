"""Which SUBSCRIBE is granted, and what the others are told."""

from __future__ import annotations

import pytest

from tests.unit.subscriptions.texts import BOB, RULES, Desk, field_of, request_of
from voicecore.sip.message import Request
from voicecore.subscriptions.notifier import Notifier, Refusal
from voicecore.subscriptions.output import Accept, Refuse
from voicecore.subscriptions.policy import WatchPolicy


@pytest.mark.parametrize("event", ["dialog", "presence", "nothing", "di;=alog"])
@pytest.mark.parametrize("uri", [BOB.aor, "sip:nobody@example.org"])
def test_strangers_get_one_answer_whatever_they_ask(event: str, uri: str) -> None:
    answer = Desk().subscribe(event, watcher=None, uri=uri)
    assert isinstance(answer, Refuse)
    assert (answer.status, answer.reason, answer.headers) == (403, None, ())


def test_an_unknown_package_gets_489_and_the_names_of_ours() -> None:
    answer = Desk().subscribe("conference")
    assert isinstance(answer, Refuse)
    assert (answer.status, answer.reason) == (489, "Bad Event")
    assert field_of(answer, "Allow-Events") == "dialog, message-summary, presence, reg"


@pytest.mark.parametrize(
    ("status", "event", "expires", "uri", "fields"),
    [
        (404, "dialog", 600, "sip:nobody@example.org", []),
        (400, "di;=alog", 600, BOB.aor, []),
        (400, "dialog", "soon", BOB.aor, []),
        (423, "dialog", 59, BOB.aor, []),
        (406, "dialog", 600, BOB.aor, ["Accept: application/pidf+xml"]),
        (403, "message-summary", 600, BOB.aor, []),
    ],
)
def test_refused(status: int, event: str, expires: int | str, uri: str, fields: list[str]) -> None:
    answer = Desk().subscribe(event, expires, uri=uri, fields=fields)
    assert isinstance(answer, Refuse)
    assert answer.status == status


@pytest.mark.parametrize(("dropped", "reason"), [("Event", "Missing Event"), ("Contact", "Missing Contact")])
def test_what_a_subscribe_must_have_is_named(dropped: str, reason: str) -> None:
    request = request_of("SUBSCRIBE", BOB.aor, "Event: dialog")
    without = Request(request.method, request.uri, request.headers.without(dropped))
    answer = Notifier(RULES, WatchPolicy()).receive(without, "alice", lambda event: BOB)
    assert answer == Refusal(400, reason)


def test_423_and_406_say_what_would_do() -> None:
    desk = Desk()
    assert field_of(desk.subscribe(expires=1), "Min-Expires") == "60"
    answer = desk.subscribe("presence", fields=["Accept: text/plain"])
    assert field_of(answer, "Accept") == "application/pidf+xml"


@pytest.mark.parametrize(
    "accept",
    ["application/dialog-info+xml", "text/plain, Application/Dialog-Info+XML;q=0.5", "application/*", "*/*"],
)
def test_a_watcher_that_takes_our_documents_is_accepted(accept: str) -> None:
    assert isinstance(Desk().subscribe(fields=[f"Accept: {accept}"]), Accept)


@pytest.mark.parametrize(("wanted", "granted"), [(None, "600"), (60, "60"), (90_000, "1800")])
def test_the_interval_is_at_most_what_was_asked(wanted: int | None, granted: str) -> None:
    assert field_of(Desk().subscribe(expires=wanted), "Expires") == granted


def test_patterns_say_who_may_be_watched() -> None:
    patterns = {"alice": ["carol", "b*"], "carol": []}
    policy = WatchPolicy(patterns.get)
    assert policy.may_watch("alice", "bob")
    assert policy.may_watch("alice", "carol")
    assert not policy.may_watch("alice", "dave")
    assert policy.may_watch("carol", "carol")
    assert not policy.may_watch("carol", "alice")
    assert policy.may_watch("bob", "alice")
    assert not policy.may_watch(None, "alice")


def test_who_may_not_watch_is_refused() -> None:
    answer = Desk(policy=WatchPolicy(lambda _: [])).subscribe()
    assert isinstance(answer, Refuse)
    assert answer.status == 403
