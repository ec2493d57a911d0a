"""The library stays short enough to be read."""

from __future__ import annotations

from pathlib import Path


def test_all_flows_together_are_under_1200_lines(root: Path) -> None:
    files = (root / "ivr_apps").rglob("*.py")
    assert sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files) < 1200
