from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.compiled_modules import MODULES
from voicecore import compiled
from voicecore.compiled import Build, Standing


@pytest.fixture(name="noted")
def _noted(tmp_path: Path) -> Path:
    """A folder with two sources, and the note of a build that was made from them."""
    compiled.folder(tmp_path).mkdir(parents=True)
    compiled.library(tmp_path).write_bytes(b"compiled")
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(f'"""{name}"""\n', encoding="utf-8")
    compiled.note(compiled.digests(["one", "two"], tmp_path), tmp_path)
    return tmp_path


def test_without_a_build_there_is_none(tmp_path: Path) -> None:
    assert compiled.look(tmp_path) == Build(Standing.NONE)


def test_an_unchanged_checkout_has_a_current_build(noted: Path) -> None:
    assert compiled.look(noted) == Build(Standing.CURRENT, ("one", "two"))


def test_one_changed_source_makes_the_whole_build_stale(noted: Path) -> None:
    (noted / "two.py").write_text("changed = True\n", encoding="utf-8")
    assert compiled.look(noted) == Build(Standing.STALE, ("one", "two"), "two.py")


def test_a_source_that_is_gone_makes_the_build_stale(noted: Path) -> None:
    (noted / "one.py").unlink()
    assert compiled.look(noted).changed == "one.py"


def test_a_library_that_another_build_wrote_is_stale(noted: Path) -> None:
    compiled.library(noted).write_bytes(b"half of it")
    assert compiled.look(noted).standing is Standing.STALE


def test_a_build_for_another_python_is_stale(noted: Path) -> None:
    place = compiled.folder(noted) / "build.json"
    place.write_text(json.dumps({**json.loads(place.read_text()), "python": "2.7"}), encoding="utf-8")
    assert compiled.look(noted).changed == "Python"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"python": 1}', '{"sources": "x", "python": 1, "library": 2}']
)
def test_a_note_that_cannot_be_read_is_stale(noted: Path, text: str) -> None:
    (compiled.folder(noted) / "build.json").write_text(text, encoding="utf-8")
    assert compiled.look(noted).standing is Standing.STALE


def test_every_module_that_is_compiled_exists(root: Path) -> None:
    assert not [module for module in MODULES if not compiled.source_of(module, root).is_file()]
