"""Subscriptions from their SUBSCRIBE to their end, with nobody on the wire."""

from __future__ import annotations

import pytest

from tests.unit.subscriptions.test_packages import read
from tests.unit.subscriptions.texts import ALICE, BOB, Desk, call_of, field_of, state_of
from voicecore.errors import UsageError
from voicecore.sip.output import RequestAnswered, RequestId
from voicecore.subscriptions.output import Accept, Refuse
from voicecore.subscriptions.resource import Phase


def test_the_first_notify_comes_at_once_and_tells_all() -> None:
    desk = Desk()
    desk.change(call_of())
    assert isinstance(desk.subscribe("dialog;id=7"), Accept)
    (notify,) = desk.notifies
    assert (field_of(notify, "Event"), state_of(notify)) == ("dialog;id=7", "active;expires=600")
    root, dialogs = read(notify.body)
    assert (root.get("state"), [one.phase for one in dialogs]) == ("full", [Phase.CONFIRMED])


def test_a_change_is_told_as_what_changed() -> None:
    desk = Desk()
    desk.change(call_of("old"))
    desk.subscribe()
    desk.answer()
    desk.run_for(10)
    desk.change(call_of("new", Phase.EARLY))
    root, dialogs = read(desk.notifies[-1].body)
    assert (root.get("state"), root.get("version")) == ("partial", "1")
    assert [(one.id, one.phase) for one in dialogs] == [("new", Phase.EARLY)]
    assert state_of(desk.notifies[-1]) == "active;expires=590"


def test_changes_within_a_second_are_told_together_and_the_newest_wins() -> None:
    desk = Desk()
    desk.subscribe()
    desk.answer()
    for phase in (Phase.TRYING, Phase.EARLY, Phase.CONFIRMED):
        desk.change(call_of(phase=phase))
    assert len(desk.notifies) == 1
    desk.run_for(1.0)
    assert len(desk.notifies) == 2
    assert [one.phase for one in read(desk.notifies[-1].body)[1]] == [Phase.CONFIRMED]


def test_a_change_that_was_undone_is_not_told() -> None:
    desk = Desk()
    desk.subscribe()
    desk.answer()
    desk.change(call_of())
    desk.change(call_of().ended())
    desk.run_for(5.0)
    assert len(desk.notifies) == 1


def test_a_notify_waits_for_the_answer_to_the_one_before() -> None:
    desk = Desk()
    desk.subscribe()
    desk.run_for(5.0)
    desk.change(call_of())
    assert len(desk.notifies) == 1
    desk.answer()
    assert len(desk.notifies) == 2


def test_a_refresh_lengthens_it_and_is_told_all_again() -> None:
    desk = Desk()
    desk.subscribe()
    desk.answer()
    desk.run_for(500)
    desk.subscribe(dialog=desk.dialog)
    assert desk.ended == [desk.dialog], "the dialog is held once, by the first SUBSCRIBE"
    root, _ = read(desk.notifies[-1].body)
    assert (root.get("state"), root.get("version")) == ("full", "1")
    desk.answer()
    desk.run_for(599)
    assert len(desk.desk) == 1
    desk.run_for(1)
    assert len(desk.desk) == 0
    assert state_of(desk.notifies[-1]) == "terminated;reason=timeout"


def test_expires_0_gets_one_last_notify() -> None:
    desk = Desk()
    desk.subscribe()
    answer = desk.subscribe(expires=0, dialog=desk.dialog)
    assert field_of(answer, "Expires") == "0"
    assert state_of(desk.notifies[-1]) == "terminated;reason=timeout"
    assert desk.ended == [desk.dialog, desk.dialog]
    assert (len(desk.desk), desk.desk.next_timer()) == (0, None)


def test_expires_0_without_a_subscription_is_a_question() -> None:
    desk = Desk()
    desk.change(call_of())
    desk.subscribe(expires=0)
    (notify,) = desk.notifies
    assert state_of(notify) == "terminated;reason=timeout"
    assert [one.id for one in read(notify.body)[1]] == ["1"]
    assert len(desk.desk) == 0


