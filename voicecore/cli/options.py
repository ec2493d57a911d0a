"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="The configuration; without it the built-in one."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
