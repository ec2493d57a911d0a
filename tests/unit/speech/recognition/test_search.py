"""What a recogniser is told to look for."""

from __future__ import annotations

from datetime import date

import pytest

from voicecore.speech.recognition import grammar
from voicecore.speech.recognition.grammar import Answers, Choices, Command, Grammar, Way
from voicecore.speech.recognition.matching import match
from voicecore.speech.recognition.search import SearchKind, search_of

DESKS = Choices((Way("1", ("sales", "shop")), Way("2", ("billing",))))


def test_choices_are_a_closed_set_with_the_commands_in_it() -> None:
    search = search_of(Grammar(DESKS, frozenset({Command.OPERATOR})), "en")
    assert search.kind is SearchKind.PHRASES
    assert {"sales", "shop", "billing", "operator"} <= set(search.phrases)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("answers", [DESKS, grammar.YesNo(), grammar.DigitString(1, 1)])
def test_every_phrase_of_a_closed_set_means_something(answers: Answers, language: str) -> None:
    asked = Grammar(answers, frozenset(Command))
    for phrase in search_of(asked, language).phrases:
        assert match(asked, phrase, language) is not None, phrase


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (grammar.DigitString(4), SearchKind.REPEATED),
        (grammar.WholeNumber(), SearchKind.FREE),
        (grammar.Dates(date(2026, 11, 23)), SearchKind.FREE),
        (grammar.Pattern("A.*"), SearchKind.FREE),
        (grammar.Free(), SearchKind.FREE),
    ],
)
def test_what_is_no_closed_set_is_looked_for_by_its_words(answers: Answers, kind: SearchKind) -> None:
    assert search_of(Grammar(answers), "en").kind is kind
