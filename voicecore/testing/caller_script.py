"""What a caller does, as a small readable text: one line, one thing. Pure; `scripted_call` lets it happen.

# Somebody who leaves a message.
hears main_menu
press 3
hears "after the tone" within 20
silence 2
says "Please call me back."
hangup
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import assert_never

from voicecore.errors import VoicecoreError

PATIENCE = 60.0
"""Seconds that a script waits for what it shall hear, and for the end, unless it says `within`."""

LONGEST = 86_400.0
"""Seconds that any time of a script may be."""

MAX_LINES = 10_000


class ScriptError(VoicecoreError):
    """A script that makes no sense: file, line, and what to write instead."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        super().__init__(f"{file}:{line}: {problem}")
        self.file = file
        self.line = line
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Hears:
    """Waits until this begins to be said: a prompt's name, or (`is_words`) words of what is said."""

    what: str
    is_words: bool = False
    within: float = PATIENCE


@dataclass(frozen=True, slots=True)
class Press:
    """Keys, one after the other."""

    keys: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Does nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class At:
    """Does nothing until so many seconds of the call have passed."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Says:
    """Speaks, at the pace of a person."""

    text: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """Ends the call."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Waits until the other side hangs up."""

    within: float = PATIENCE


@dataclass(frozen=True, slots=True)
class Refused:
    """The call is refused with this SIP status."""

    status: int


Action = Hears | Press | Silence | At | Says | HangUp | Ends | Refused


class Reaction(Enum):
    """What somebody does whom the flow calls."""

    ANSWERS = "answers"
    IS_BUSY = "busy"
    IGNORES = "ignores"
    """It rings, and nobody comes."""
    MACHINE = "machine"
    """An answering machine answers, greets and beeps."""
    REJECTS = "rejects"
    """With a SIP status of choice."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody does whom the flow calls, so many seconds after he answered."""

    at: float
    action: Press | Says


