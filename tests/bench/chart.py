"""Costs beside their goals as a picture: one bar a load, as long as its cost is of what the goal allows."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from tests.bench.table import Row

_WIDTH, _ROW, _TOP, _LEFT, _RIGHT = 760, 26, 64, 270, 170
_LEAST_SPAN = 1.5
"""The scale goes so far past the goal at least."""
_COLOURS = {"met": "#2f9e62", "missed": "#cc5a3a"}


def drawn(rows: Sequence[Row], told: str) -> str:
    """An SVG of all rows that have a ratio to the floor and a goal. `told` says where and under what load it was."""
    judged = [
        row for row in rows if row.goal is not None and row.judged is not None and row.ratio is not None
    ]
    shares = [row.judged / row.goal.limit for row in judged if row.goal and row.judged is not None]
    span = max([_LEAST_SPAN, *shares])
    scale = (_WIDTH - _LEFT - _RIGHT) / span
    height = _TOP + _ROW * len(judged) + 16
    goal = _LEFT + scale
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" '
            'font-size="13">'
        ),
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        '<text x="12" y="22" font-weight="bold">CPU a packet pair, of what the goal allows</text>',
        f'<text x="12" y="42" fill="#555555">{escape(told)}</text>',
    ]
    for number, (row, share) in enumerate(zip(judged, shares, strict=True)):
        parts += _bar(row, share * scale, _TOP + _ROW * number)
    parts += [
        (
            f'<line x1="{goal:.1f}" y1="{_TOP - 8}" x2="{goal:.1f}" y2="{height - 10}" stroke="#222222" '
            'stroke-dasharray="4 3"/>'
        ),
        f'<text x="{goal:.1f}" y="{_TOP - 12}" text-anchor="middle">goal</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _bar(row: Row, length: float, top: float) -> list[str]:
    told = f"{row.ratio:.2f}" + (f" (goal {row.goal.text})" if row.goal else "")
    middle = top + 14
    return [
        f'<text x="{_LEFT - 8}" y="{middle}" text-anchor="end">{escape(f"{row.work}, {row.load}")}</text>',
        (
            f'<rect x="{_LEFT}" y="{top + 2}" width="{length:.1f}" height="{_ROW - 9}" '
            f'fill="{_COLOURS.get(row.verdict, "#888888")}"/>'
        ),
        f'<text x="{_LEFT + length + 6:.1f}" y="{middle}">{escape(told)}</text>',
    ]
