from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools import lock, setup, system_packages, toolchain


def test_stamp_holds_until_the_content_changes(tmp_path: Path) -> None:
    stamps = setup.Stamps(tmp_path / "stamps.json")
    assert not stamps.is_current("native", "a")
    stamps.set("native", "a")
    stamps.set("package", "p")
    assert stamps.is_current("native", "a")
    assert stamps.is_current("package", "p")
    assert not stamps.is_current("native", "b")


def test_damaged_stamps_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "stamps.json"
    path.write_text("{", encoding="utf-8")
    assert not setup.Stamps(path).is_current("native", "a")


def test_digest_changes_with_content_and_with_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("x", encoding="utf-8")
    two.write_text("x", encoding="utf-8")
    seen = {setup.digest_of([one]), setup.digest_of([two]), setup.digest_of([one, two])}
    one.write_text("y", encoding="utf-8")
    assert len({*seen, setup.digest_of([one])}) == 4


def test_unknown_kind_of_setup_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert setup.main(["everything"]) == 2
    assert "usage" in capsys.readouterr().err


def test_our_list_of_system_packages_is_well_formed(root: Path) -> None:
    parts = {package.part for package in system_packages.read_list(root / "tools" / "system-packages.txt")}
    assert parts == set(system_packages.PARTS)


def test_bad_line_of_the_list_is_named(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("# list\nsox sometimes measures\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"list\.txt:2"):
        system_packages.read_list(path)


def test_without_root_the_command_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "list.txt"
    path.write_text("no-such-package-anywhere runtime nothing\n", encoding="utf-8")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(system_packages, "missing", list)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    advice = system_packages.ensure(path, ["runtime"])
    assert advice is not None
    assert "sudo apt-get install" in advice
    assert "no-such-package-anywhere" in advice


def test_package_of_another_part_is_not_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "list.txt"
    path.write_text("no-such-package-anywhere test nothing\n", encoding="utf-8")
    monkeypatch.setattr(system_packages, "missing", list)
    assert system_packages.ensure(path, ["runtime"]) is None


def crate(root: Path, rust_version: str) -> Path:
    (root / "media").mkdir()
    text = f'[package]\nname = "x"\nrust-version = "{rust_version}"\n'
    (root / "media" / "Cargo.toml").write_text(text, encoding="utf-8")
    return root


def program(folder: Path, name: str, says: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n", encoding="utf-8")
    path.chmod(0o755)


def test_missing_tools_are_named_with_their_command(tmp_path: Path) -> None:
    found = list(toolchain.missing_tools(crate(tmp_path, "1.85"), {"PATH": str(tmp_path)}, checking=True))
    assert [(missing.tool, missing.command) for missing in found] == [
        ("a C compiler", "sudo apt-get install -y gcc libc6-dev"),
        ("cargo (the Rust toolchain)", toolchain.RUSTUP),
    ]


def test_old_rust_is_named_with_the_version_that_is_needed(tmp_path: Path) -> None:
    for name in ("cc", "cargo", "rustc", "rustup"):
        program(tmp_path, name, f"{name} 1.63.0 (abc 2022-08-11)")
    (missing,) = toolchain.missing_tools(
        crate(tmp_path, "1.85"), {"PATH": f"{tmp_path}:{os.defpath}"}, checking=False
    )
    assert "1.85" in missing.tool
    assert missing.command == "rustup update stable"


def test_locks_ask_for_what_the_project_asks_for() -> None:
    project = {
        "build-system": {"requires": ["maturin"]},
        "project": {"dependencies": ["rich"], "optional-dependencies": {"recognition": ["ears"]}},
        "dependency-groups": {"dev": ["pytest"], "interop": ["phone"]},
    }
    assert lock.wanted(project) == {
        "runtime": ["maturin", "rich"],
        "recognition": ["ears"],
        "dev": ["pytest"],
        "interop": ["phone"],
    }
    with pytest.raises(ValueError, match="lacks"):
        lock.wanted({"project": {}})


def test_every_lock_line_is_an_exact_version(root: Path) -> None:
    for path in (root / "requirements").glob("*.txt"):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        assert lines
        assert all(line.count("==") == 1 and " " not in line for line in lines), path.name


def test_locks_hold_what_the_project_asks_for(root: Path) -> None:
    asked = lock.wanted(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8")))
    locked: dict[str, str] = {}
    for name, requirements in asked.items():
        lines = (root / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        pins = (line.partition("==") for line in lines if not line.startswith("#"))
        locked.update((package, version) for package, _, version in pins)
        for requirement in map(Requirement, requirements):
            version = locked.get(requirement.name.lower())
            assert version, f"{requirement.name} is not in requirements/{name}.txt: run `make lock`"
            assert version in requirement.specifier, f"{requirement} is not met by {version}: run `make lock`"
