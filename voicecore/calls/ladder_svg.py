"""A picture of what rich can print, as SVG that needs nothing of others: no fonts, no files."""

from __future__ import annotations

import io
import re

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.text import Text


def ladder_panel(ladder: str, title: str) -> Panel:
    """A drawn ladder in a frame."""
    return Panel(Text(ladder.rstrip("\n"), no_wrap=True), title=Text(title), padding=(0, 1))


def ladder_svg(ladder: str, title: str) -> str:
    """The picture of one ladder, as wide as the ladder is."""
    width = max((len(line) for line in [title, *ladder.splitlines()]), default=0) + 6
    return svg(ladder_panel(ladder, title), title=title, width=width, unique_id="ladder")


def svg(part: RenderableType, *, title: str, width: int, unique_id: str) -> str:
    """`unique_id` goes into the names of styles, so that two pictures on one page do not mix."""
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True)
    console.print(part)
    without_fonts = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    # Some viewers trim a line's leading blanks, and the ladder's rungs begin with them.
    template = without_fonts.replace("<svg ", '<svg xml:space="preserve" ', 1)
    return console.export_svg(title=title, code_format=template, unique_id=unique_id)
