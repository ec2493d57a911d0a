"""A script says what a caller does and expects; a simulation says what came of it."""

from __future__ import annotations

from voicecore.ivr import Answered, Call, Choice, Say
from voicecore.testing.caller_script import parse_script
from voicecore.testing.scripted_call import Moment, Who
from voicecore.testing.simulation import Simulation, simulate


async def desk(call: Call) -> None:
    await call.answer()
    match await call.menu("which_desk", options={"1": "sales", "0": None}):
        case Choice(None):
            match await call.dial("tel:112"):
                case Answered(party):
                    await call.bridge(party)
                case _:
                    await call.play("nobody_there")
        case Choice(str(place)):
            await call.play(Say("You chose {place:text}.", place=place))
    await call.play("goodbye")


async def engaged(call: Call) -> None:
    await call.hangup(486)


async def for_ever(call: Call) -> None:
    await call.answer()
    await call.wait()


def problem_of(simulation: Simulation) -> str:
    return str(simulation.performance.unmet)


def test_the_timeline_tells_what_was_heard_and_done() -> None:
    script = parse_script("hears which_desk\nsilence 0.5\npress 1\nhears goodbye\nends")
    performance = simulate(desk, script).performance
    assert performance.unmet is None
    assert performance.moments[:3] == (
        Moment(0.0, Who.PLATFORM, "which_desk"),
        Moment(0.5, Who.CALLER, "presses 1"),
        Moment(0.5, Who.PLATFORM, "You chose"),
    )
    assert performance.moments[-1].what == "the call is over"


def test_words_are_heard_across_the_sounds_of_a_sentence() -> None:
    script = parse_script('hears which_desk\npress 1\nhears "You chose sales" within 5')
    assert simulate(desk, script).performance.unmet is None


def test_a_prompt_counts_that_was_over_before_it_was_waited_for() -> None:
    assert simulate(desk, parse_script("silence 2\nhears which_desk within 1")).performance.unmet is None


def test_each_line_hears_something_later_than_the_one_before() -> None:
    script = parse_script("hears which_desk\npress 7\nhears which_desk within 5\nhears which_desk within 3")
    assert problem_of(simulate(desk, script)) == "script:4: which_desk is not heard within 3 s"


def test_what_does_not_come_is_told_with_its_line() -> None:
    script = parse_script("hears which_desk\npress 1\nhears nonsense", "caller.txt")
    assert problem_of(simulate(desk, script)) == "caller.txt:3: nonsense is not heard: the call ends before"


def test_keys_for_nobody_are_a_fault() -> None:
    script = parse_script("press 1\nends\npress 1")
    assert problem_of(simulate(desk, script)) == "script:3: the call is over, too early to press 1"


def test_a_refusal_may_be_expected() -> None:
    assert simulate(engaged, parse_script("refused 486")).performance.unmet is None
    assert "status 486, not 603" in problem_of(simulate(engaged, parse_script("refused 603")))
    assert "refused with 486" in problem_of(simulate(engaged, parse_script("press 1")))


def test_whom_the_flow_calls_does_as_the_script_says() -> None:
    talks = parse_script("meets tel:112 answers after 3 talks 10\npress 0\nhears goodbye\nends")
    performance = simulate(desk, talks).performance
    assert performance.unmet is None
    # One second of the question that the key cut, three of ringing, ten of talk, one of farewell.
    assert round(performance.seconds, 1) == 14.0
    busy = parse_script("meets tel:112 busy\npress 0\nhears nobody_there\nhears goodbye")
    assert simulate(desk, busy).performance.unmet is None


def test_a_call_that_does_not_end_is_a_fault_and_is_hung_up() -> None:
    simulation = simulate(for_ever, parse_script("ends within 300"))
    assert problem_of(simulation) == "script:1: the call does not end within 300 s"
    assert simulation.performance.moments[-1].what == "hangs up"


async def spoken_to(call: Call) -> None:
    await call.answer()
    await call.menu("which_desk", options={"1": "sales"}, listens={"1": "sales"})
    await call.play("goodbye")


def test_what_a_caller_says_is_understood() -> None:
    script = parse_script('hears which_desk\nsilence 1.5\nsays "sales"\nhears goodbye\nends')
    simulation = simulate(spoken_to, script)
    assert simulation.performance.unmet is None
    (menu,) = (step for step in simulation.journal.steps if step.verb == "menu")
    assert {fact.name: fact.value for fact in menu.result}["how"] == "speech"
