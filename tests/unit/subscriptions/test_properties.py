"""Any sequence of SUBSCRIBEs, changes, answers and times: what must hold whatever happens."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.subscriptions.test_packages import read
from tests.unit.subscriptions.texts import ALICE, BOB, RULES, Desk, call_of, field_of, state_of
from voicecore.sip.output import DialogId
from voicecore.subscriptions.output import Accept
from voicecore.subscriptions.resource import Phase
from voicecore.subscriptions.subscription import INTERVAL_S, SubscriptionId

_watcher = st.sampled_from(["alice", "bob", None])
_subscribe = st.tuples(
    st.just("subscribe"),
    st.sampled_from(["dialog", "dialog;id=2", "presence", "message-summary", "other"]),
    st.sampled_from([0, 30, 60, 600]),
    _watcher,
    st.sampled_from([ALICE.aor, BOB.aor]),
    st.none() | st.integers(0, 5),
)
_change = st.tuples(st.just("change"), st.sampled_from("abc"), st.sampled_from(Phase))
_answer = st.tuples(st.just("answer"), st.sampled_from([200, 408, 481, 500, 503]), st.booleans())
_wait = st.tuples(st.just("wait"), st.sampled_from([0.1, 0.9, 1.0, 59.0, 600.0]))
_steps = st.lists(_subscribe | _change | _answer | _wait, max_size=40)


class Story:
    def __init__(self) -> None:
        self.desk = Desk()
        self.dialogs: list[DialogId] = []

    def play(self, step: tuple[object, ...]) -> None:
        desk = self.desk
        match step:
            case ("subscribe", str(event), int(expires), watcher, str(uri), which):
                known = (
                    self.dialogs[which % len(self.dialogs)]
                    if isinstance(which, int) and self.dialogs
                    else None
                )
                name = watcher if isinstance(watcher, str) else None
                answer = desk.subscribe(event, expires, watcher=name, uri=uri, dialog=known)
                if isinstance(answer, Accept):
                    self.dialogs.append(desk.dialog)
            case ("change", str(id), Phase() as phase):
                desk.change(call_of(id, phase))
            case ("answer", int(status), later) if desk.waiting:
                desk.answer(status, fields=[("Retry-After", "5")] if later else [], lost=status == 408)
            case ("wait", float(seconds)):
                desk.run_for(seconds)


@settings(deadline=None)
@given(_steps)
def test_limits_hold_and_after_the_longest_time_nothing_is_left(steps: list[tuple[object, ...]]) -> None:
    story = Story()
    desk = story.desk
    for step in steps:
        story.play(step)
        assert len(desk.desk) <= RULES.max_in_all
        assert (desk.desk.next_timer() is None) == (len(desk.desk) == 0)
    desk.run_for(RULES.max_expires_s)
    assert (len(desk.desk), desk.desk.next_timer()) == (0, None)
    accepted = [one for one in desk.outputs if isinstance(one, Accept)]
    assert len(desk.ended) == len(accepted), "each hold on a dialog is let go, once"


@settings(deadline=None)
@given(_steps)
def test_each_subscription_is_told_in_order_and_not_too_often(steps: list[tuple[object, ...]]) -> None:
    story = Story()
    for step in steps:
        story.play(step)
    ended: Counter[SubscriptionId] = Counter()
    last: dict[SubscriptionId, float] = {}
    versions: dict[SubscriptionId, int] = {}
    for notify, at in zip(story.desk.notifies, story.desk.told_at, strict=True):
        assert not ended[notify.subscription], "nothing comes after the end"
        ended[notify.subscription] += state_of(notify).startswith("terminated")
        if notify.subscription in last and not ended[notify.subscription]:
            assert at - last[notify.subscription] >= INTERVAL_S - 1e-6
        last[notify.subscription] = at
        if (field_of(notify, "Event") or "").startswith("dialog"):
            version = int(read(notify.body)[0].get("version", ""))
            assert version == versions.get(notify.subscription, -1) + 1
            versions[notify.subscription] = version
