from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.unit.cli.test_replay import a_call, kept
from voicecore.cli.commands import app
from voicecore.cli.flow_layout import GAP, layout
from voicecore.cli.flow_svg import flow_svg
from voicecore.ivr.look.graph import Edge, FlowGraph, Node, NodeKind

SVG = "{http://www.w3.org/2000/svg}"


@st.composite
def graphs(draw: st.DrawFn) -> FlowGraph:
    """Any nodes that the first one leads to, with loops."""
    count = draw(st.integers(1, 9))
    kinds = st.sampled_from([NodeKind.VERB, NodeKind.QUESTION, NodeKind.DIAL, NodeKind.END])
    nodes = [
        Node(n, draw(kinds) if n else NodeKind.START, draw(st.text("ab <&", max_size=9)))
        for n in range(count)
    ]
    tree = [Edge(draw(st.integers(0, n - 1)), n, draw(st.text("12 <", max_size=9))) for n in range(1, count)]
    more = draw(st.lists(st.builds(Edge, st.integers(0, count - 1), st.integers(0, count - 1)), max_size=9))
    return FlowGraph(tuple(nodes), (*tree, *more))


@given(graphs())
def test_boxes_of_a_layer_do_not_touch(graph: FlowGraph) -> None:
    placed = layout(graph)
    layers: dict[int, list[tuple[float, float]]] = {}
    for place in placed.nodes.values():
        layers.setdefault(place.layer, []).append((place.x - place.half, place.x + place.half))
        assert 0 < place.x < placed.width
        assert 0 < place.y < placed.height
    for row in layers.values():
        ordered = sorted(row)
        assert all(left[1] + GAP <= right[0] + 0.01 for left, right in pairwise(ordered))


@given(graphs())
def test_any_graph_is_a_picture_with_all_its_boxes(graph: FlowGraph) -> None:
    picture = ElementTree.fromstring(flow_svg(graph, "a <flow>"))
    assert len(list(picture.iter(f"{SVG}rect"))) == len(graph.nodes)


def test_a_flow_is_drawn_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "menu.svg"
    result = CliRunner().invoke(app, ["graph", "1000", "--output", str(file)])
    assert result.exit_code == 0
    assert "menu main_menu" in file.read_text()


def test_calls_paint_the_ways_that_they_took(tmp_path: Path) -> None:
    config, file = kept(tmp_path, a_call()), tmp_path / "menu.svg"
    arguments = ["graph", "ivr_apps.main_menu:main", "--config", config, "--calls", "10", "-o", str(file)]
    result = CliRunner().invoke(app, arguments)
    assert "1 calls" in result.output
    assert "3 message (1)" in file.read_text()
    assert "1 music (0)" in file.read_text()


@pytest.mark.parametrize(
    ("flow", "status", "told"),
    [("1000", 0, "nothing is wrong with it"), ("tests.unit.ivr.test_look:no_way_out", 1, "test_look.py:")],
)
def test_a_look_tells_what_is_wrong(flow: str, status: int, told: str) -> None:
    result = CliRunner().invoke(app, ["look", flow])
    assert result.exit_code == status
    assert told in result.output
