"""What holds for every test: async ones run in virtual time, and nothing leaks a task or a socket."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from voicecore import compiled

if os.environ.get("VOICECORE_COMPILED"):  # a run of the tests on what `make fast` made
    assert compiled.use().standing is compiled.Standing.CURRENT, "run `make fast` first"

pytest_plugins = ["voicecore.testing.pytest_plugin", "pytester"]

# A busy machine is no error: only the ones that say how long an example takes are left out.
settings.register_profile("voicecore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("voicecore")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout's top folder."""
    return ROOT


@pytest.fixture
def shared(root: Path) -> Path:
    """Test data beside the checkout, as the project's own machines have it; the test is skipped elsewhere."""
    folder = root.parent / "shared"
    if not folder.is_dir():
        pytest.skip("there is no shared/ beside this checkout")
    return folder


def open_sockets() -> set[str]:
    """The sockets that this process holds open, by the kernel's names for them."""
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:  # the descriptor of the listing itself
            continue
        if target.startswith("socket:"):
            found.add(target)
    return found


@pytest.fixture(autouse=True)
def _no_socket_leaks() -> Iterator[None]:
    before = open_sockets()
    yield
    leaked = open_sockets() - before
    if leaked:
        gc.collect()  # closes what nobody holds; its ResourceWarning names the place
        pytest.fail(f"the test left {len(leaked)} sockets open", pytrace=False)
