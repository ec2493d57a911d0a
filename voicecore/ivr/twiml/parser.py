"""From TwiML text to its verbs. What is wrong stops the whole document; what is not done here becomes a remark."""

from __future__ import annotations

import re
from collections.abc import Callable

from voicecore.ivr.options import KEYS
from voicecore.ivr.twiml.element import Element, TwimlError, read_xml
from voicecore.ivr.twiml.verbs import (
    Action,
    Dial,
    Document,
    Gather,
    Hangup,
    Method,
    Party,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Verb,
)

MAX_REMARKS = 20
"""Kept of one document; later ones are dropped."""
MAX_SAID = 4096
"""Characters of one text."""
_SENT = re.compile(r"[0-9*#ABCDabcdwW]{1,64}")
_NUMBER = re.compile(r"\+?[0-9]{1,20}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def parse_twiml(document: bytes) -> Document:
    """Raises TwimlError, which says the line, for what is no TwiML or has a value that cannot be."""
    root = read_xml(document)
    if root.name != "Response":
        raise TwimlError(root.line, f"the document is a <{root.name}>, not a <Response>")
    reading = _Reading()
    verbs: list[Verb] = []
    for element in root.children:
        read = _VERBS.get(element.name)
        if read is None:
            reading.remark(element, f"<{element.name}> is not done here")
            continue
        fields = _Fields(element, reading)
        verb = read(fields)
        fields.close()
        if verb is not None:
            verbs.append(verb)
    if root.text.strip():
        reading.remark(root, "text outside of verbs is not said")
    return Document(tuple(verbs), tuple(reading.remarks))


class _Reading:
    def __init__(self) -> None:
        self.remarks: list[str] = []

    def remark(self, element: Element, text: str) -> None:
        if len(self.remarks) < MAX_REMARKS:
            self.remarks.append(f"line {element.line}: {text}"[:200])


class _Fields:
    """Typed attributes of one element; those that nobody takes are told."""

    def __init__(self, element: Element, reading: _Reading) -> None:
        self.element = element
        self.reading = reading
        self._left = dict(element.attributes)

    def text(self, name: str, default: str = "") -> str:
        return self._left.pop(name, default).strip()

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        text = self._left.pop(name, "").strip()
        if not text:
            return default
        if not (text.isascii() and text.isdecimal() and len(text) < 10 and low <= int(text) <= high):
            self.fail(f"{name} is {text[:40]!r}, not a whole number from {low} to {high}")
        return int(text)

    def flag(self, name: str, default: bool) -> bool:
        text = self._left.pop(name, "").strip().lower()
        if text not in ("", "true", "false"):
            self.fail(f"{name} is {text[:40]!r}, not true or false")
        return text == "true" if text else default

    def keys(self, name: str, default: str) -> str:
        text = self.text(name, default)
        if not set(text) <= KEYS:
            self.fail(f"{name} is {text[:40]!r}, not keys of a phone")
        return text

    def method(self, name: str = "method") -> Method:
        text = self.text(name, "POST").upper()
        if text not in ("GET", "POST"):
            self.fail(f"{name} is {text[:40]!r}, not GET or POST")
        return Method(text)

    def action(self) -> Action:
        return Action(self.text("action"), self.method())

    def fail(self, problem: str) -> None:
        raise TwimlError(self.element.line, f"<{self.element.name}> {problem}")

    def remark(self, text: str) -> None:
        self.reading.remark(self.element, f"<{self.element.name}> {text}")

    def close(self) -> None:
        for name in self._left:
            self.remark(f"{name} is not done here")

    def inside(self) -> list[_Fields]:
        return [_Fields(child, self.reading) for child in self.element.children]


def _say(fields: _Fields) -> Say | None:
    language = fields.text("language") or None
    if language is not None and not _LANGUAGE.fullmatch(language):
        fields.fail(f"language is {language[:40]!r}, not a language tag")
    if language is not None and language.lower().startswith("cmn"):
        language = "zh"
    if fields.element.children:
        fields.remark("SSML is said as plain text")
    loop = fields.whole("loop", 1, 0, 1000)
    text = fields.element.all_text
    if len(text) > MAX_SAID:
        fields.fail(f"has more than {MAX_SAID} characters")
    return Say(text, language, loop) if text else None


def _play(fields: _Fields) -> Play | None:
    digits = fields.text("digits")
    if digits and not _SENT.fullmatch(digits):
        fields.fail(f"digits is {digits[:40]!r}, not keys of a phone")
    loop, url = fields.whole("loop", 1, 0, 1000), fields.element.all_text
    _nothing_inside(fields)
    return Play(url, loop, digits) if url or digits else None


def _pause(fields: _Fields) -> Pause:
    _nothing_inside(fields)
    return Pause(fields.whole("length", 1, 0, 3600))


_PROMPTS: dict[str, Callable[[_Fields], Say | Play | Pause | None]] = {
    "Say": _say,
    "Play": _play,
    "Pause": _pause,
}


def _gather(fields: _Fields) -> Gather:
    prompts: list[Say | Play | Pause] = []
    for inner in fields.inside():
        read = _PROMPTS.get(inner.element.name)
        if read is None:
            inner.remark("is not done within <Gather>")
            continue
        prompt = read(inner)
        inner.close()
        if prompt is not None:
            prompts.append(prompt)
    if "speech" in fields.text("input", "dtmf").split():
        fields.remark("takes keys only")
    return Gather(
        tuple(prompts),
        fields.action(),
        timeout=fields.whole("timeout", 5, 0, 600),
        finish_on_key=fields.keys("finishOnKey", "#"),
        num_digits=fields.whole("numDigits", 0, 1, 64) or None,
        on_empty=fields.flag("actionOnEmptyResult", False),
    )


def _record(fields: _Fields) -> Record:
    _nothing_inside(fields)
    return Record(
        fields.action(),
        timeout=fields.whole("timeout", 5, 1, 600),
        finish_on_key=fields.keys("finishOnKey", "1234567890*#"),
        max_length=fields.whole("maxLength", 3600, 1, 14_400),
        play_beep=fields.flag("playBeep", True),
    )


def _dial(fields: _Fields) -> Dial:
    parties = [party for inner in fields.inside() if (party := _party(inner)) is not None]
    number = " ".join(fields.element.text.split())
    if number and not parties:
        parties.append(Party(_telephone(fields, number)))
    if not parties:
        fields.fail("calls nobody")
    action = fields.text("action")
    method = fields.method()
    return Dial(
        tuple(parties),
        Action(action, method) if action else None,
        timeout=fields.whole("timeout", 30, 1, 600),
        time_limit=fields.whole("timeLimit", 14_400, 1, 86_400),
        hangup_on_star=fields.flag("hangupOnStar", False),
        record=fields.text("record", "do-not-record") not in ("do-not-record", "false"),
        answer_on_bridge=fields.flag("answerOnBridge", False),
        sequential=fields.flag("sequential", False),
    )


def _party(fields: _Fields) -> Party | None:
    text = fields.element.all_text
    match fields.element.name:
        case "Number":
            target = _telephone(fields, text)
        case "Sip":
            if not text.lower().startswith(("sip:", "sips:")) or any(c.isspace() for c in text):
                fields.fail(f"{text[:40]!r} is no SIP URI")
            target = text
        case "Client":
            if not re.fullmatch(r"[A-Za-z0-9._+-]{1,64}", text):
                fields.fail(f"{text[:40]!r} is no account")
            target = f"phone:{text}"
        case _:
            fields.remark("is not done within <Dial>")
            return None
    party = Party(target, fields.text("url"), fields.method())
    fields.close()
    return party


def _telephone(fields: _Fields, text: str) -> str:
    number = re.sub(r"[ ().-]", "", text)
    if not _NUMBER.fullmatch(number):
        fields.fail(f"{text[:40]!r} is no telephone number")
    return f"tel:{number}"


def _redirect(fields: _Fields) -> Redirect:
    return Redirect(Action(fields.element.all_text, fields.method()))


def _hangup(fields: _Fields) -> Hangup:
    _nothing_inside(fields)
    return Hangup()


def _reject(fields: _Fields) -> Reject:
    _nothing_inside(fields)
    reason = fields.text("reason", "rejected")
    if reason not in ("rejected", "busy"):
        fields.fail(f"reason is {reason[:40]!r}, not rejected or busy")
    return Reject(reason == "busy")


def _nothing_inside(fields: _Fields) -> None:
    for child in fields.element.children:
        fields.reading.remark(child, f"<{child.name}> is not done within <{fields.element.name}>")


_VERBS: dict[str, Callable[[_Fields], Verb | None]] = {
    **_PROMPTS,
    "Gather": _gather,
    "Record": _record,
    "Dial": _dial,
    "Redirect": _redirect,
    "Hangup": _hangup,
    "Reject": _reject,
}
