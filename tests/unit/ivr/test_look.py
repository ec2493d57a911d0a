from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ivr_apps import (
    caller_routing,
    contingency,
    diagnostics,
    fax,
    handover,
    hours,
    language,
    main_menu,
    office,
    overload,
    reminder,
    self_service,
    survey,
    voicemail,
)
from tests.unit.store.records import START
from voicecore.ids import LegId
from voicecore.ivr import Answered, Call, Choice, Digits, DigitString, NoChoice, NoInput, Unanswered, first_of
from voicecore.ivr.look.findings import look
from voicecore.ivr.look.graph import Edge, FlowGraph, NodeKind
from voicecore.ivr.look.reading import read
from voicecore.ivr.look.taken import travelled
from voicecore.speech.manifest import read_manifest
from voicecore.store.flow_journal import Fact, FlowJournal, Step

MANIFEST = {
    "main": {"en": "Main.", "zh": "主菜单。"},
    "invalid_choice": {"en": "No.", "zh": "不。"},
    "no_input": {"en": "Hello?", "zh": "喂？"},
    "only_english": {"en": "Hi."},
}
KEYS = {"1": "sales", "2": "billing"}


async def unread_option(call: Call) -> None:
    match await call.menu("main", options=KEYS):
        case Choice("sales"):
            await call.wait(1)
        case _:
            await call.wait(2)


async def dead_case(call: Call) -> None:
    match await call.menu("main", options={"1": "sales"}):
        case Choice("sales"):
            await call.wait(1)
        case Choice("support"):
            await call.wait(3)
        case NoChoice():
            await call.wait(2)


async def prefixes(call: Call) -> None:
    await call.menu("main", options={"1": "a", "12": "b"})


async def universal_begins(call: Call) -> None:
    with call.universal(repeat="1"):
        await call.menu("main", options={"12": "b"})


async def silence_forgotten(call: Call) -> None:
    match await call.menu("main", options={"1": "a"}):
        case Choice():
            await call.wait(1)


async def only_some_silence(call: Call) -> None:
    match await call.gather("main", digits=4):
        case Digits(text):
            await call.say(text)
        case NoInput(Unanswered.INVALID):
            await call.wait(1)


async def unknown_prompt(call: Call) -> None:
    await call.play("man")
    await call.ask("only_english", kind=DigitString(4), invalid=["main", "nonsense"])


async def no_way_out(call: Call) -> None:
    while True:
        await call.play("main")


async def silent_circle(call: Call) -> None:
    while True:
        match await call.menu("main", options={"1": "out", "2": "more"}):
            case Choice("out"):
                return
            case Choice("more") | NoChoice():
                continue


async def nobody_answers(call: Call) -> None:
    match await call.dial("phone:anna"):
        case Answered(party):
            await call.bridge(party)


