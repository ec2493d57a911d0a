"""What a flow did, as lines that two runs can be compared by: no times, no ids, no lengths of files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voicecore.store.flow_journal import Fact, FlowJournal, Step

MEASURED = frozenset({"duration_ms", "confidence", "leg", "to", "party"})
"""Facts that differ from run to run of the same dialogue."""

BLOCKS = frozenset({"playing", "music", "filler", "echo", "recording", "secret", "after_hangup"})
"""How they end is how what they hold ends, and that is told there."""


@dataclass(frozen=True, slots=True)
class Departure:
    """The first step in which two runs differ; "" where one of them had ended."""

    step: int
    before: str
    after: str
    where: str = ""
    """The line of the flow in the later run."""


def told(journal: FlowJournal, *, personal: bool = True) -> list[str]:
    """A line for each step: verb, what was asked, and what came of it."""
    shown = journal if personal else journal.without_personal()
    return [_line(step) for step in shown.steps]


def departure(before: FlowJournal, after: FlowJournal) -> Departure | None:
    """None where both did the same."""
    old, new = told(before), told(after)
    for number in range(max(len(old), len(new))):
        was, is_now = _at(old, number), _at(new, number)
        if was != is_now:
            where = after.steps[number].where if number < len(after.steps) else ""
            return Departure(number, was, is_now, where)
    return None


def _at(lines: Sequence[str], number: int) -> str:
    return lines[number] if number < len(lines) else ""


def _line(step: Step) -> str:
    asked = " ".join([step.verb, *map(_fact, _kept(step.asked))])
    if step.verb in BLOCKS:
        return asked
    result = " ".join(filter(None, [step.outcome, *map(_fact, _kept(step.result))]))
    return f"{asked} -> {result}" if result else asked


def _kept(facts: tuple[Fact, ...]) -> list[Fact]:
    return [one for one in facts if one.name not in MEASURED]


def _fact(fact: Fact) -> str:
    value = str(fact.value)
    return f"{fact.name}={value!r}" if not value or " " in value else f"{fact.name}={value}"
