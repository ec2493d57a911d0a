"""A flow's graph as a picture."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import assert_never

from voicecore.cli.flow_layout import HEIGHT, Layout, Place, Route, layout
from voicecore.ivr.look.graph import Edge, FlowGraph, Node, NodeKind
from voicecore.ivr.look.taken import Travelled

_STYLE = (
    "text{font:12px sans-serif;fill:#222}.l{font-size:11px;fill:#555;stroke:#fff;stroke-width:3px;paint-order:stroke}"
    "rect,ellipse{fill:#fff;stroke:#555}.question{fill:#e7f0fb}.dial{fill:#fbf3e0}.end,.start{fill:#eee}"
    "path{fill:none;stroke:#888}.never{stroke-dasharray:4 4;stroke:#bbb}"
)
_ARROW = (
    '<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
    'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 8 4 0 8z" style="fill:#888"/></marker></defs>'
)


def flow_svg(graph: FlowGraph, title: str, taken: Travelled | None = None) -> str:
    """Boxes are verbs, blue ones ask. With `taken`, edges are as thick as they were taken often."""
    placed = layout(graph)
    width, height = round(placed.width), round(placed.height)
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        _ARROW,
        *(_route(route, taken) for route in placed.routes),
        *(_node(node, placed) for node in graph.nodes),
        "</svg>",
    ]
    return "\n".join(parts)


def _node(node: Node, placed: Layout) -> str:
    place = placed.nodes[node.id]
    text = f'<text x="{place.x:.0f}" y="{place.y + 4:.0f}" text-anchor="middle">{escape(node.label)}</text>'
    tip = f"<title>{escape(node.where)}</title>" if node.where else ""
    return f"<g>{tip}{_shape(node, place)}{text}</g>"


def _shape(node: Node, place: Place) -> str:
    left, top = place.x - place.width / 2, place.y - HEIGHT / 2
    match node.kind:
        case NodeKind.START | NodeKind.END | NodeKind.JOIN:
            round_ = HEIGHT / 2
        case NodeKind.VERB | NodeKind.QUESTION | NodeKind.DIAL:
            round_ = 4
        case _:
            assert_never(node.kind)
    return (
        f'<rect class="{node.kind.value}" x="{left:.0f}" y="{top:.0f}" width="{place.width:.0f}" '
        f'height="{HEIGHT:.0f}" rx="{round_:.0f}"/>'
    )


def _route(route: Route, taken: Travelled | None) -> str:
    points = [(place.x, place.y) for place in route.places]
    down = points[-1][1] > points[0][1]
    edge = HEIGHT / 2 if down else -HEIGHT / 2
    points[0] = (points[0][0], points[0][1] + edge)
    points[-1] = (points[-1][0], points[-1][1] - edge)
    if len(points) == 2 and abs(points[0][1] - points[1][1]) < 1:  # to itself, or to its neighbour
        points.insert(1, (points[0][0] + route.places[0].width / 2 + 30, points[0][1] + 20))
    d = f"M{points[0][0]:.0f} {points[0][1]:.0f}"
    for (x, y), (u, v) in pairwise(points):
        middle = (y + v) / 2
        d += f" C{x:.0f} {middle:.0f} {u:.0f} {middle:.0f} {u:.0f} {v:.0f}"
    count = None if taken is None else sum(taken.counts[one] for one in route.edges)
    style = "" if count is None else f' style="stroke-width:{_thickness(count, taken):.1f}"'
    kind = ' class="never"' if count == 0 else ""
    u, v = points[1]
    label = _labels(route.edges, taken, u, v - 12 if len(points) == 2 else v)
    return f'<path d="{d}" marker-end="url(#a)"{kind}{style}/>{label}'


def _thickness(count: int, taken: Travelled | None) -> float:
    most = max(taken.counts.values(), default=1) if taken is not None else 1
    return 1.0 + 5.0 * count / most


def _labels(edges: tuple[Edge, ...], taken: Travelled | None, x: float, y: float) -> str:
    lines = []
    for edge in edges:
        count = "" if taken is None else f"({taken.counts[edge]})"
        text = " ".join(filter(None, [edge.label, count]))
        if text:
            lines.append(escape(text))
    spans = "".join(
        f'<tspan x="{x:.0f}" dy="{12 if n else 0}">{line}</tspan>' for n, line in enumerate(lines)
    )
    return (
        f'<text class="l" text-anchor="middle" x="{x:.0f}" y="{y - 12 * (len(lines) - 1):.0f}">{spans}</text>'
        if spans
        else ""
    )
