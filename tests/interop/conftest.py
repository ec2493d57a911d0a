"""Sounds and folders for calls between phones that we did not write, and our server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.phones import baresip, pjsua2_phone, sipp, sound


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.interop)


@pytest.fixture(scope="session", autouse=True)
def _phones_are_installed() -> None:
    """`make setup` installs the phones: without them these tests fail, since a skip looks like a pass."""
    for phone in (baresip, pjsua2_phone, sipp):
        assert phone.is_installed(), f"{phone.__name__} is not installed: run `make setup`"


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    """Four seconds that sound like nothing else in the call."""
    path = tmp_path / "speech.wav"
    sound.write_wav(path, sound.speech_like(4, seed=1))
    return path


@pytest.fixture
def other_speech(tmp_path: Path) -> Path:
    """Eight seconds, for the other side: it outlasts `speech`."""
    path = tmp_path / "other_speech.wav"
    sound.write_wav(path, sound.speech_like(8, seed=2))
    return path
