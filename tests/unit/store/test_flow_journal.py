from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.store.records import START, flow_journals
from voicecore.ids import LegId
from voicecore.store.flow_journal import (
    VERSION,
    Fact,
    FlowJournal,
    Step,
    journal_from_json,
    journal_to_json,
)


@given(flow_journals)
def test_a_journal_survives_json(journal: FlowJournal) -> None:
    assert journal_from_json(journal_to_json(journal)) == journal


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_what_is_no_journal_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        journal_from_json(text)


def test_a_journal_of_a_later_version_is_refused_by_its_number() -> None:
    later = json.dumps({**json.loads(journal_to_json(FlowJournal("a:b"))), "journal": VERSION + 1})
    with pytest.raises(ValueError, match=f"version {VERSION + 1}"):
        journal_from_json(later)


def test_one_filter_drops_all_that_is_personal() -> None:
    facts = (Fact("key", "3"), Fact("text", "4711", is_personal=True))
    step = Step("gather", "flows:3", LegId(1), START, asked=facts, outcome="Digits", result=facts)
    left = FlowJournal("a:b", steps=(step,)).without_personal()
    assert "4711" not in journal_to_json(left)
    assert left.steps[0].result == (Fact("key", "3"),)