@pytest.mark.parametrize(
    ("flow", "line", "problem"),
    [
        (unread_option, 1, "option 2 billing has no case of its own"),
        (dead_case, 4, "no option leads to this case"),
        (prefixes, 1, "option 1 begins option 12"),
        (universal_begins, 2, "the universal option 1 begins option 12"),
        (silence_forgotten, 1, "nothing is said of a caller who presses nothing"),
        (only_some_silence, 1, "nothing is said of a caller who presses nothing"),
        (unknown_prompt, 1, "there is no prompt man"),
        (unknown_prompt, 2, "prompt only_english has no text in zh"),
        (unknown_prompt, 2, "there is no prompt nonsense"),
        (no_way_out, 2, "nothing leads out of this loop"),
        (silent_circle, 2, "a caller who presses nothing goes round and round here"),
        (nobody_answers, 1, "no case for Busy, NoAnswer, NotReachable, Rejected"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(flow: Callable[..., Any], line: int, problem: str) -> None:
    found = [
        (one.line - flow.__code__.co_firstlineno, one.problem) for one in look(flow, MANIFEST, ["en", "zh"])
    ]
    assert any(at == line and problem in told for at, told in found), found


async def bounded(call: Call) -> None:
    for _ in range(3):
        match await call.menu("main", options=KEYS):
            case Choice("sales" | "billing"):
                break
            case NoChoice():
                continue


async def until_it_ends(call: Call) -> None:
    while isinstance(await call.menu("main", options={"1": "more"}), Choice):
        await call.play("main")


@pytest.mark.parametrize("flow", [bounded, until_it_ends])
def test_loops_that_end_are_right(flow: Callable[..., Any]) -> None:
    assert look(flow, MANIFEST, ["en", "zh"]) == []


@pytest.mark.parametrize(
    "flow",
    [
        main_menu.main,
        office.connect,
        diagnostics.bridge,
        caller_routing.main,
        contingency.main,
        contingency.switch,
        fax.main,
        handover.main,
        hours.main,
        language.main,
        overload.main,
        reminder.main,
        self_service.main,
        survey.main,
        voicemail.main,
        voicemail.listen,
    ],
    ids=lambda flow: f"{flow.__module__}:{flow.__name__}",
)
def test_nothing_is_wrong_with_our_flows(flow: Callable[..., Any], root: Path) -> None:
    assert look(flow, read_manifest(root / "prompts" / "manifest.toml"), ["en", "zh"]) == []


def ways(graph: FlowGraph) -> set[tuple[str, str, str]]:
    labels = {node.id: node.label for node in graph.nodes}
    return {(labels[edge.source], edge.label, labels[edge.target]) for edge in graph.edges}


async def office_menu(call: Call) -> None:
    await call.answer()
    match await call.menu("main", options={"1": desk, "2": None, "*": goodbye}):
        case Choice(None):
            await goodbye(call)
        case Choice(branch) if branch is not None:
            await branch(call)
        case NoChoice():
            await goodbye(call)
    await first_of(call.key("1"), call.wait(5))


async def desk(call: Call) -> None:
    async with call.music():
        await call.wait(3)


async def goodbye(call: Call) -> None:
    await call.say("Goodbye.")
    await call.hangup()


def test_functions_are_followed_from_the_option_that_leads_to_them() -> None:
    assert ways(read(office_menu).graph) == {
        ("office_menu", "", "menu main"),
        ("menu main", "1 desk", "music"),
        ("music", "", "wait 3"),
        ("wait 3", "", "first of: key 1, wait 5"),
        ("first of: key 1, wait 5", "", "end"),
        ("menu main", "2", 'say "Goodbye."'),
        ("menu main", "NoChoice", 'say "Goodbye."'),
        ("menu main", "* goodbye", 'say "Goodbye."'),
        ('say "Goodbye."', "", "hangup"),
    }


async def again(call: Call) -> None:
    match await call.menu("main", options={"1": "again"}):
        case Choice("again"):
            await again(call)
        case _:
            await call.play("main")


def test_a_flow_that_calls_itself_is_a_loop() -> None:
    assert ("menu main", "1 again", "menu main") in ways(read(again).graph)


def test_journals_paint_the_ways_that_were_taken() -> None:
    graph = read(office_menu).graph
    places = {node.label: node.where for node in graph.nodes}

    def step(label: str, *result: Fact, outcome: str = "") -> Step:
        return Step(label.split()[0], places[label], LegId(1), START, outcome=outcome, result=result)

    chosen = step("menu main", Fact("key", "1"), outcome="Choice")
    journal = FlowJournal("a:b", "v1", steps=(chosen, step("music"), step("wait 3", outcome="Hangup")))
    taken = travelled(graph, [journal, journal, FlowJournal("a:b", "v0")], "v1")
    labels = {node.id: node.label for node in graph.nodes}
    assert (taken.calls, taken.others) == (2, 1)
    assert {(labels[e.source], labels[e.target]): n for e, n in taken.counts.items()} == {
        ("office_menu", "menu main"): 2,
        ("menu main", "music"): 2,
        ("music", "wait 3"): 2,
    }


def test_questions_are_told_apart_from_what_is_only_said() -> None:
    kinds = {node.label: node.kind for node in read(main_menu.main).graph.nodes}
    assert kinds["menu main_menu"] is NodeKind.QUESTION
    assert kinds["dial operator.split()"] is NodeKind.DIAL
    assert kinds["play welcome"] is NodeKind.VERB


def test_every_edge_joins_nodes_that_are_there() -> None:
    graph = read(main_menu.main).graph
    ids = {node.id for node in graph.nodes}
    assert all(isinstance(edge, Edge) and {edge.source, edge.target} <= ids for edge in graph.edges)
