from __future__ import annotations

from voicecore.calls.flow_log import HIDDEN, MAX_STEPS, FlowLog
from voicecore.clock import Clock
from voicecore.ids import LegId
from voicecore.store.flow_journal import Fact, FlowJournal, Spoken

LEG = LegId(1)


class Secrecy:
    is_secret = False

    def without_secrets(self, text: str) -> str:
        return text.replace("4711", "****")


def new_log() -> tuple[FlowLog, Secrecy]:
    secrecy = Secrecy()
    return FlowLog(FlowJournal("a:b"), secrecy, Clock(lambda: 0.0, lambda: 1e9)), secrecy


def begin(log: FlowLog, *asked: Fact) -> int:
    number = log.begin("play", "a:1", LEG, asked)
    assert number is not None
    return number


def test_steps_that_do_not_fit_are_counted() -> None:
    log, _ = new_log()
    numbers = [log.begin("play", "a:1", LEG, ()) for _ in range(MAX_STEPS + 3)]
    assert numbers[-1] is None
    assert (len(log.journal().steps), log.journal().dropped) == (MAX_STEPS, 3)


def test_a_prompt_belongs_to_the_step_that_runs() -> None:
    log, _ = new_log()
    outer, inner = begin(log), begin(log)
    before = log.enter(outer)
    within = log.enter(inner)
    log.spoken("inner", 1)
    log.leave(within)
    log.spoken("outer", 2)
    log.leave(before)
    log.spoken("nobody's", 3)
    assert [step.spoken for step in log.journal().steps] == [(Spoken("outer", 2),), (Spoken("inner", 1),)]


def test_what_is_secret_is_hidden_and_limits_are_not() -> None:
    log, secrecy = new_log()
    secrecy.is_secret = True
    number = begin(log, Fact("prompts", "digit_4"), Fact("tries", 3))
    outer = log.enter(number)
    log.spoken("digit_4", 500)
    log.leave(outer)
    log.end(number, "Asked", (Fact("value", 4),))
    (step,) = log.journal().steps
    assert step.asked == (Fact("prompts", HIDDEN), Fact("tries", 3))
    assert step.result == (Fact("value", HIDDEN),)
    assert step.spoken == (Spoken(HIDDEN, 500),)
    assert step.is_secret


def test_a_secret_that_is_told_later_is_masked() -> None:
    log, _ = new_log()
    log.end(begin(log, Fact("text", "your PIN is 4711")), "")
    assert log.journal().steps[0].asked == (Fact("text", "your PIN is ****"),)
