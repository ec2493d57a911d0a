"""What is wrong with a flow, as far as its source tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from voicecore.errors import UsageError
from voicecore.ivr.look.graph import NodeKind, loops
from voicecore.ivr.look.reading import Judged, Question, Reading, read
from voicecore.ivr.look.verbs import QUESTIONS
from voicecore.ivr.options import Universal, by_key, check_universal
from voicecore.speech.language.tag import lookup
from voicecore.speech.manifest import Manifest

_OUTCOMES = frozenset({"Busy", "NoAnswer", "Rejected", "NotReachable"})
"""What may come of any dial that nobody answers."""


class Finding(NamedTuple):
    """One thing, and the line to look at."""

    file: str
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.problem}"


def look(flow: Callable[..., Any], manifest: Manifest, languages: Sequence[str]) -> list[Finding]:
    """In the order of files and lines. Raises UsageError for a flow without source."""
    reading = read(flow)
    found = [
        *_of_options(reading.questions),
        *(one for judged in reading.judged for one in _of_cases(judged)),
        *_of_prompts(reading, manifest, languages),
        *_of_loops(reading),
    ]
    return sorted(dict.fromkeys(found))


def _of_options(questions: Sequence[Question]) -> Iterator[Finding]:
    """Keys that begin one another, that no phone has, or that are universal."""
    for question in questions:
        if not question.options:
            continue
        try:
            keys = by_key({one.keys: one.value for one in question.options})
            for key in question.universal:
                check_universal(keys, Universal(repeat=key))
        except UsageError as error:
            yield Finding(question.file, question.line, str(error))


def _of_cases(judged: Judged) -> Iterator[Finding]:
    question = judged.question
    if question.verb in QUESTIONS and judged.silence_is_open:
        yield Finding(question.file, question.line, "nothing is said of a caller who presses nothing")
    if question.verb == "dial" and not judged.is_complete and not judged.names >= _OUTCOMES:
        missing = ", ".join(sorted(_OUTCOMES - judged.names))
        yield Finding(question.file, question.line, f"no case for {missing}")
    for option in judged.left:
        yield Finding(question.file, question.line, f"option {option.label} has no case of its own")
    for line in judged.idle:
        yield Finding(question.file, line, "no option leads to this case")


def _of_prompts(reading: Reading, manifest: Manifest, languages: Sequence[str]) -> Iterator[Finding]:
    for prompt in reading.prompts:
        if prompt.name not in manifest:
            yield Finding(prompt.file, prompt.line, f"there is no prompt {prompt.name}")
            continue
        for language in languages:
            if not any(tag in manifest[prompt.name] for tag in lookup(language)):
                yield Finding(prompt.file, prompt.line, f"prompt {prompt.name} has no text in {language}")


def _of_loops(reading: Reading) -> Iterator[Finding]:
    graph = reading.graph
    everywhere = [node.id for node in graph.nodes]
    nodes = {node.id: node for node in graph.nodes}
    questions = {node.id for node in graph.nodes if node.kind is NodeKind.QUESTION}
    files = {f"{one.line}": one.file for one in reading.questions}
    silent = [edge for edge in graph.edges if edge.is_silent or edge.source not in questions]
    told: set[int] = set()
    for edges, problem in (
        (list(graph.edges), "nothing leads out of this loop"),
        (silent, "a caller who presses nothing goes round and round here"),
    ):
        for loop in loops(everywhere, edges):
            if loop & told or any(edge.source in loop and edge.target not in loop for edge in edges):
                continue
            told |= loop
            first = min(loop)
            module, _, line = nodes[first].where.rpartition(":")
            yield Finding(files.get(line, module), int(line or 0), problem)
