"""The API on a real socket in a thread of its own, for clients that block."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import uvloop

from tests.unit.api.site import UNHURRIED, Site, site
from voicecore.api.server import opened, serving
from voicecore.api.settings import ApiSettings
from voicecore.clock import Clock
from voicecore.sip.hop import Address

ANYWHERE = Address("127.0.0.1", 0)


@contextmanager
def served(
    folder: Path, settings: ApiSettings = UNHURRIED, prepare: Callable[[Site], None] = lambda made: None
) -> Iterator[str]:
    """Gives its URL."""
    stop = threading.Event()
    with opened(replace(settings, listen=ANYWHERE)) as place:
        # Not in the thread: FastAPI quiets warnings while it reads routes, and that holds for all threads.
        made = site(folder, replace(settings, listen=place.address), clock=Clock(time.monotonic))
        prepare(made)

        async def serve() -> None:
            async with serving(made.app, place):
                await asyncio.to_thread(stop.wait)

        def run() -> None:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(serve())

        thread = threading.Thread(target=run, name="api")
        thread.start()
        try:
            yield place.url
        finally:
            stop.set()
            thread.join()
