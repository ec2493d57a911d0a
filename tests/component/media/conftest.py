"""A media engine on loopback, and peers made of plain UDP sockets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.component.media.peer import Bench


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench() as bench:
        yield bench
