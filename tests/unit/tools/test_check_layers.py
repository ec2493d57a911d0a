from __future__ import annotations

from pathlib import Path

import pytest

from tools.check_layers import LAYERS, violations


def house(root: Path, name: str, text: str) -> Path:
    """A package `voicecore` with one file."""
    path = root / "voicecore" / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return root / "voicecore"


@pytest.mark.parametrize(
    "line",
    [
        "import voicecore.transport",
        "from voicecore.transport import runner",
        "from voicecore import transport",
        "from .. import transport",
        "from ..transport.runner import Runner",
        "def late():\n    import voicecore.transport.runner",
    ],
)
def test_upward_import_is_named_with_its_line(tmp_path: Path, line: str) -> None:
    number = line.count("\n") + 2
    package = house(tmp_path, "sip/parser.py", f"'''Parser.'''\n{line}\n")
    assert list(violations(package)) == [f"voicecore/sip/parser.py:{number}: sip may not import transport"]


def test_sideways_import_is_refused(tmp_path: Path) -> None:
    package = house(tmp_path, "sip/parser.py", "import voicecore.sdp\n")
    assert list(violations(package)) == ["voicecore/sip/parser.py:1: sip may not import sdp"]


def test_downward_and_own_imports_are_fine(tmp_path: Path) -> None:
    package = house(
        tmp_path, "calls/leg.py", "import voicecore.sip.dialog\nfrom . import bridge\nimport asyncio\n"
    )
    assert list(violations(package)) == []


def test_the_package_itself_imports_no_room(tmp_path: Path) -> None:
    package = house(tmp_path, "__init__.py", "from voicecore import clock\n")
    assert list(violations(package)) == ["voicecore/__init__.py:1: the package itself may not import clock"]


def test_room_that_is_not_in_the_table_is_refused(tmp_path: Path) -> None:
    (line,) = violations(house(tmp_path, "helpers/misc.py", "x = 1\n"))
    assert line.startswith("voicecore/helpers/misc.py:1: the room helpers")


def test_no_room_stands_in_two_layers() -> None:
    rooms = [room for layer in LAYERS for room in layer]
    assert len(rooms) == len(set(rooms))


def test_our_own_layers_hold(root: Path) -> None:
    assert list(violations(root / "voicecore")) == []
