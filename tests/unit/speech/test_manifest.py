from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import ConfigError
from voicecore.speech.manifest import read_manifest


def faults_of(path: Path) -> ConfigError:
    with pytest.raises(ConfigError) as raised:
        read_manifest(path)
    return raised.value


def test_texts_are_read_by_name_and_language(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text('[welcome]\nen = "Hello."\nzh-cn = "您好。"\n', encoding="utf-8")
    assert read_manifest(path) == {"welcome": {"en": "Hello.", "zh-CN": "您好。"}}


def test_broken_toml_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text('[welcome]\nen = "Hello.\n')
    (fault,) = faults_of(path).faults
    assert (fault.file, fault.line) == (str(path), 2)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "nowhere.toml" in str(faults_of(tmp_path / "nowhere.toml"))


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text('loose = "text"\n["../up"]\nen = "x"\n[a]\nen = 3\n[b]\n"not a tag" = "x"\n[c]\n')
    assert [fault.key for fault in faults_of(path).faults] == ["loose", "../up", "a.en", "b.not a tag", "c"]


@given(st.binary(max_size=300))
def test_any_bytes_are_a_manifest_or_a_named_fault(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("prompts") / "manifest.toml"
    path.write_bytes(content)
    try:
        manifest = read_manifest(path)
    except ConfigError as error:
        assert error.faults  # noqa: PT017
        return
    assert all(texts for texts in manifest.values())
