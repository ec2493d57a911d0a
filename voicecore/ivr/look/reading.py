"""From the source of a flow to its graph: statements are followed as they would run, functions where they are used."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from voicecore.ivr.look.graph import Edge, FlowGraph, GraphBuilder, NodeKind
from voicecore.ivr.look.options import Option, options_of, taken, value_of
from voicecore.ivr.look.source import Source, source_of
from voicecore.ivr.look.verbs import BLOCKS, QUESTIONS, UNHEARD, label_of, prompts_of

MAX_NODES = 2000
"""Of one graph; a flow that needs more is cut there."""


class Exit(NamedTuple):
    """Where the flow stands, and what has been decided since."""

    node: int
    label: str = ""
    keys: tuple[str, ...] = ()
    is_silent: bool = True


class Prompt(NamedTuple):
    """A prompt that is named in the source."""

    name: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Question:
    """A verb whose result a `match` looks at. `cases` are its cases, as far as there is a `match`."""

    verb: str
    file: str
    line: int
    options: tuple[Option, ...]
    universal: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a `match` makes of a question."""

    question: Question
    silence_is_open: bool
    is_complete: bool
    """Whatever comes, a case takes it."""
    names: frozenset[str]
    """Types that its cases name."""
    left: tuple[Option, ...]
    """Options that no case of their own takes."""
    idle: tuple[int, ...]
    """Lines of cases that no option leads to."""


@dataclass(slots=True)
class Reading:
    """What was found in a flow."""

    graph: FlowGraph
    questions: list[Question]
    judged: list[Judged]
    prompts: list[Prompt]


@dataclass(slots=True)
class _Loop:
    join: int
    breaks: list[Exit] = field(default_factory=list)


@dataclass(slots=True)
class _Frame:
    """One function that is being read."""

    source: Source
    returns: list[Exit] = field(default_factory=list)
    loops: list[_Loop] = field(default_factory=list)
    dicts: dict[str, ast.expr] = field(default_factory=dict)
    captures: dict[str, tuple[Option, ...]] = field(default_factory=dict)
    results: dict[str, Question] = field(default_factory=dict)
    universal: tuple[str, ...] = ()


def read(flow: Callable[..., Any]) -> Reading:
    """Raises UsageError for a flow without source."""
    return _Reader().read(flow)


