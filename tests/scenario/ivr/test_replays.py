"""A call that happened is run again: the same flow does the same, another one departs where it differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr_apps.main_menu import main
from voicecore.ivr import Call, Choice, DigitString
from voicecore.ivr.flows import Flow
from voicecore.testing.caller_script import Action, CallerScript, Line, Press, Says, Silence, parse_script
from voicecore.testing.journals import departure
from voicecore.testing.replay import NotReplayable, lengths_of, script_of
from voicecore.testing.replay_text import text_of_test
from voicecore.testing.simulated_speech import SimulatedSpeech, human_pace
from voicecore.testing.simulation import Simulation, Stage, simulate

OPERATOR = {"operator": "sip:anna@example.org"}


def call(script: CallerScript | str) -> Simulation:
    parsed = parse_script(script) if isinstance(script, str) else script
    return simulate(main, parsed, Stage(OPERATOR, speech=SimulatedSpeech(pace=human_pace)))


def again(then: Simulation, flow: Flow = main, secret: str = "") -> Simulation:
    speech = SimulatedSpeech(lengths_of(then.journal), pace=human_pace)
    stage = Stage(then.journal.args, then.journal.language, speech)
    return simulate(flow, script_of(then.file, secret), stage)


keys = st.sampled_from("01237*").map(Press)
pauses = st.integers(1, 90).map(lambda tenths: Silence(tenths / 10))
words = st.just(Says("a few words for whoever listens"))
doings: st.SearchStrategy[list[Action]] = st.lists(st.one_of(keys, pauses, pauses, words), max_size=8)


@settings(max_examples=30, deadline=None)
@given(doings)
def test_the_same_flow_does_the_same(actions: list[Action]) -> None:
    lines = tuple(Line(number, action) for number, action in enumerate(actions, 1))
    then = call(CallerScript(lines, parse_script("meets sip:anna@example.org answers after 3 talks 4").meets))
    assert departure(then.journal, again(then).journal) is None


async def changed(call: Call, operator: str) -> None:
    await call.answer()
    async with call.recording():
        await call.play("welcome")
        match await call.menu("main_menu", options={"1": "music", "2": "echo", "3": "message"}, tries=3):
            case Choice(_):
                await call.play("goodbye")


def test_a_changed_flow_departs_where_it_differs() -> None:
    then = call("hears main_menu\npress 3\nhears leave_message\nsilence 1\nhangup")
    found = departure(then.journal, again(then, changed).journal)
    assert found is not None
    assert (found.step, found.where) == (3, f"{__name__}:{changed.__code__.co_firstlineno + 4}")
    assert "options='1 2 3 0'" in found.before
    assert "options='1 2 3'" in found.after


async def card(call: Call) -> None:
    await call.answer()
    async with call.secret():
        await call.ask("pin", kind=DigitString(4))
    await call.play("goodbye")


def test_keys_pressed_in_secret_have_to_be_given() -> None:
    then = simulate(card, parse_script("hears pin\npress 4711\nends"))
    with pytest.raises(NotReplayable, match="4 keys were pressed in secret"):
        script_of(then.file)
    assert departure(then.journal, again(then, card, secret="0000").journal) is None


def run(text: str) -> None:
    """As pytest would."""
    found: dict[str, Callable[[], None]] = {}
    exec(compile(text, "test_a_call.py", "exec"), found)
    (test,) = (value for name, value in found.items() if name.startswith("test_"))
    test()


def as_test(simulation: Simulation) -> str:
    file = replace(simulation.file, flow_journal=replace(simulation.journal, flow="ivr_apps.main_menu:main"))
    return text_of_test(file, script_of(file))


def test_a_call_is_written_as_a_test_that_passes() -> None:
    run(as_test(call('hears main_menu\npress 3\nhears leave_message\nsilence 1\nsays "It is"\nends')))


def test_a_call_that_failed_is_a_test_that_fails_until_the_flow_is_mended() -> None:
    text = as_test(simulate(main, parse_script("hears main_menu\npress 0\nends"), Stage({"operator": 7})))
    with pytest.raises(AssertionError):
        run(text)
    run(text.replace("{'operator': 7}", "{'operator': 'sip:anna@example.org'}"))
