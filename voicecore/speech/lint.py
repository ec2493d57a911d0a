"""What is wrong with the prompts of a site, found before a call finds it. Looks at texts and files; says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from voicecore.errors import Unavailable
from voicecore.speech.language.kinds import KINDS
from voicecore.speech.language.registry import rules_for
from voicecore.speech.pcm import read_wav
from voicecore.speech.prompts import WORDS, Prompts, PromptVersion
from voicecore.speech.template import Template, parse_template


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. `place` is a prompt's name or a file; `language` is empty where it holds for all."""

    place: str
    language: str
    problem: str


def findings(prompts: Prompts, recorded: Path, languages: Sequence[str] | None) -> Iterator[Finding]:
    """Everything that is wrong in the given languages, or in all that the manifest knows. Reads files: blocks."""
    tags = prompts.texts.tags(languages)
    for missing in prompts.missing(languages):
        yield Finding(missing.name, missing.language, "no text and no recording")
    for name in prompts.names():
        texts = prompts.texts.of(name)
        templates = {tag: parse_template(text) for tag, text in texts.items() if tag in tags}
        yield from _placeholders(name, templates)
        yield from _without_rules(name, templates)
    for tag in tags:
        yield from _recordings(prompts, recorded / tag, tag)


def _placeholders(name: str, templates: dict[str, Template]) -> Iterator[Finding]:
    """A flow gives every language the same values: each text must have a place for all of them."""
    if not templates:
        return
    first, *others = templates
    expected = _families(templates[first])
    for tag in others:
        found = _families(templates[tag])
        for place in sorted(expected.keys() | found.keys()):
            if place not in found:
                yield Finding(name, tag, f"has no {{{place}}}, which {first} has")
            elif place not in expected:
                yield Finding(name, tag, f"has {{{place}}}, which {first} has not")
            elif None not in (one := expected[place] | found[place]) and len(one) > 1:
                yield Finding(name, tag, f"takes another kind of value for {{{place}}} than {first}")


def _families(template: Template) -> dict[str, set[object]]:
    families: dict[str, set[object]] = {}
    for placeholder in template.placeholders:
        family = KINDS[placeholder.kind].family if placeholder.kind else None
        families.setdefault(placeholder.name, set()).add(family)
    return families


def _without_rules(name: str, templates: dict[str, Template]) -> Iterator[Finding]:
    for tag, template in templates.items():
        try:
            if not template.is_plain:
                rules_for(tag)
        except Unavailable as error:
            yield Finding(name, tag, str(error))


def _recordings(prompts: Prompts, folder: Path, tag: str) -> Iterator[Finding]:
    """Files that cannot be read, and those that no prompt has a use for: a name with a slip of the pen."""
    known = {piece.recording for name in prompts.names() for piece in prompts.fixed(name, tag)}
    for file in sorted(folder.rglob("*.wav")):
        try:
            read_wav(file)
        except Unavailable as error:
            yield Finding(file.name, tag, str(error))
        if file.parent == folder and file.stem not in known:
            yield Finding(file.name, tag, "a recording of no prompt, nor of a fixed part of one")
        elif file.parent != folder and file.parent != folder / WORDS:
            yield Finding(file.name, tag, f"a recording that lies neither here nor in {WORDS}")


def source_of(prompts: Prompts, prompt: PromptVersion) -> str:
    """Where its sound comes from: "recorded", "text" or, for some parts each, "both"; "missing" for neither."""
    pieces = prompts.fixed(prompt.name, prompt.language)
    recorded = [prompts.recording(piece.language, piece.recording).is_file() for piece in pieces]
    if recorded and all(recorded):
        return "recorded"
    if prompt.language not in prompts.texts.of(prompt.name):
        return "missing"
    return "both" if any(recorded) else "text"
