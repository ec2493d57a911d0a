"""Import rules beside the layers: flows see the IVR only, pure rooms no machine, and few files pyo3."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.imports import imports_of

MACHINE = (
    *("asyncio", "concurrent", "multiprocessing", "select", "selectors", "signal", "socket", "socketserver"),
    *("ssl", "subprocess", "threading", "time", "uvloop"),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """In `folder`, imports of `refused` are wrong unless they are within `allowed`."""

    folder: str
    refused: tuple[str, ...]
    allowed: tuple[str, ...]
    reason: str


RULES = (
    Rule(
        "ivr_apps", ("voicecore",), ("voicecore.ivr",), "a call flow imports voicecore.ivr and nothing deeper"
    ),
    Rule("voicecore/sip", MACHINE, (), "sip is pure: bytes and `now` in, values out"),
    Rule("voicecore/sdp", MACHINE, (), "sdp is pure: text in, values out"),
    Rule("voicecore/routing", MACHINE, (), "routing rules are functions of a snapshot"),
    Rule(
        "voicecore",
        ("tests", "tools", "ivr_apps"),
        (),
        "the platform does not know its tests, tools or flows",
    ),
)
PYO3_HOME = Path("media/src/python")
_PYO3 = re.compile(r"^[^/\n]*(?:/(?!/)[^/\n]*)*\bpyo3\b", re.MULTILINE)  # not in a comment


def is_within(module: str, names: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in names)


def python_violations(root: Path) -> Iterator[str]:
    """A line `file:line: what is wrong` for each import that breaks one of RULES."""
    for rule in RULES:
        for path in sorted((root / rule.folder).rglob("*.py")):
            for found in imports_of(path, root):
                if is_within(found.module, rule.refused) and not is_within(found.module, rule.allowed):
                    yield f"{path.relative_to(root)}:{found.line}: imports {found.module}, but {rule.reason}"


def rust_violations(root: Path) -> Iterator[str]:
    """The crate's files that name pyo3 outside `media/src/python/`."""
    for path in sorted((root / "media" / "src").rglob("*.rs")):
        relative = path.relative_to(root)
        if PYO3_HOME in relative.parents:
            continue
        text = path.read_text(encoding="utf-8")
        for match in _PYO3.finditer(text):
            line = text.count("\n", 0, match.end()) + 1
            yield f"{relative}:{line}: names pyo3, but only {PYO3_HOME}/ may"


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    found = [*python_violations(root), *rust_violations(root)]
    print("\n".join(found) or "import rules hold")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
