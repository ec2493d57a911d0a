"""A dialogue as a graph: verbs are nodes, what callers do leads from one to the next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum


class NodeKind(Enum):
    START = "start"
    VERB = "verb"
    QUESTION = "question"
    """The caller decides what comes next."""
    DIAL = "dial"
    END = "end"
    JOIN = "join"
    """A loop begins here. Only while a graph is being read."""


@dataclass(frozen=True, slots=True)
class Node:
    """`where` is "module:line", as in the journal."""

    id: int
    kind: NodeKind
    label: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """`keys`: those of a menu that lead here. `is_silent`: so does a caller who does nothing."""

    source: int
    target: int
    label: str = ""
    keys: tuple[str, ...] = ()
    is_silent: bool = True


@dataclass(frozen=True, slots=True)
class FlowGraph:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def leaving(self, node: int) -> list[Edge]:
        return [edge for edge in self.edges if edge.source == node]

    def node(self, id: int) -> Node:
        return next(node for node in self.nodes if node.id == id)


@dataclass(slots=True)
class GraphBuilder:
    """A graph that is being read."""

    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)

    def add(self, kind: NodeKind, label: str, where: str = "") -> int:
        self.nodes.append(Node(len(self.nodes), kind, label, where))
        return len(self.nodes) - 1

    def graph(self) -> FlowGraph:
        """Without joins, and without what nothing leads to."""
        edges = list(dict.fromkeys(self.edges))
        for join in [node.id for node in self.nodes if node.kind is NodeKind.JOIN]:
            edges = list(dict.fromkeys(_contracted(edges, join)))
        kept = _reachable(edges, 0)
        nodes = tuple(node for node in self.nodes if node.id in kept)
        return FlowGraph(nodes, tuple(edge for edge in edges if edge.source in kept))


def _contracted(edges: list[Edge], join: int) -> Iterator[Edge]:
    """Each way in is joined with each way out. A loop that holds nothing stays as an edge to nowhere: it is dropped."""
    out = [edge for edge in edges if edge.source == join and edge.target != join]
    for edge in edges:
        if edge.source == join:
            continue
        if edge.target != join:
            yield edge
            continue
        for following in out:
            label = ", ".join(filter(None, [edge.label, following.label]))
            silent = edge.is_silent and following.is_silent
            yield Edge(edge.source, following.target, label, edge.keys or following.keys, silent)


def _reachable(edges: Iterable[Edge], start: int) -> set[int]:
    following: dict[int, list[int]] = {}
    for edge in edges:
        following.setdefault(edge.source, []).append(edge.target)
    found, left = {start}, [start]
    while left:
        for target in following.get(left.pop(), ()):
            if target not in found:
                found.add(target)
                left.append(target)
    return found


def loops(nodes: Iterable[int], edges: Iterable[Edge]) -> list[set[int]]:
    """Nodes that lead back to themselves, together: the strongly connected components that are loops (Tarjan)."""
    following: dict[int, list[int]] = {}
    for edge in edges:
        following.setdefault(edge.source, []).append(edge.target)
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    found: list[set[int]] = []

    def visit(node: int) -> None:
        number[node] = low[node] = len(number)
        stack.append(node)
        for target in following.get(node, ()):
            if target not in number:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], number[target])
        if low[node] == number[node]:
            component = set()
            while True:
                one = stack.pop()
                component.add(one)
                if one == node:
                    break
            if len(component) > 1 or node in following.get(node, ()):
                found.append(component)

    for node in nodes:
        if node not in number:
            visit(node)
    return found
