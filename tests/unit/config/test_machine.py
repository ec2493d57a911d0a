from __future__ import annotations

from pathlib import Path

import pytest

from voicecore.config.machine import directory_problem, flow_faults, is_of_this_machine
from voicecore.config.reader import read
from voicecore.config.settings import Argument, NumberSettings
from voicecore.config.source import Source
from voicecore.errors import ConfigError

FLOWS = """
async def bridge(call, target, seconds=1): ...
async def anything(call, **args): ...
def plain(call): ...
"""


@pytest.fixture(name="flows")
def _flows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module of flows that can be imported."""
    name = f"flows_of_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(FLOWS)
    (tmp_path / f"{name}_broken.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)
    return name


def problems(flow: str, **args: Argument) -> list[str]:
    return [str(fault) for fault in flow_faults(NumberSettings("1", flow, args), 0, Source("a.toml", {}, {}))]


def test_flows_whose_arguments_fit_are_right(flows: str) -> None:
    assert problems(f"{flows}:bridge", target="x") == []
    assert problems(f"{flows}:bridge", target="x", seconds=2) == []
    assert problems(f"{flows}:anything", x=1) == []


def test_a_missing_argument_is_named(flows: str) -> None:
    (problem,) = problems(f"{flows}:bridge")
    assert "'target'" in problem
    assert "bridge(call, target, seconds=1)" in problem


def test_an_unknown_argument_is_named(flows: str) -> None:
    (problem,) = problems(f"{flows}:bridge", target="x", traget="y")
    assert "'traget'" in problem


def test_a_misspelt_flow_gets_the_near_name(flows: str) -> None:
    (problem,) = problems(f"{flows}:birdge")
    assert "Did you mean bridge?" in problem


def test_a_plain_function_is_no_flow(flows: str) -> None:
    (problem,) = problems(f"{flows}:plain")
    assert "no coroutine function plain" in problem


def test_a_module_that_is_not_there_is_named() -> None:
    (problem,) = problems("no_such_module_anywhere.at_all:main")
    assert "there is no module no_such_module_anywhere" in problem


def test_a_module_that_fails_on_import_says_why(flows: str) -> None:
    (problem,) = problems(f"{flows}_broken:main")
    assert "ZeroDivisionError" in problem


def test_loopback_is_of_this_machine_and_a_documentation_address_is_not() -> None:
    assert is_of_this_machine("127.0.0.1")
    assert not is_of_this_machine("192.0.2.1")


def test_a_directory_is_made(tmp_path: Path) -> None:
    assert directory_problem(tmp_path / "a" / "b") is None
    assert (tmp_path / "a" / "b").is_dir()


def test_a_file_in_the_way_of_a_directory_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    assert directory_problem(tmp_path / "a") is not None
    assert directory_problem(tmp_path / "a" / "b") is not None


def test_reading_a_file_tells_what_the_machine_refuses_with_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "way").write_text("")
    (tmp_path / "a.toml").write_text(
        '[media]\naddress = "192.0.2.1"\n[recordings]\ndirectory = "way/r"\n'
        '[[number]]\nmatch = "1"\nflow = "no_such_module_anywhere:main"\n'
    )
    with pytest.raises(ConfigError) as caught:
        read(tmp_path / "a.toml")
    assert [(fault.line, fault.key) for fault in caught.value.faults] == [
        (2, "media.address"),
        (4, "recordings.directory"),
        (7, "number[1].flow"),
    ]


def test_certificate_files_that_cannot_be_used_are_told_with_their_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.pem").write_text("no certificate")
    (tmp_path / "a.toml").write_text('[tls]\ncertificate = "c.pem"\nkey = "c.pem"\nca = "none.pem"\n')
    with pytest.raises(ConfigError) as caught:
        read(tmp_path / "a.toml")
    assert [(fault.line, fault.key, fault.problem) for fault in caught.value.faults] == [
        (4, "tls.ca", "none.pem cannot be read: No such file or directory"),
    ]
    (tmp_path / "none.pem").write_text("no certificate")
    with pytest.raises(ConfigError) as caught:
        read(tmp_path / "a.toml")
    assert [(fault.line, fault.key) for fault in caught.value.faults] == [
        (2, "tls.certificate"),
        (4, "tls.ca"),
    ]


def test_a_file_that_this_machine_can_run_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flows: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.toml").write_text(f'[[number]]\nmatch = "1"\nflow = "{flows}:anything"\n')
    assert read(tmp_path / "a.toml").numbers[0].match == "1"
    assert (tmp_path / "var" / "recordings").is_dir()


def test_a_server_started_elsewhere_finds_the_prompts_it_came_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read(None).prompts.directory == root / "prompts"


def test_a_folder_without_a_manifest_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prompts").mkdir()
    with pytest.raises(ConfigError, match="there is no prompts/manifest"):
        read(None)