@dataclass(frozen=True, slots=True)
class Meets:
    """Whom the flow calls, as it writes it, and what he does; `after` seconds, and for `talks` seconds."""

    target: str
    reaction: Reaction
    after: float = 2.0
    talks: float | None = None
    """None: until the caller hangs up."""
    status: int = 486
    does: tuple[Deed, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    number: int = field(compare=False)
    action: Action


@dataclass(frozen=True, slots=True)
class CallerScript:
    """What a caller does, in order, and whom the flow meets meanwhile."""

    lines: tuple[Line, ...]
    meets: tuple[Meets, ...] = ()
    file: str = field(default="script", compare=False)


_SECONDS = r"\d{1,5}(?:\.\d{1,6})?"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_WITHIN = rf"(?:\s+within\s+(?P<within>{_SECONDS}))?"
_FORMS = {
    "hears": re.compile(rf"(?P<what>{_QUOTED}|[A-Za-z0-9_.-]+){_WITHIN}", re.ASCII),
    "press": re.compile(r"(?P<keys>[0-9*#A-D]{1,64})", re.ASCII),
    "silence": re.compile(rf"(?P<seconds>{_SECONDS})", re.ASCII),
    "at": re.compile(rf"(?P<seconds>{_SECONDS})", re.ASCII),
    "says": re.compile(rf"(?P<text>{_QUOTED})"),
    "hangup": re.compile(""),
    "ends": re.compile(rf"(?:within\s+(?P<within>{_SECONDS}))?", re.ASCII),
    "refused": re.compile(r"(?P<status>[3-6]\d\d)", re.ASCII),
    "meets": re.compile(
        rf"(?P<target>{_QUOTED}|\S+)\s+(?P<reaction>answers|machine|busy|ignores|rejects\s+(?P<status>[3-6]\d\d))"
        rf"(?:\s+after\s+(?P<after>{_SECONDS}))?(?:\s+talks\s+(?P<talks>{_SECONDS}))?"
        rf"(?P<does>(?:\s+(?:presses\s+[0-9*#A-D]{{1,64}}|says\s+{_QUOTED})\s+at\s+{_SECONDS}){{0,64}})",
        re.ASCII,
    ),
}
_DEED = re.compile(
    rf"(?:presses\s+(?P<keys>\S+)|says\s+(?P<text>{_QUOTED}))\s+at\s+(?P<at>{_SECONDS})", re.ASCII
)
_EXAMPLES = {
    "hears": 'hears main_menu   or   hears "after the tone" within 20',
    "press": "press 31#",
    "silence": "silence 2.5",
    "at": "at 12",
    "says": 'says "to the operator"',
    "hangup": "hangup",
    "ends": "ends within 30",
    "refused": "refused 486",
    "meets": "meets phone:anna answers after 3 talks 20   or   meets tel:112 answers presses 1 at 2",
}


def parse_script(text: str, file: str = "script") -> CallerScript:
    """Raises ScriptError for the first line that makes no sense."""
    lines: list[Line] = []
    meets: list[Meets] = []
    for number, raw in enumerate(text.split("\n"), start=1):
        words = raw.strip()
        if not words or words.startswith("#"):
            continue
        if number > MAX_LINES:
            raise ScriptError(file, number, f"a script has at most {MAX_LINES} lines")
        try:
            parsed = _parsed(words)
        except ValueError as error:
            raise ScriptError(file, number, str(error)) from error
        if not isinstance(parsed, Meets):
            lines.append(Line(number, parsed))
        elif lines:
            raise ScriptError(file, number, "meets belongs at the top, before what the caller does")
        else:
            meets.append(parsed)
    return CallerScript(tuple(lines), tuple(meets), file)


def script_text(script: CallerScript) -> str:
    """The opposite of `parse_script`, as far as it matters: comments and empty lines are not kept."""
    return "".join(f"{_text(one)}\n" for one in (*script.meets, *(line.action for line in script.lines)))


def _parsed(words: str) -> Action | Meets:
    word, rest = (*words.split(None, 1), "")[:2]
    form = _FORMS.get(word)
    if form is None:
        raise ValueError(f"{word[:40]!r} is none of {', '.join(_FORMS)}")
    found = form.fullmatch(rest.strip())
    if found is None:
        raise ValueError(f"{words[:80]!r} is not understood; write it like this: {_EXAMPLES[word]}")
    parts = found.groupdict()
    match word:
        case "hears":
            return Hears(_unquoted(parts["what"]), parts["what"].startswith('"'), _seconds(parts["within"]))
        case "press":
            return Press(parts["keys"])
        case "silence":
            return Silence(float(parts["seconds"]))
        case "at":
            return At(float(parts["seconds"]))
        case "says":
            return Says(_unquoted(parts["text"]))
        case "hangup":
            return HangUp()
        case "ends":
            return Ends(_seconds(parts["within"]))
        case "refused":
            return Refused(int(parts["status"]))
        case _:
            return _meeting(parts)


def _meeting(parts: dict[str, str | None]) -> Meets:
    reaction = Reaction((parts["reaction"] or "").split()[0])
    return Meets(
        _unquoted(parts["target"] or ""),
        reaction,
        float(parts["after"] or 2.0),
        None if parts["talks"] is None else float(parts["talks"]),
        int(parts["status"] or 486),
        tuple(map(_deed, _DEED.finditer(parts["does"] or ""))),
    )


def _deed(found: re.Match[str]) -> Deed:
    keys = found["keys"]
    return Deed(float(found["at"]), Says(_unquoted(found["text"])) if keys is None else Press(keys))


def _seconds(text: str | None) -> float:
    return PATIENCE if text is None else float(text)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _text(action: Action | Meets) -> str:
    match action:
        case Hears(what, is_words, within):
            return f"hears {_quoted(what) if is_words else what}{_within(within)}"
        case Press(keys):
            return f"press {keys}"
        case Silence(seconds):
            return f"silence {_number(seconds)}"
        case At(seconds):
            return f"at {_number(seconds)}"
        case Says(text):
            return f"says {_quoted(text)}"
        case HangUp():
            return "hangup"
        case Ends(within):
            return f"ends{_within(within)}"
        case Refused(status):
            return f"refused {status}"
        case Meets():
            return _meets_text(action)
        case _:
            assert_never(action)


def _meets_text(meets: Meets) -> str:
    reaction = meets.reaction.value
    if meets.reaction is Reaction.REJECTS:
        reaction += f" {meets.status}"
    talks = "" if meets.talks is None else f" talks {_number(meets.talks)}"
    does = "".join(f" {_deed_text(deed)} at {_number(deed.at)}" for deed in meets.does)
    return f"meets {_quoted(meets.target)} {reaction} after {_number(meets.after)}{talks}{does}"


def _deed_text(deed: Deed) -> str:
    match deed.action:
        case Press(keys):
            return f"presses {keys}"
        case Says(text):
            return f"says {_quoted(text)}"
        case _:
            assert_never(deed.action)


def _within(seconds: float) -> str:
    return "" if seconds == PATIENCE else f" within {_number(seconds)}"


def _number(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".")
