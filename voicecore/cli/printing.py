"""Text from the network, on its way to a terminal that obeys escape sequences."""

from __future__ import annotations

from datetime import datetime, timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from voicecore.trace.printable import printable


def cell(value: object, style: str = "") -> Text:
    """A cell of a table; None is empty. Never markup: brackets in a caller's name stay brackets."""
    return Text("" if value is None else printable(str(value)), style=style)


def table(*columns: str, title: str | None = None) -> Table:
    """A table whose columns wrap instead of cutting text off."""
    made = Table(title=title, title_justify="left", title_style="bold", box=None, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def console() -> Console:
    """Standard output; as wide as it needs to be when nobody watches, so that `grep` finds whole lines."""
    plain = Console(highlight=False, soft_wrap=False)
    return plain if plain.is_terminal else Console(highlight=False, width=200)


def clock_time(at: datetime | None) -> str | None:
    """In the zone of the machine, to the second."""
    return None if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def duration(span: timedelta | None) -> str | None:
    """As minutes and seconds: 1:05."""
    if span is None:
        return None
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    return f"{minutes}:{seconds:02}"
