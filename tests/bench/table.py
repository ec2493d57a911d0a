"""The rows that the bench prints."""

from __future__ import annotations

import os
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Goal:
    """The most that a figure may be. `of` names what is limited: the figure, or its ratio to the floor."""

    limit: float
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `judged` is the number that the goal limits; None where there is no goal or no measurement."""

    work: str
    load: str
    figure: str
    floor: str = ""
    ratio: float | None = None
    goal: Goal | None = None
    judged: float | None = None
    remarks: str = ""

    @property
    def verdict(self) -> str:
        if self.goal is None or self.judged is None:
            return ""
        return "met" if self.judged <= self.goal.limit else "missed"

    def as_json(self) -> dict[str, str | float | None]:
        return {
            "work": self.work,
            "load": self.load,
            "figure": self.figure,
            "floor": self.floor,
            "ratio": self.ratio,
            "goal": None if self.goal is None else self.goal.text,
            "judged": self.judged,
            "verdict": self.verdict,
            "remarks": self.remarks,
        }


def not_measured(work: str, load: str, problem: str) -> Row:
    return Row(work, load, "not measured", remarks=problem)


def machine() -> str:
    one, five, _ = os.getloadavg()
    return f"{os.cpu_count()} cores, load average {one:.1f} (1 min), {five:.1f} (5 min)"


def show(rows: list[Row], before: str, console: Console) -> None:
    """The table, and under it what does not fit into a column."""
    table = Table(title=f"before: {before}\nafter:  {machine()}", title_justify="left")
    for name in ("work", "load", "CPU of the server", "floor", "ratio", "goal", ""):
        table.add_column(name)
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f} x"
        goal = "" if row.goal is None else row.goal.text
        colour = {"met": "green", "missed": "red"}.get(row.verdict, "default")
        verdict = f"[{colour}]{row.verdict}[/]" if row.verdict else ""
        table.add_row(row.work, row.load, row.figure, row.floor, ratio, goal, verdict)
    console.print(table)
    for row in rows:
        if row.remarks:
            console.print(f"[bold]{row.work}[/]: {row.remarks}", highlight=False)