class _Reader:
    def __init__(self) -> None:
        self._graph = GraphBuilder()
        self._running: dict[object, int] = {}
        self._asked: dict[int, Question] = {}
        self._judged: list[Judged] = []
        self._prompts: dict[Prompt, None] = {}

    def read(self, flow: Callable[..., Any]) -> Reading:
        start = self._graph.add(NodeKind.START, flow.__name__)
        exits = self._function(flow, [Exit(start)], ())
        if exits:
            self._lead(exits, self._graph.add(NodeKind.END, "end"))
        questions = list(dict.fromkeys(self._asked.values()))
        return Reading(self._graph.graph(), questions, list(dict.fromkeys(self._judged)), [*self._prompts])

    # -- functions and statements --------------------------------------------------------------------
    def _function(
        self, flow: Callable[..., Any], entries: list[Exit], universal: tuple[str, ...]
    ) -> list[Exit]:
        if flow in self._running:
            self._lead(entries, self._running[flow])
            return []
        if len(self._graph.nodes) > MAX_NODES:
            return entries
        join = self._running[flow] = self._graph.add(NodeKind.JOIN, flow.__name__)
        self._lead(entries, join)
        frame = _Frame(source_of(flow), universal=universal)
        exits = self._block(frame.source.function.body, [Exit(join)], frame)
        del self._running[flow]
        return [*exits, *frame.returns]

    def _block(self, statements: Sequence[ast.stmt], entries: list[Exit], frame: _Frame) -> list[Exit]:
        for statement in statements:
            if not entries:
                break
            entries = self._statement(statement, entries, frame)
        return entries

    def _statement(self, statement: ast.stmt, entries: list[Exit], frame: _Frame) -> list[Exit]:
        match statement:
            case ast.Match():
                return self._match(statement, entries, frame)
            case ast.If(test, body, otherwise):
                entries = self._expression(test, entries, frame)
                told = ast.unparse(test)[:40]
                yes = self._block(body, _labelled(entries, f"if {told}"), frame)
                return yes + self._block(otherwise, _labelled(entries, f"if not {told}"), frame)
            case ast.While() | ast.For() | ast.AsyncFor():
                return self._loop(statement, entries, frame)
            case ast.With(items, body) | ast.AsyncWith(items, body):
                outer = frame.universal
                for item in items:
                    entries = self._block_verb(item.context_expr, entries, frame)
                exits = self._block(body, entries, frame)
                frame.universal = outer
                return exits
            case ast.Try(body, handlers, otherwise, final):
                exits = self._block(otherwise, self._block(body, entries, frame), frame)
                for handler in handlers:
                    caught = "error" if handler.type is None else ast.unparse(handler.type)
                    exits = exits + self._block(handler.body, _labelled(entries, f"on {caught}"), frame)
                return self._block(final, exits, frame)
            case ast.Return(value):
                frame.returns += entries if value is None else self._expression(value, entries, frame)
                return []
            case ast.Raise():
                self._lead(entries, self._graph.add(NodeKind.END, "fails", frame.source.where(statement)))
                return []
            case ast.Break() if frame.loops:
                frame.loops[-1].breaks += entries
                return []
            case ast.Continue() if frame.loops:
                self._lead(entries, frame.loops[-1].join)
                return []
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return entries
            case _:
                return self._plain(statement, entries, frame)

    def _plain(self, statement: ast.stmt, entries: list[Exit], frame: _Frame) -> list[Exit]:
        for part in ast.iter_child_nodes(statement):
            if isinstance(part, ast.expr):
                entries = self._expression(part, entries, frame)
        match statement:
            case ast.Assign([ast.Name(name)], value):
                if isinstance(value, ast.Dict):
                    frame.dicts[name] = value
                if len(entries) == 1 and entries[0].node in self._asked and isinstance(value, ast.Await):
                    frame.results[name] = self._asked[entries[0].node]
        return entries

    def _loop(
        self, statement: ast.While | ast.For | ast.AsyncFor, entries: list[Exit], frame: _Frame
    ) -> list[Exit]:
        loop = _Loop(self._graph.add(NodeKind.JOIN, "loop", frame.source.where(statement)))
        self._lead(entries, loop.join)
        inside, over = [Exit(loop.join)], [Exit(loop.join, "after all")]
        if isinstance(statement, ast.While):
            inside = self._expression(statement.test, inside, frame)
            told = ast.unparse(statement.test)[:40]
            endless = isinstance(statement.test, ast.Constant) and bool(statement.test.value)
            over = [] if endless else _labelled(inside, f"if not {told}")
        frame.loops.append(loop)
        self._lead(self._block(statement.body, inside, frame), loop.join)
        frame.loops.pop()
        return self._block(statement.orelse, over, frame) + loop.breaks

    # -- match ------------------------------------------------------------------------------------
    def _match(self, statement: ast.Match, entries: list[Exit], frame: _Frame) -> list[Exit]:
        entries = self._expression(statement.subject, entries, frame)
        question = self._question_of(statement.subject, entries, frame)
        left = list(question.options) if question else []
        silence, complete, idle = True, False, []
        exits: list[Exit] = []
        bodies: dict[str, tuple[list[ast.stmt], list[Exit]]] = {}
        for case in statement.cases:
            found = taken(case, left, frame.source.names)
            own = tuple(one for one in found.options if not found.is_else)
            if question and question.options and not own and not found.is_silent and _is_answer(case.pattern):
                idle.append(case.pattern.lineno)
            if found.is_certain:
                left = [one for one in left if one not in own]
            silent = (silence and found.is_silent) if question and question.verb in QUESTIONS else True
            label = ", ".join(one.label for one in own) or _told(case)
            keys = tuple(one.keys for one in found.options)
            ways = [Exit(one.node, _joined(one.label, label), keys, silent) for one in entries]
            if found.capture:
                frame.captures[found.capture] = found.options
            body = ast.dump(ast.Module(case.body, [])) + (found.capture and str(case.pattern.lineno))
            bodies.setdefault(body, (case.body, []))[1].extend(ways)
            silence = silence and not (found.is_silent and found.is_certain)
            complete = complete or (found.is_else and found.is_certain)
        complete = complete or bool(question and question.options and not left and not silence)
        for statements, ways in bodies.values():
            exits += self._block(statements, ways, frame)
        if not complete:
            exits += [Exit(one.node, _joined(one.label, "otherwise"), (), silence) for one in entries]
        if question:
            names = frozenset(_names(statement.cases))
            self._judged.append(Judged(question, silence, complete, names, tuple(left), tuple(idle)))
        return exits

    def _question_of(self, subject: ast.expr, entries: list[Exit], frame: _Frame) -> Question | None:
        if isinstance(subject, ast.Name):
            return frame.results.get(subject.id)
        if isinstance(subject, ast.Await) and len(entries) == 1:
            return self._asked.get(entries[0].node)
        return None

    # -- expressions ------------------------------------------------------------------------------
    def _expression(self, expression: ast.expr, entries: list[Exit], frame: _Frame) -> list[Exit]:
        for call in _awaited(expression):
            if entries:
                entries = self._call(call, entries, frame)
        return entries

    def _call(self, call: ast.Call, entries: list[Exit], frame: _Frame) -> list[Exit]:
        function, source = call.func, frame.source
        match function:
            case ast.Attribute(ast.Name(name), verb) if name == source.call:
                return self._verb(verb, call, entries, frame)
            case ast.Name(name) if name in frame.captures:
                return self._captured(frame.captures[name], entries, frame)
        value = value_of(function, source.names)
        if getattr(value, "__name__", "") == "first_of":
            return self._race(call, entries, frame)
        is_ours = inspect.iscoroutinefunction(value) and not value.__module__.startswith("voicecore.")
        if is_ours and any(isinstance(one, ast.Name) and one.id == source.call for one in call.args):
            return self._function(value, entries, frame.universal)  # type: ignore[arg-type]
        return entries

    def _captured(self, options: tuple[Option, ...], entries: list[Exit], frame: _Frame) -> list[Exit]:
        """`await branch(call)`, where a menu's options are functions."""
        exits: list[Exit] = []
        for option in options:
            ways = [Exit(one.node, option.label, (option.keys,), one.is_silent) for one in entries]
            if inspect.iscoroutinefunction(option.value):
                exits += self._function(option.value, ways, frame.universal)
            else:
                exits += ways
        return exits or entries

    def _race(self, call: ast.Call, entries: list[Exit], frame: _Frame) -> list[Exit]:
        raced = [one for one in call.args if isinstance(one, ast.Call)]
        labels = []
        for one in raced:
            if isinstance(one.func, ast.Attribute):
                self._note_prompts(one.func.attr, one, frame)
                labels.append(label_of(one.func.attr, one))
        return self._node(NodeKind.QUESTION, "first of: " + ", ".join(labels), call, entries, frame)

    def _verb(self, verb: str, call: ast.Call, entries: list[Exit], frame: _Frame) -> list[Exit]:
        if verb in UNHEARD:
            return entries
        self._note_prompts(verb, call, frame)
        label = label_of(verb, call)
        if verb == "hangup":
            self._node(NodeKind.END, label, call, entries, frame)
            return []
        kind = NodeKind.QUESTION if verb in QUESTIONS else NodeKind.DIAL if verb == "dial" else NodeKind.VERB
        exits = self._node(kind, label, call, entries, frame)
        if verb in QUESTIONS or verb == "dial":
            given = next((one.value for one in call.keywords if one.arg == "options"), None)
            options = tuple(options_of(given, frame.source.names, frame.dicts))
            question = Question(verb, frame.source.file, call.lineno, options, frame.universal)
            self._asked[exits[0].node] = question
        return exits

    def _block_verb(self, expression: ast.expr, entries: list[Exit], frame: _Frame) -> list[Exit]:
        match expression:
            case ast.Call(ast.Attribute(ast.Name(name), verb)) if name == frame.source.call:
                if verb == "universal":
                    keys = [
                        one.value.value for one in expression.keywords if isinstance(one.value, ast.Constant)
                    ]
                    frame.universal = (*frame.universal, *(key for key in keys if isinstance(key, str)))
                self._note_prompts(verb, expression, frame)
                if verb in BLOCKS:
                    return self._node(NodeKind.VERB, label_of(verb, expression), expression, entries, frame)
                return entries
            case _:
                return self._expression(expression, entries, frame)

    def _node(
        self, kind: NodeKind, label: str, at: ast.AST, entries: list[Exit], frame: _Frame
    ) -> list[Exit]:
        node = self._graph.add(kind, label, frame.source.where(at))
        self._lead(entries, node)
        return [Exit(node)]

    def _note_prompts(self, verb: str, call: ast.Call, frame: _Frame) -> None:
        for name in prompts_of(verb, call):
            self._prompts[Prompt(name, frame.source.file, call.lineno)] = None

    def _lead(self, entries: list[Exit], target: int) -> None:
        for one in entries:
            self._graph.edges.append(Edge(one.node, target, one.label, one.keys, one.is_silent))


def _awaited(expression: ast.AST) -> Iterator[ast.Call]:
    """Calls that are awaited, the inner ones first."""
    if isinstance(expression, ast.Lambda):
        return
    for part in ast.iter_child_nodes(expression):
        yield from _awaited(part)
    if isinstance(expression, ast.Await) and isinstance(expression.value, ast.Call):
        yield expression.value


def _labelled(entries: list[Exit], label: str) -> list[Exit]:
    return [one._replace(label=_joined(one.label, label)) for one in entries]


def _joined(first: str, second: str) -> str:
    return ", ".join(filter(None, [first, second]))


def _told(case: ast.match_case) -> str:
    pattern = ast.unparse(case.pattern).removesuffix("()")
    text = "otherwise" if pattern == "_" else pattern[:40]
    return text if case.guard is None else f"{text} if {ast.unparse(case.guard)[:40]}"


def _is_answer(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchClass) and ast.unparse(pattern.cls) == "Choice"


def _names(cases: Sequence[ast.match_case]) -> Iterator[str]:
    for case in cases:
        if case.guard is None:
            for part in ast.walk(case.pattern):
                if isinstance(part, ast.MatchClass):
                    yield ast.unparse(part.cls)
