"""The fenced blocks of the documents: what a reader would copy."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Block:
    file: str
    line: int
    tag: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def documents(root: Path) -> list[Path]:
    return [root / "README.md", *sorted((root / "docs").rglob("*.md"))]


def blocks_of(path: Path, root: Path) -> Iterator[Block]:
    """Every fenced block, also an indented one; one that is not closed ends with the file."""
    fence, tag, first, lines = "", "", 0, list[str]()
    name = str(path.relative_to(root))
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        bare = line.strip()
        if not fence and bare.startswith(("```", "~~~")):
            fence = bare[: len(bare) - len(bare.lstrip(bare[0]))]
            tag, first, lines = bare[len(fence) :].strip(), number, []
        elif fence and bare.startswith(fence) and not bare.strip(fence[0]):
            yield Block(name, first, tag, "\n".join(lines) + "\n")
            fence = ""
        elif fence:
            lines.append(line)
    if fence:
        yield Block(name, first, tag, "\n".join(lines) + "\n")


def commands_of(block: Block) -> list[list[str]]:
    """The commands of a `sh` block as words: one a line, joined over a final backslash, without comments."""
    lines = block.text.replace("\\\n", " ").splitlines()
    split = (shlex.split(line.removeprefix("$ "), comments=True) for line in lines)
    return [words for words in split if words]
