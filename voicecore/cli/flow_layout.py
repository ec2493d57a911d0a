"""Places the nodes of a flow's graph in layers, so that most edges lead down. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voicecore.ivr.look.graph import Edge, FlowGraph

LETTER, SMALL_LETTER, PADDING, HEIGHT = 6.6, 6.0, 24.0, 30.0
LAYER, GAP = 100.0, 26.0
_SWEEPS = 8
"""Each orders the layers by their neighbours above, then below."""


@dataclass(slots=True)
class Place:
    """Of a node, or of the bend of an edge that passes a layer. The middle of the box."""

    layer: int
    width: float
    x: float = 0.0
    room: float = 0.0
    """What the label above it takes."""

    @property
    def half(self) -> float:
        return max(self.width, self.room) / 2

    @property
    def y(self) -> float:
        return self.layer * LAYER + HEIGHT


@dataclass(frozen=True, slots=True)
class Route:
    """An edge with all that join the same two nodes: from place to place."""

    edges: tuple[Edge, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    nodes: Mapping[int, Place]
    routes: Sequence[Route]
    width: float
    height: float


def layout(graph: FlowGraph) -> Layout:
    """The same graph is always placed in the same way."""
    layers = _layers(graph)
    nodes = {
        node.id: Place(layers[node.id], max(60.0, len(node.label) * LETTER + PADDING)) for node in graph.nodes
    }
    routes = [_route(edges, nodes) for edges in _together(graph.edges)]
    rows: list[list[Place]] = [[] for _ in range(max(layers.values()) + 1)]
    bends = [place for route in routes for place in route.places[1:-1]]
    for place in [*nodes.values(), *bends]:
        rows[place.layer].append(place)
    _order(rows, routes)
    left = min(place.x - place.half for row in rows for place in row)
    for row in rows:
        for place in row:
            place.x += GAP - left
    width = max(place.x + place.half for row in rows for place in row) + GAP
    return Layout(nodes, routes, width, len(rows) * LAYER + HEIGHT)


def _layers(graph: FlowGraph) -> dict[int, int]:
    """Each node below all that lead to it, where that can be: edges that close a loop lead up."""
    forward = [edge for edge in graph.edges if edge not in _closing(graph)]
    layers = {node.id: 0 for node in graph.nodes}
    for _ in graph.nodes:
        changed = False
        for edge in forward:
            if layers[edge.target] <= layers[edge.source]:
                layers[edge.target], changed = layers[edge.source] + 1, True
        if not changed:
            break
    return layers


def _closing(graph: FlowGraph) -> set[Edge]:
    """Edges that lead back to a node on the way to them."""
    found: set[Edge] = set()
    done: set[int] = set()
    way: list[tuple[int, list[Edge]]] = [(graph.nodes[0].id, graph.leaving(graph.nodes[0].id))]
    on_way = {graph.nodes[0].id}
    while way:
        node, left = way[-1]
        if not left:
            way.pop()
            on_way.discard(node)
            done.add(node)
            continue
        edge = left.pop(0)
        if edge.target in on_way:
            found.add(edge)
        elif edge.target not in done:
            on_way.add(edge.target)
            way.append((edge.target, graph.leaving(edge.target)))
    return found


def _together(edges: Sequence[Edge]) -> list[tuple[Edge, ...]]:
    pairs: dict[tuple[int, int], list[Edge]] = {}
    for edge in edges:
        pairs.setdefault((edge.source, edge.target), []).append(edge)
    return [tuple(found) for found in pairs.values()]


def _route(edges: tuple[Edge, ...], nodes: Mapping[int, Place]) -> Route:
    source, target = nodes[edges[0].source], nodes[edges[0].target]
    step = 1 if target.layer > source.layer else -1
    bends = [Place(layer, 10.0) for layer in range(source.layer + step, target.layer, step)]
    labelled = bends[0] if bends else target  # an edge's label stands where its first part ends
    labelled.room = max(labelled.room, *(len(edge.label) * SMALL_LETTER for edge in edges))
    return Route(edges, (source, *bends, target))


def _order(rows: list[list[Place]], routes: Sequence[Route]) -> None:
    """Puts each place under, then above, the middle of its neighbours."""
    above: dict[int, list[Place]] = {}
    below: dict[int, list[Place]] = {}
    for route in routes:
        for first, second in zip(route.places, route.places[1:], strict=False):
            upper, lower = sorted((first, second), key=lambda place: place.layer)
            above.setdefault(id(lower), []).append(upper)
            below.setdefault(id(upper), []).append(lower)
    for row in rows:
        _spread(row, {})
    for sweep in range(_SWEEPS):
        near = above if sweep % 2 == 0 else below
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wished = {
                id(one): sum(p.x for p in near[id(one)]) / len(near[id(one)])
                for one in row
                if id(one) in near
            }
            row.sort(key=lambda one: wished.get(id(one), one.x))
            _spread(row, wished)


def _spread(row: list[Place], wished: Mapping[int, float]) -> None:
    """As near to the wishes as the widths allow, and as a whole around their middle."""
    x = float("-inf")
    for place in row:
        x = max(wished.get(id(place), place.x), x + place.half)
        place.x = x
        x += place.half + GAP
    if wished:
        shift = sum(wished.get(id(one), one.x) - one.x for one in row) / len(row)
        for place in row:
            place.x += shift
