"""How often each way through a dialogue was taken, by the journals of calls. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from voicecore.ivr.look.graph import Edge, FlowGraph, NodeKind
from voicecore.store.flow_journal import FlowJournal, Step


@dataclass(frozen=True, slots=True)
class Travelled:
    """`counts` of each edge; edges that no call took are not in it."""

    calls: int
    others: int
    """Calls that another version of the flow answered: their lines are not those of the graph."""
    counts: Counter[Edge]


def travelled(graph: FlowGraph, journals: Iterable[FlowJournal], version: str) -> Travelled:
    """What the graph does not know of, such as a flow that a flow calls by a name of its own, is passed over."""
    counts: Counter[Edge] = Counter()
    calls = others = 0
    for journal in journals:
        if journal.version != version:
            others += 1
            continue
        calls += 1
        counts.update(_ways(graph, journal))
    return Travelled(calls, others, counts)


def _ways(graph: FlowGraph, journal: FlowJournal) -> Iterable[Edge]:
    places = {node.where for node in graph.nodes if node.where}
    at, key = graph.nodes[0].id, ""
    steps = [step for step in journal.steps if step.where in places]
    for step in steps:
        ways = [edge for edge in graph.leaving(at) if graph.node(edge.target).where == step.where]
        chosen = next((edge for edge in ways if key and key in edge.keys), None) or next(iter(ways), None)
        if chosen is None:
            at = next(node.id for node in graph.nodes if node.where == step.where)
        else:
            yield chosen
            at = chosen.target
        key = _key(step)
    if steps and steps[-1].outcome not in ("Hangup", "Cancelled"):
        ends = [edge for edge in graph.leaving(at) if graph.node(edge.target).kind is NodeKind.END]
        yield from ends[:1]


def _key(step: Step) -> str:
    return next((str(fact.value) for fact in step.result if fact.name == "key"), "")