def test_subscriptions_of_one_dialog_are_told_apart_by_their_event() -> None:
    desk = Desk()
    desk.subscribe("dialog;id=1")
    dialog = desk.dialog
    desk.subscribe("dialog;id=2", dialog=dialog)
    desk.subscribe("presence", dialog=dialog)
    assert len(desk.desk) == 3
    desk.subscribe("dialog;id=1", 0, dialog=dialog)
    assert len(desk.desk) == 2
    assert field_of(desk.notifies[-1], "Event") == "dialog;id=1"


def test_nobody_else_refreshes_a_subscription() -> None:
    desk = Desk()
    desk.subscribe()
    answer = desk.subscribe(watcher="carol", dialog=desk.dialog)
    assert isinstance(answer, Refuse)
    assert answer.status == 403


@pytest.mark.parametrize(("status", "lost"), [(481, False), (500, False), (408, True)])
def test_a_notify_that_failed_ends_the_subscription(status: int, lost: bool) -> None:
    desk = Desk()
    desk.subscribe()
    desk.answer(status, lost=lost)
    assert (len(desk.desk), len(desk.notifies)) == (0, 1)
    assert desk.ended == [desk.dialog]


def test_481_ends_it_even_with_retry_after() -> None:
    desk = Desk()
    desk.subscribe()
    desk.answer(481, fields=[("Retry-After", "1")])
    assert len(desk.desk) == 0


def test_retry_after_is_waited_for_and_then_all_is_told() -> None:
    desk = Desk()
    desk.subscribe()
    desk.answer()
    desk.run_for(2)
    desk.change(call_of())
    desk.answer(503, fields=[("Retry-After", "20 (busy)")])
    desk.run_for(19.9)
    assert len(desk.notifies) == 2
    desk.run_for(0.1)
    assert read(desk.notifies[2].body)[0].get("state") == "full"


def test_a_retry_after_that_nobody_can_read_counts_as_none() -> None:
    desk = Desk()
    desk.subscribe()
    desk.answer(503, fields=[("Retry-After", "later")])
    assert len(desk.desk) == 0


def test_a_watcher_has_its_share_and_the_desk_its_size() -> None:
    desk = Desk()
    watchers = ["alice"] * 4 + ["bob", "bob", "carol"]
    statuses = [desk.subscribe(watcher=watcher).status for watcher in watchers]
    assert statuses == [200, 200, 200, 403, 200, 200, 503]
    assert field_of(desk.subscribe(watcher="carol"), "Retry-After") == "60"
    desk.run_for(600)
    assert desk.subscribe().status == 200


def test_the_own_account_sees_who_calls_it() -> None:
    desk = Desk()
    desk.change(call_of())
    desk.subscribe(watcher="bob")
    desk.subscribe(watcher="alice")
    assert [b"secret" in one.body for one in desk.notifies] == [True, False]


def test_message_counts_turn_the_light_on_and_off() -> None:
    desk = Desk()
    desk.subscribe("message-summary", uri=ALICE.aor)
    for new in (1, 0):
        desk.answer()
        desk.run_for(2)
        desk.board.set_messages(ALICE.aor, new, 3)
        desk.change(of=ALICE)
    lights = [one.body.split(b"\r\n")[0] for one in desk.notifies]
    assert lights == [b"Messages-Waiting: no", b"Messages-Waiting: yes", b"Messages-Waiting: no"]


def test_at_the_end_every_watcher_is_told() -> None:
    desk = Desk()
    desk.subscribe()
    desk.subscribe("presence", watcher="carol")
    desk.desk.close(desk.now)
    desk.carry_out()
    assert [state_of(one) for one in desk.notifies[2:]] == ["terminated;reason=deactivated"] * 2
    assert len(desk.ended) == 2


def test_an_account_that_is_gone_is_watched_no_longer() -> None:
    desk = Desk()
    desk.subscribe()
    desk.desk.revoke(BOB.aor, desk.now)
    desk.carry_out()
    assert state_of(desk.notifies[-1]) == "terminated;reason=noresource"
    assert len(desk.desk) == 0


def test_answers_to_others_are_not_ours_and_no_request_is_accepted_twice() -> None:
    desk = Desk()
    assert not desk.desk.answered(RequestAnswered(RequestId(99), 200, "", None), 0.0)
    desk.subscribe()
    with pytest.raises(UsageError):
        desk.desk.accepted(RequestId(1), desk.dialog, desk.now)
