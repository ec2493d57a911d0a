"""Reports source files near the length where one file is two; above the limit the check fails."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

LONG, LIMIT = 400, 500
FOLDERS = ("voicecore", "ivr_apps", "media/src", "tools", "tests")
ENDINGS = (".py", ".rs", ".ts", ".tsx")


def long_files(root: Path) -> Iterator[tuple[int, Path]]:
    """Every file of more than LONG lines, with its number of lines, longest first."""
    files = (path for folder in FOLDERS for path in (root / folder).rglob("*") if path.suffix in ENDINGS)
    kept = (path for path in files if "node_modules" not in path.parts)
    counted = ((len(path.read_text(encoding="utf-8").splitlines()), path.relative_to(root)) for path in kept)
    yield from sorted(((lines, path) for lines, path in counted if lines > LONG), reverse=True)


def main() -> int:
    found = list(long_files(Path(__file__).resolve().parent.parent))
    for lines, path in found:
        print(f"{path}:1: {lines} lines{f', more than {LIMIT}: split it' if lines > LIMIT else ''}")
    print(f"{len(found)} files above {LONG} lines")
    return int(any(lines > LIMIT for lines, _ in found))


if __name__ == "__main__":
    sys.exit(main())
