"""`voicecore prompts`, over a manifest of a folder, with synthesisers that need no program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.test_commands import CONFIGURED, run
from tests.unit.speech.fake_synthesiser import FakeSynthesiser
from voicecore.app import voices
from voicecore.cli import prompts as command
from voicecore.errors import Unavailable
from voicecore.speech.pcm import Pcm, write_wav

MANIFEST = """
[welcome]
en = "Welcome."
zh = "您好。"
[balance]
en = "Your balance is {amount:money}. Goodbye."
zh = "余额{amount:money}。"
"""
SOUND = Pcm(b"\x00\x40" * 800)


@pytest.fixture
def synthesiser() -> FakeSynthesiser:
    return FakeSynthesiser(languages=("en", "zh"))


@pytest.fixture
def folder(tmp_path: Path, synthesiser: FakeSynthesiser, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The prompts' folder of a site that is the working directory."""
    made = tmp_path / "prompts"
    made.mkdir()
    (made / "manifest.toml").write_text(MANIFEST, encoding="utf-8")
    (tmp_path / "voicecore.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(voices, "synthesisers", lambda settings: [synthesiser])
    # It is for the whole process, and would outlive the test's standard error.
    monkeypatch.setattr(command, "configure_log", lambda level: None)
    return made


def add(folder: Path, text: str) -> None:
    with (folder / "manifest.toml").open("a", encoding="utf-8") as manifest:
        manifest.write(text)


@pytest.mark.parametrize("name", ["list", "check", "render"])
def test_every_command_explains_itself_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("prompts", name, "--help") == 0
    out = capsys.readouterr().out
    assert f"voicecore prompts {name}" in out.split("Examples")[1]
    assert "--config" in out
    assert "--language" in out


def test_prompts_are_listed_with_their_sources(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_wav(folder / "recorded" / "zh" / "welcome.wav", SOUND)
    write_wav(folder / "recorded" / "en" / "balance.2.wav", SOUND)
    assert run("prompts", "list", *CONFIGURED, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert {(row["name"], row["language"]): row["source"] for row in rows} == {
        ("welcome", "en"): "text",
        ("welcome", "zh"): "recorded",
        ("balance", "en"): "both",
        ("balance", "zh"): "text",
    }
    assert run("prompts", "list", *CONFIGURED, "--language", "zh") == 0
    out = capsys.readouterr().out
    assert "余额{amount:money}。" in out
    assert "Welcome." not in out


def test_json_is_all_that_standard_output_gets(folder: Path, root: Path) -> None:
    command_line = [sys.executable, "-m", "voicecore", "prompts", "list", *CONFIGURED, "--json"]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(command_line, env=environment, capture_output=True, text=True, check=True)
    assert len(json.loads(done.stdout)) == 4


def test_right_prompts_pass_the_check(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("prompts", "check", *CONFIGURED) == 0
    assert "2 prompts in en, zh: nothing to mend" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ('[a]\nen = "x"\n', "a (zh): no text and no recording"),
        ('[a]\nen = "{n:number}"\nzh = "x"\n', "a (zh): has no {n}, which en has"),
        ('[a]\nen = "x"\nzh = "{n:number}"\n', "a (zh): has {n}, which en has not"),
        ('[a]\nen = "{n:number}"\nzh = "{n:money}"\n', "a (zh): takes another kind of value for {n} than en"),
        ('[a]\nen = "x"\nzh = "x"\nfr = "{n:number}"\n', "no rules say numbers, dates and the like in fr"),
        ('[a]\nen = "x"\nzh = "x"\nfr = "x"\n', "(fr): no synthesiser speaks it"),
    ],
)
def test_what_a_caller_would_miss_is_found(
    folder: Path, text: str, finding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    add(folder, text)
    assert run("prompts", "check", *CONFIGURED) == 1
    assert finding in capsys.readouterr().out


def test_another_kind_of_the_same_value_is_a_translation(folder: Path) -> None:
    add(folder, '[a]\nen = "{n:count:message|messages}"\nzh = "{n:number}"\n')
    assert run("prompts", "check", *CONFIGURED) == 0


def test_recordings_without_use_or_sound_are_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_wav(folder / "recorded" / "en" / "wellcome.wav", SOUND)
    write_wav(folder / "recorded" / "en" / "words" / "two.wav", SOUND)
    write_wav(folder / "recorded" / "en" / "balance.1.wav", SOUND)
    write_wav(folder / "recorded" / "en" / "balance.3.wav", SOUND)
    write_wav(folder / "recorded" / "en" / "elsewhere" / "welcome.wav", SOUND)
    (folder / "recorded" / "en" / "welcome.wav").write_bytes(b"not sound")
    assert run("prompts", "check", *CONFIGURED, "--language", "en") == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" ")[0] for line in lines] == [
        "balance.3.wav",
        "welcome.wav",
        "welcome.wav",
        "wellcome.wav",
    ]
    assert "cannot read" in " ".join(lines)


def test_a_wrong_placeholder_is_named_with_its_prompt(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(folder, '[a]\nen = "{n:nmuber}"\n')
    assert run("prompts", "check", *CONFIGURED) == 2
    assert "a.en: {n:nmuber}: the kinds are" in capsys.readouterr().err


def test_what_is_fixed_is_rendered_once(
    folder: Path, synthesiser: FakeSynthesiser, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert run("prompts", "render", *CONFIGURED) == 0
    assert sorted(synthesiser.rendered) == ["Goodbye.", "Welcome.", "Your balance is", "余额", "您好。"]
    assert "4 prompts are ready, 0 are not" in capsys.readouterr().out


def test_what_cannot_be_rendered_is_exit_status_1(
    folder: Path, synthesiser: FakeSynthesiser, capsys: pytest.CaptureFixture[str]
) -> None:
    synthesiser.failure = Unavailable("dead")
    assert run("prompts", "render", *CONFIGURED, "-l", "en") == 1
    seen = capsys.readouterr()
    assert "welcome (en): cannot speak en: fake: dead" in seen.err
    assert "0 prompts are ready, 2 are not" in seen.out


def test_a_language_that_is_none_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("prompts", "check", *CONFIGURED, "--language", "../up") == 2
    assert "not a language tag" in capsys.readouterr().err
