"""A call that happened is run again: the same flow does the same, another one departs where it differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr_apps.main_menu import main
from voicecore.errors import Unavailable
from voicecore.ivr import Answered, Call, Choice, DigitString
from voicecore.ivr.flows import Flow
from voicecore.ivr.web.message import WebRequest
from voicecore.testing.caller_script import Action, CallerScript, Line, Press, Says, Silence, parse_script
from voicecore.testing.journals import departure
from voicecore.testing.recorded_web import RecordedWeb, replies_of
from voicecore.testing.replay import NotReplayable, lengths_of, script_of
from voicecore.testing.replay_text import text_of_test
from voicecore.testing.simulated_speech import SimulatedSpeech, human_pace
from voicecore.testing.simulated_web import SimulatedWeb
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


def test_a_message_that_its_caller_broke_off_is_broken_off_again() -> None:
    then = call(
        'hears main_menu\npress 3\nhears leave_message\nsilence 1\nsays "It is about"\nsilence 4.9\nhangup'
    )
    assert then.journal.steps[-1].outcome == "Hangup"
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


async def screened(call: Call) -> None:
    async def takes_it(party: Call) -> bool:
        match await party.menu(
            "call_for_you", options={"1": True, "2": False}, listens={"1": "yes", "2": "no"}
        ):
            case Choice(taken):
                return taken
        return False

    await call.answer()
    match await call.dial("sip:anna@example.org", screen=takes_it):
        case Answered(party):
            await call.bridge(party)
        case _:
            await call.play("goodbye")


@pytest.mark.parametrize("deed", ["presses 1 at 2", "presses 2 at 1.5", 'says "yes please" at 1', ""])
def test_what_a_called_party_does_is_done_again(deed: str) -> None:
    meets = f"meets sip:anna@example.org answers after 3 talks 30 {deed}"
    then = simulate(screened, parse_script(f"{meets}\nends within 300"))
    assert departure(then.journal, again(then, screened).journal) is None
    taken = any(step.verb == "bridge" for step in then.journal.steps)
    assert taken is (deed.startswith("presses 1") or "yes" in deed)


async def spoken_choice(call: Call) -> None:
    await call.answer()
    listens = {"1": "sales", "2": "billing"}
    match await call.menu("which_desk", options={"1": "sales", "2": "billing"}, listens=listens):
        case Choice(desk):
            await call.play(desk)


def test_what_the_caller_said_is_said_again() -> None:
    then = simulate(spoken_choice, parse_script('hears which_desk\nsilence 0.4\nsays "billing please"\nends'))
    assert departure(then.journal, again(then, spoken_choice).journal) is None


async def asks(call: Call) -> None:
    await call.answer()
    try:
        reply = await call.fetch("https://app.example.com/balance")
    except Unavailable:
        await call.play("apology")
        return
    await call.play("rich" if reply.body == b"12" else "poor")


@pytest.mark.parametrize("answer", ["12", "3", None])
def test_what_a_server_answered_is_answered_again(answer: str | None) -> None:
    def server(_: WebRequest) -> str:
        if answer is None:
            raise Unavailable("nobody is there")
        return answer

    stage = Stage(web=SimulatedWeb(server, delay_s=2.0))
    then = simulate(asks, parse_script("ends"), stage)
    web = RecordedWeb(replies_of(then.journal))
    now = simulate(asks, script_of(then.file), Stage(web=web))
    assert departure(then.journal, now.journal) is None
    assert now.file.call.number == then.file.call.number
    (step,) = (step for step in now.journal.steps if step.verb == "fetch")
    assert step.ended is not None
    assert round((step.ended - step.began).total_seconds(), 1) == 2.0
    assert not any(
        fact.name == "body" for one in then.journal.without_personal().steps for fact in one.result
    )
