"""What was said to what was meant, in the languages whose rules there are."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import Unavailable, UsageError
from voicecore.speech.recognition import grammar
from voicecore.speech.recognition.grammar import Answers, Choices, Command, Grammar, Way
from voicecore.speech.recognition.matching import match
from voicecore.speech.recognition.words.registry import SPOKEN

TODAY = date(2026, 11, 23)
DESKS = Choices((Way("1", ("sales", "sales department")), Way("2", ("billing", "my bill", "sales tax"))))
ALL = frozenset(Command)


def meaning(answers: Answers, text: str, language: str = "en") -> str | None:
    found = match(Grammar(answers), text, language)
    return None if found is None else found.meaning


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Sales.", "1"),
        ("the SALES department, please", "1"),
        ("billing", "2"),
        ("I have a question about my bill", "2"),
        ("sales tax", "2"),  # the longer phrase hides the shorter one within it
        ("sales, no, billing", None),
        ("salesman", None),
        ("", None),
        ("one two three four five six seven eight nine sales", None),
    ],
)
def test_a_choice_is_found_in_what_was_said(text: str, meant: str | None) -> None:
    assert meaning(DESKS, text) == meant


def test_more_words_beside_a_choice_make_it_less_sure() -> None:
    def confidence(text: str) -> float:
        found = match(Grammar(DESKS), text, "en")
        assert found is not None
        return found.confidence

    assert confidence("um, sales please") == 1.0 > confidence("perhaps sales today") >= 0.5


@pytest.mark.parametrize(
    ("language", "text", "meant"),
    [
        ("en", "yeah", "yes"),
        ("en", "Yes, that's right.", "yes"),
        ("en", "that's not right", "no"),
        ("en", "No, thank you", "no"),
        ("en", "yes and no", None),
        ("zh", "是的", "yes"),
        ("zh", "不是", "no"),
        ("zh", "不对，错了", "no"),
        ("zh-TW", "對，沒錯", "yes"),
        ("zh", "对不对", None),
    ],
)
def test_yes_and_no_in_the_ways_of_a_language(language: str, text: str, meant: str | None) -> None:
    assert meaning(grammar.YesNo(), text, language) == meant


@pytest.mark.parametrize(
    ("language", "text", "meant"),
    [
        ("en", "one two, oh double five", "12055"),
        ("en", "My number is 555-1234", "5551234"),
        ("en", "triple four nine", "4449"),
        ("en", "nineteen eighty four", "1984"),
        ("en", "to, too, four", "224"),
        ("en", "one two apples", None),
        ("en", "double", None),
        ("en", "double twelve", None),
        ("zh", "幺三八零零", "13800"),
        ("zh", "我的号码是1 3 8", "138"),
        ("zh", "两個五", None),
    ],
)
def test_digits_are_read_as_people_say_them(language: str, text: str, meant: str | None) -> None:
    assert meaning(grammar.DigitString(1, 20), text, language) == meant


def test_a_digit_string_has_its_length() -> None:
    assert meaning(grammar.DigitString(4, 4), "one two three") is None
    assert meaning(grammar.DigitString(4, 4), "one two three four") == "1234"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("November 23rd, 2026", "2026-11-23"),
        ("the twenty third of november twenty twenty six", "2026-11-23"),
        ("Friday the third of march", "2027-03-03"),
        ("tomorrow", "2026-11-24"),
        ("monday", "2026-11-30"),
        ("29 February", "2028-02-29"),
        ("11/25/2026", "2026-11-25"),
        ("2026-11-25", "2026-11-25"),
        ("february thirtieth", None),
        ("someday", None),
    ],
)
def test_dates_are_read_from_today_on(text: str, meant: str | None) -> None:
    assert meaning(grammar.Dates(TODAY), text) == meant


def test_a_date_without_its_year_keeps_to_the_limits() -> None:
    born = grammar.Dates(TODAY, latest=date(2026, 11, 23))
    assert meaning(born, "december first") == "2025-12-01"
    assert meaning(grammar.Dates(TODAY, earliest=date(2030, 1, 1)), "may first") == "2030-05-01"


def test_the_british_say_the_day_first() -> None:
    assert meaning(grammar.Dates(TODAY), "5/6/2027", "en-GB") == "2027-06-05"


@pytest.mark.parametrize(
    ("text", "meant"),
    [("A-B-7", "AB7"), ("alpha bravo seven", "AB7"), ("A as in apple, B 7", "AB7"), ("star AB7", None)],
)
def test_a_pattern_is_spelt(text: str, meant: str | None) -> None:
    assert meaning(grammar.Pattern("[a-z]{2}[0-9]"), text) == meant


def test_a_number_keeps_to_its_range() -> None:
    assert meaning(grammar.WholeNumber(1, 31), "twenty five") == "25"
    assert meaning(grammar.WholeNumber(1, 31), "forty") is None
    assert meaning(grammar.WholeNumber(1, 3100), "两千零二十六", "zh") == "2026"


def test_free_speech_is_its_text() -> None:
    assert meaning(grammar.Free(), " My phone is dead. ") == "My phone is dead."


def test_a_command_may_stand_in_place_of_an_answer() -> None:
    found = match(Grammar(grammar.DigitString(4), ALL), "operator", "en")
    assert found is not None
    assert found.command is Command.OPERATOR
    assert match(Grammar(grammar.DigitString(4)), "operator", "en") is None


def test_an_answer_goes_before_a_command_of_the_same_word() -> None:
    agents = Choices((Way("7", ("agent",)),))
    found = match(Grammar(agents, ALL), "agent", "en")
    assert found is not None
    assert (found.meaning, found.command) == ("7", None)


def test_free_speech_is_a_command_only_as_a_whole() -> None:
    free = Grammar(grammar.Free(), ALL)
    whole, part = match(free, "Operator!", "en"), match(free, "the operator was rude to me", "en")
    assert whole is not None
    assert whole.command is Command.OPERATOR
    assert part is not None
    assert part.command is None


def test_a_language_without_rules_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="fr"):
        match(Grammar(DESKS), "oui", "fr")


def test_choices_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(UsageError, match="both"):
        Choices((Way("1", ("sales",)), Way("2", ("Sales",))))
    with pytest.raises(UsageError):
        Choices((Way("1", ("",)),))


ANSWERS = st.sampled_from(
    [
        DESKS,
        grammar.YesNo(),
        grammar.DigitString(1, 64),
        grammar.WholeNumber(0, 10**9),
        grammar.Dates(TODAY),
        grammar.Pattern(".*", 64),
        grammar.Free(),
    ]
)


@given(answers=ANSWERS, text=st.text(max_size=300), language=st.sampled_from(sorted(SPOKEN)))
def test_any_text_means_something_or_nothing(answers: Answers, text: str, language: str) -> None:
    found = match(Grammar(answers, ALL), text, language)
    assert found is None or (found.meaning and 0 < found.confidence <= 1)


SAID = """one oh double hundred thousand twenty of the may 11 2026 first a b as in yes not 2nd"""
WORDS = st.lists(st.sampled_from(SAID.split()), max_size=40)


@given(answers=ANSWERS, words=WORDS)
def test_any_words_of_the_grammars_mean_something_or_nothing(answers: Answers, words: list[str]) -> None:
    found = match(Grammar(answers, ALL), " ".join(words), "en")
    assert found is None or found.meaning
