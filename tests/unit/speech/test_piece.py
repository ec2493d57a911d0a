from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import Unavailable
from voicecore.speech.language.kinds import Value
from voicecore.speech.piece import Joint, Piece, Source, fixed_pieces_of, pieces_of
from voicecore.speech.template import parse_template

DIGITS = {f"digit_{n}": f"<{n}>" for n in range(10)} | {"digit_plus": "<+>", "digit_yao": "<yao>"}


def filled(text: str, language: str = "en", prompt: str = "", /, **values: Value) -> list[Piece]:
    return pieces_of(parse_template(text), values, Source(language, prompt, DIGITS))


def texts(pieces: list[Piece]) -> list[str]:
    return [piece.text for piece in pieces]


def test_a_sentence_is_split_at_its_values() -> None:
    pieces = filled("You owe {n:number} dollars, {name}. Press 1.", n=3, name="Li Wei")
    assert texts(pieces) == ["You owe", "three", "dollars,", "Li Wei.", "Press 1."]
    assert [piece.fixed for piece in pieces] == [True, False, True, False, True]


def test_ends_are_close_within_a_sentence_and_open_between_sentences() -> None:
    pieces = filled("You owe {n:number} dollars, {name}. Press 1.", n=3, name="Li Wei")
    assert [(piece.before, piece.after) for piece in pieces] == [
        (Joint.OPEN, Joint.CLOSE),
        (Joint.CLOSE, Joint.CLOSE),
        (Joint.CLOSE, Joint.COMMA),
        (Joint.COMMA, Joint.OPEN),
        (Joint.OPEN, Joint.OPEN),
    ]


def test_chinese_signs_part_sentences_as_well() -> None:
    pieces = filled("余额{n:number}，谢谢。再见{name}", "zh", n=2, name="李")
    assert texts(pieces) == ["余额", "二，", "谢谢。再见", "李"]
    assert pieces[1].after is Joint.COMMA


def test_fragments_have_names_to_be_recorded_under() -> None:
    unnamed = filled("{name}, you owe {n:number} dollars.", name="Li", n=3)
    assert not any(piece.recording for piece in unnamed)
    named = filled("You owe {n:number} dollars. {m:number} more.", "en", "debt", n=3, m=4)
    assert [piece.recording for piece in named] == ["debt.1", "", "debt.2", "", "debt.3"]
    assert [piece.recording for piece in filled("Hello.", "en", "hello")] == ["hello"]


def test_what_is_fixed_is_the_same_with_and_without_values() -> None:
    text = "You owe {n:number} dollars, {name}. Press 1."
    ready = fixed_pieces_of(parse_template(text), Source("en", "debt", DIGITS))
    assert ready == [piece for piece in filled(text, "en", "debt", n=3, name="Li") if piece.fixed]


def test_digits_are_prompts_of_their_own_with_a_breath_between_groups() -> None:
    pieces = filled("Call {number:phone}.", number="5550123")
    assert [piece.recording for piece in pieces[1:]] == [f"digit_{digit}" for digit in "5550123"]
    assert [piece.before for piece in pieces[1:]] == [
        Joint.CLOSE,
        Joint.CLOSE,
        Joint.CLOSE,
        Joint.COMMA,
        Joint.CLOSE,
        Joint.CLOSE,
        Joint.CLOSE,
    ]
    assert pieces[-1].text == "<3>"


def test_a_one_may_be_yao() -> None:
    assert texts(filled("{number:phone:yao}", "zh", number="110")) == ["<yao>", "<yao>", "<0>"]


def test_a_key_without_a_prompt_makes_words_of_the_whole_value() -> None:
    assert texts(filled("Press {keys:digits}.", keys="1*")) == ["Press", "one star."]


def test_a_value_of_nothing_leaves_no_hole() -> None:
    assert texts(filled("Hello {name}!", name="")) == ["Hello"]


def test_values_of_a_language_without_rules_are_unavailable() -> None:
    with pytest.raises(Unavailable, match="fr"):
        filled("Vous avez {n:number}.", "fr", n=3)
    assert texts(filled("Bonjour.", "fr")) == ["Bonjour."]


@given(st.lists(st.sampled_from(["{n}", "{m}", " and ", ". ", "You owe", ", ", "!"]), max_size=12))
def test_nothing_is_lost_and_ends_that_meet_agree(parts: list[str]) -> None:
    text = "{n}{m}" + "".join(parts)
    pieces = filled(text, n=1, m="Li")
    said = "".join(texts(pieces)).replace(" ", "")
    expected = text.replace("{n}", "one").replace("{m}", "Li").replace(" ", "")
    assert [c for c in said if c.isalnum()] == [c for c in expected if c.isalnum()]
    assert all(piece.text for piece in pieces)
    assert all(one.after is other.before for one, other in pairwise(pieces))
