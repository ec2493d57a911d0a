from __future__ import annotations

from pathlib import Path

from tools.check_sizes import LONG, long_files


def test_long_files_are_reported_longest_first(tmp_path: Path) -> None:
    (tmp_path / "voicecore").mkdir()
    for name, lines in {"a.py": LONG, "b.py": LONG + 1, "c.rs": LONG + 2, "d.md": LONG + 3}.items():
        (tmp_path / "voicecore" / name).write_text("x\n" * lines, encoding="utf-8")
    assert list(long_files(tmp_path)) == [
        (LONG + 2, Path("voicecore/c.rs")),
        (LONG + 1, Path("voicecore/b.py")),
    ]
