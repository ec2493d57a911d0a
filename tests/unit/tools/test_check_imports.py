from __future__ import annotations

from pathlib import Path

import pytest

from tools.check_imports import python_violations, rust_violations


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("module", ["voicecore.calls", "voicecore.sip.uri", "voicecore"])
def test_flow_may_not_import_deeper_than_the_ivr(tmp_path: Path, module: str) -> None:
    write(tmp_path, "ivr_apps/menu.py", f"import asyncio\nimport {module}\n")
    (line,) = python_violations(tmp_path)
    assert line.startswith(f"ivr_apps/menu.py:2: imports {module},")


@pytest.mark.parametrize(
    "line", ["from voicecore.ivr import Call", "from voicecore import ivr", "import json"]
)
def test_flow_may_import_the_ivr(tmp_path: Path, line: str) -> None:
    write(tmp_path, "ivr_apps/menu.py", line)
    assert list(python_violations(tmp_path)) == []


@pytest.mark.parametrize("room", ["sip", "sdp", "routing"])
@pytest.mark.parametrize(
    "line", ["import asyncio", "from socket import socket", "from time import monotonic"]
)
def test_pure_room_may_not_see_the_machine(tmp_path: Path, room: str, line: str) -> None:
    write(tmp_path, f"voicecore/{room}/deep/file.py", line)
    (found,) = python_violations(tmp_path)
    assert found.startswith(f"voicecore/{room}/deep/file.py:1: imports {line.split()[1]}")


def test_module_with_a_longer_name_is_not_meant(tmp_path: Path) -> None:
    write(tmp_path, "voicecore/sip/timers.py", "import timeit\nimport selectors_of_ours\n")
    assert list(python_violations(tmp_path)) == []


def test_platform_may_not_import_its_flows(tmp_path: Path) -> None:
    write(tmp_path, "voicecore/ivr/run.py", "from ivr_apps import main_menu\n")
    assert len(list(python_violations(tmp_path))) == 1


@pytest.mark.parametrize("text", ["use pyo3::prelude::*;", "fn a() {}\nfn b() -> pyo3::PyResult<()> {}"])
def test_pyo3_is_named_in_the_python_folder_only(tmp_path: Path, text: str) -> None:
    write(tmp_path, "media/src/python/engine.rs", text)
    assert list(rust_violations(tmp_path)) == []
    write(tmp_path, "media/src/engine/tick.rs", text)
    (line,) = rust_violations(tmp_path)
    assert line.startswith(f"media/src/engine/tick.rs:{text.count(chr(10)) + 1}: names pyo3")


def test_pyo3_in_a_comment_is_fine(tmp_path: Path) -> None:
    write(
        tmp_path,
        "media/src/lib.rs",
        "//! Only python/ names pyo3.\nfn half(a: i32) -> i32 { a / 2 } // not pyo3\n",
    )
    assert list(rust_violations(tmp_path)) == []


def test_our_own_imports_hold(root: Path) -> None:
    assert [*python_violations(root), *rust_violations(root)] == []
