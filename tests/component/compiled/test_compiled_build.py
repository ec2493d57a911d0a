"""Modules through mypyc and a C compiler, as `make fast` does it, and what is imported afterwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools.compile import compile_modules
from voicecore import compiled
from voicecore.compiled import Standing

NAMES = '''
class Name:
    """What a phone is called."""

    def __init__(self, text: str) -> None:
        self.text = text
'''
GREETING = """
from small.names import Name

def greeting(name: Name) -> str:
    return f"hello, {name.text}"
"""
ASK = """
import sys
from pathlib import Path
from voicecore import compiled

print(compiled.use(Path(sys.argv[1])).standing.value)
sys.path.insert(0, sys.argv[1])
from small.greeting import greeting
from small.names import Name

print(greeting(Name("alice")), type(greeting).__name__, compiled.is_used())
"""


@pytest.fixture(scope="module", name="built")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a package of two modules that know each other, compiled."""
    root = tmp_path_factory.mktemp("compiled")
    (root / "small").mkdir()
    for name, text in (("__init__", ""), ("names", NAMES), ("greeting", GREETING)):
        (root / "small" / f"{name}.py").write_text(text, encoding="utf-8")
    compile_modules(["small.names", "small.greeting"], root)
    return root


def ask(root: Path, checkout: Path) -> list[str]:
    """What another process says that uses what is there."""
    command = [sys.executable, "-c", ASK, str(root)]
    return subprocess.run(
        command, cwd=checkout, capture_output=True, text=True, check=True
    ).stdout.splitlines()


def test_a_current_build_is_run_and_a_changed_source_is_run_in_its_place(built: Path, root: Path) -> None:
    assert ask(built, root) == ["current", "hello, alice builtin_function_or_method True"]

    source = built / "small" / "names.py"
    source.write_text(NAMES.replace("text: str", "text: str = ''"), encoding="utf-8")
    assert ask(built, root) == ["stale", "hello, alice function False"]
    assert compiled.look(built).changed == "small/names.py"

    source.write_text(NAMES, encoding="utf-8")
    assert compiled.look(built).standing is Standing.CURRENT
