from __future__ import annotations

from pathlib import Path

import pytest

from tools import desktop


def program(folder: Path, name: str, says: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n", encoding="utf-8")
    path.chmod(0o755)


def test_without_node_the_page_is_left_out_and_the_reason_told(tmp_path: Path) -> None:
    problem = desktop.missing({"PATH": str(tmp_path)})
    assert problem is not None
    assert "node is not installed" in problem
    assert "all else works" in problem


def test_an_old_node_is_named_with_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "npm", "9.2.0")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    program(tmp_path, "node", "v18.19.0")
    assert "v18.19.0" in (desktop.missing({"PATH": f"{tmp_path}:/usr/bin:/bin"}) or "")
    program(tmp_path, "node", "v22.12.0")
    assert desktop.missing({"PATH": f"{tmp_path}:/usr/bin:/bin"}) is None


def test_what_is_built_is_no_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desktop, "DESKTOP", tmp_path)
    for name in ("src/main.tsx", "dist/index.html", "node_modules/react/index.js"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    assert desktop.sources() == [tmp_path / "src" / "main.tsx"]


def test_an_unknown_task_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert desktop.main(["everything"]) == 2
    assert "usage" in capsys.readouterr().err
