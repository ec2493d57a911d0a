"""Sounds and folders for calls between phones that we did not write, and our server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.component.transport.certificates import Authority
from tests.interop.phones import baresip, jssip, pjsua2_phone, sipp, sound
from tests.interop.phones.ports import ADDRESS, free_ports
from tests.interop.phones.server import NUMBERS, Account, Number, Server
from tools.setup import NEWEST_FOR_PJSUA2

HAS_PJSUA2 = sys.version_info[:2] <= NEWEST_FOR_PJSUA2
ALICE, BOB, CAROL, DAVE = ACCOUNTS = (
    Account("alice", "secret-of-alice", "2001"),
    Account("bob", "secret-of-bob", "2002"),
    Account("carol", "secret-of-carol", "2003"),
    Account("dave", "secret-of-dave", "2004"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.interop)
            if "pjsua2" in item.name and not HAS_PJSUA2:
                item.add_marker(pytest.mark.skip("pjsua2-python is not made for this Python"))


@pytest.fixture(scope="session", autouse=True)
def _phones_are_installed() -> None:
    """`make setup` installs the phones: without them these tests fail, since a skip looks like a pass."""
    for phone in (baresip, sipp, *([pjsua2_phone] if HAS_PJSUA2 else [])):
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


@pytest.fixture(scope="session")
def rendered(root: Path) -> Path:
    """Where the servers of all test runs keep their rendered prompts and their music: each has its content's name."""
    return root / "build" / "rendered"


@pytest.fixture(scope="session")
def peer_port() -> int:
    """The SIP port of the phone that 9200 connects to; a test that wants to be called listens there."""
    return free_ports(4)


@pytest.fixture(scope="session")
def server(
    tmp_path_factory: pytest.TempPathFactory, rendered: Path, root: Path, peer_port: int
) -> Iterator[Server]:
    """One server for all tests that leave it as it was."""
    peer = f"sip:peer@{ADDRESS}:{peer_port}"
    numbers = (
        *NUMBERS,
        Number("1001", "main_menu:main", {"operator": peer}),
        Number("9200", "diagnostics:bridge", {"target": peer}),
        Number("9201", "diagnostics:bridge", {"target": peer, "ring_time": 1.0}),
        Number("9210", "tests.interop.flows:ring"),
        Number("9211", "tests.interop.flows:early"),
        Number("9212", "tests.interop.flows:hold"),
        Number("9213", "tests.interop.flows:hold_party", {"target": peer}),
        Number("9214", "tests.interop.flows:send_away", {"target": peer}),
    )
    with Server(tmp_path_factory.mktemp("server"), rendered, root / "prompts", numbers) as running:
        yield running


@pytest.fixture(scope="session")
def office(
    tmp_path_factory: pytest.TempPathFactory, rendered: Path, root: Path, authority: Authority
) -> Iterator[Server]:
    """A server whose phones register. One that is ended stays registered, and rings beside others of its account."""
    folder = tmp_path_factory.mktemp("office")
    certificate = authority.issue(ADDRESS)
    numbers = (*NUMBERS, Number("9301", "tests.interop.flows:whisper", {"account": ALICE.name}))
    prompts = root / "prompts"
    with Server(folder, rendered, prompts, numbers, certificate=certificate, accounts=ACCOUNTS) as running:
        yield running


@pytest.fixture(scope="session")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """JsSIP and what a page does with it, in one file."""
    if (problem := jssip.missing()) is not None:
        pytest.skip(problem)
    try:
        return jssip.bundle(tmp_path_factory.mktemp("js"))
    except (OSError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"JsSIP cannot be had: {error}")


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def long_speech(tmp_path: Path) -> Path:
    """Half a minute: a caller who never stops talking by himself."""
    path = tmp_path / "long_speech.wav"
    sound.write_wav(path, sound.speech_like(30, seed=4))
    return path
