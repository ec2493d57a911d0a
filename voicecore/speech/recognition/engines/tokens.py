"""Text to the tokens of a whisper model and back: byte-level byte-pair encoding, of plain sentences."""

from __future__ import annotations

import itertools
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from voicecore.errors import Unavailable

_WORD: Final = re.compile(r" ?[^\W\d_]+| ?\d+| ?[^\s\w]+|\s+|_+")


class Tokens:
    """The vocabulary of one model, from its tokenizer.json."""

    def __init__(self, vocabulary: dict[str, int], merges: list[tuple[str, str]]) -> None:
        self._ids = vocabulary
        self._texts = {id: text for text, id in vocabulary.items()}
        self._ranks = {pair: rank for rank, pair in enumerate(merges)}

    @classmethod
    def read(cls, path: Path) -> Tokens:
        """Raises Unavailable for a file that is no vocabulary of this kind."""
        try:
            written: Any = json.loads(path.read_text(encoding="utf-8"))
            vocabulary = dict(written["model"]["vocab"])
            vocabulary.update((one["content"], one["id"]) for one in written["added_tokens"])
            pairs = (one.split(" ") if isinstance(one, str) else one for one in written["model"]["merges"])
            return cls(vocabulary, [(left, right) for left, right in pairs])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unavailable(f"{path} holds no vocabulary: {error}") from error

    def special(self, name: str) -> int:
        """The number of a token such as "<|endoftext|>". Raises Unavailable where the model has none."""
        if name not in self._ids:
            raise Unavailable(f"the model has no token {name}")
        return self._ids[name]

    def encode(self, text: str) -> list[int]:
        return [self._ids[part] for word in _WORD.findall(text) for part in self._parts(word)]

    def decode(self, ids: list[int]) -> str:
        """The text; special tokens are left out."""
        letters = "".join(text for id in ids if not (text := self._texts.get(id, "")).startswith("<|"))
        return bytes(_octets()[letter] for letter in letters).decode("utf-8", "replace")

    def _parts(self, word: str) -> list[str]:
        """The word's letters, joined pair by pair in the order in which the pairs were learnt."""
        parts = [_letters()[octet] for octet in word.encode()]
        while len(parts) > 1:
            ranks = [self._ranks.get(pair, len(self._ranks)) for pair in itertools.pairwise(parts)]
            best = min(range(len(ranks)), key=ranks.__getitem__)
            if ranks[best] == len(self._ranks):
                break
            parts[best : best + 2] = [parts[best] + parts[best + 1]]
        return parts


@lru_cache(maxsize=1)
def _letters() -> dict[int, str]:
    """The printable character that stands for each octet in a vocabulary."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    rest = [octet for octet in range(256) if octet not in plain]
    return {octet: chr(octet) for octet in plain} | {octet: chr(256 + n) for n, octet in enumerate(rest)}


@lru_cache(maxsize=1)
def _octets() -> dict[str, int]:
    return {letter: octet for octet, letter in _letters().items()}
