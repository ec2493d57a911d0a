"""Who may import whom inside voicecore: a room imports the rooms below it, never beside or above."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tools.imports import imports_of

LAYERS: tuple[tuple[str, ...], ...] = (  # bottom to top; the rooms of one line do not know each other
    ("clock", "compiled", "errors", "ids", "octets"),
    ("sip", "sdp"),
    ("transport", "media", "store", "speech"),
    ("registrar", "trunks", "subscriptions", "guard", "trace"),
    ("calls",),
    ("exchange",),
    ("interactions", "agents"),
    ("routing",),
    ("channels",),
    ("ivr", "dialer", "reporting"),
    ("api",),
    ("testing",),
    ("config",),
    ("app",),
    ("cli",),
    ("__main__",),
)
NATIVE = "voicecore.media._native"
"""The crate. What of it needs no engine, `octets` hands to all rooms; all else `media` does."""
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}


def violations(package: Path) -> Iterator[str]:
    """A line `file:line: what is wrong` for every import that goes up or sideways, and for unknown rooms."""
    root = package.parent
    for path in sorted(package.rglob("*.py")):
        relative = path.relative_to(root)
        room = relative.relative_to(package.name).with_suffix("").parts[0]
        if room == "__init__":
            room = "the package itself"
        elif room not in LEVEL:
            yield f"{relative}:1: the room {room} is not in the table of tools/check_layers.py"
            continue
        for found in imports_of(path, root):
            if room == "octets" and found.module.startswith(NATIVE):
                continue
            top, _, rest = found.module.partition(".")
            other = rest.partition(".")[0]
            if (
                top == package.name
                and other in LEVEL
                and other != room
                and LEVEL[other] >= LEVEL.get(room, 0)
            ):
                yield f"{relative}:{found.line}: {room} may not import {other}"


def main() -> int:
    found = list(violations(Path(__file__).resolve().parent.parent / "voicecore"))
    print("\n".join(found) or "layers hold")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
