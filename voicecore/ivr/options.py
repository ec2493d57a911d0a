"""The keys that choose something: those of a menu, and those that mean the same in every question. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final, TypeVar

from voicecore.errors import UsageError
from voicecore.speech.language.tag import lookup
from voicecore.speech.recognition.grammar import Way

T = TypeVar("T")

KEYS = frozenset("0123456789*#ABCD")
"""What a telephone can send (RFC 4733, 3.2)."""

DECIMAL = frozenset("0123456789")

MAX_RANGE = 10_000
"""Numbers that one range of options may hold."""

Options = Mapping[str, T]
"""Keys, or ranges of numbers such as "10-19", to values."""


class UniversalOption(Enum):
    REPEAT = "repeat"
    """Hear the question again. No try is used up."""
    BACK = "back"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Universal:
    """Which key means what in every question; None: none does."""

    repeat: str | None = None
    back: str | None = None
    operator: str | None = None

    def __post_init__(self) -> None:
        keys = [key for key in (self.repeat, self.back, self.operator) if key is not None]
        if any(key not in KEYS for key in keys) or len(set(keys)) < len(keys):
            raise UsageError(f"universal options are single keys of a phone, each its own; not {keys}")

    def over(self, outer: Universal) -> Universal:
        """These, and what `outer` has besides; a key that is used anew loses its outer meaning."""
        own = self.by_key()
        kept = {option: key for key, option in outer.by_key().items() if key not in own}
        return Universal(
            self.repeat or kept.get(UniversalOption.REPEAT),
            self.back or kept.get(UniversalOption.BACK),
            self.operator or kept.get(UniversalOption.OPERATOR),
        )

    def by_key(self) -> dict[str, UniversalOption]:
        pairs = (
            (self.repeat, UniversalOption.REPEAT),
            (self.back, UniversalOption.BACK),
            (self.operator, UniversalOption.OPERATOR),
        )
        return {key: option for key, option in pairs if key is not None}

    def beside(self, first_keys: Iterable[str]) -> dict[str, UniversalOption]:
        """Those that a question leaves free: a key that may begin its answer belongs to the answer."""
        taken = frozenset(first_keys)
        return {key: option for key, option in self.by_key().items() if key not in taken}


NONE = Universal()

Phrases = str | Sequence[str]
Listens = Mapping[str, Phrases | Mapping[str, Phrases]]
"""By an option's key, how it may be said: one way or several, in every language or by language ("en", "zh")."""


NOTHING: Final[Listens] = MappingProxyType({})


def ways_of(listens: Listens, keys: Container[str], language: str) -> tuple[Way, ...]:
    """The phrases of a menu in one language; each means its key. Raises UsageError for a key that is no option.

    >>> ways_of({"1": ("sales", "buy"), "2": {"zh": "账单"}}, {"1", "2"}, "en-GB")
    (Way(meaning='1', phrases=('sales', 'buy')),)
    """
    for key in listens:
        if key not in keys:
            raise UsageError(f"the menu listens for {key}, which is none of its options")
    found = ((key, _in_language(said, language)) for key, said in listens.items())
    return tuple(Way(key, phrases) for key, phrases in found if phrases)


def _in_language(said: Phrases | Mapping[str, Phrases], language: str) -> tuple[str, ...]:
    if isinstance(said, Mapping):
        said = next((said[tag] for tag in lookup(language) if tag in said), ())
    return (said,) if isinstance(said, str) else tuple(said)


def by_key(options: Options[T]) -> dict[str, T]:
    """Every key sequence with its value, "08-10" as each of its numbers.

    Raises UsageError for what no phone can press, and where one option begins another: nobody could tell
    which of the two is meant before the caller has been silent for a while.

    >>> by_key({"*": "operator", "09-10": "desk"})
    {'*': 'operator', '09': 'desk', '10': 'desk'}
    """
    found: dict[str, T] = {}
    for option, value in options.items():
        for key in _keys(option):
            if key in found:
                raise UsageError(f"two options have the key {key}")
            found[key] = value
    if not found:
        raise UsageError("a menu needs an option")
    for key in found:
        for length in range(1, len(key)):
            if key[:length] in found:
                raise UsageError(f"option {key[:length]} begins option {key}; give both as many digits")
    return found


def numbered(items: Sequence[T]) -> dict[str, T]:
    """Options for things that are known only while the call runs: the first has key 1, or 01 where there are many.

    >>> numbered(["checking", "savings"])
    {'1': 'checking', '2': 'savings'}
    """
    width = len(str(len(items)))
    return {f"{number:0{width}}": item for number, item in enumerate(items, 1)}


def check_universal(keys: Iterable[str], universal: Universal) -> None:
    """Raises UsageError where a universal key begins a longer option, which then could not be pressed."""
    for key in keys:
        if len(key) > 1 and key[0] in universal.by_key():
            raise UsageError(f"the universal option {key[0]} begins option {key}")


def _keys(option: str) -> list[str]:
    first, dash, last = option.partition("-")
    if not dash:
        if not option or not set(option) <= KEYS:
            raise UsageError(f"a menu's options are keys of a phone, as '1' or '10-19'; not {option!r}")
        return [option]
    if not set(first + last) <= DECIMAL or not first or len(first) != len(last) or first > last:
        raise UsageError(f"a range of options is two numbers of as many digits, as '10-19'; not {option!r}")
    if int(last) - int(first) >= MAX_RANGE:
        raise UsageError(f"a range of options holds at most {MAX_RANGE} numbers; not {option!r}")
    return [f"{number:0{len(first)}}" for number in range(int(first), int(last) + 1)]
