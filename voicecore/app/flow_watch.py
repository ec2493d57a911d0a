"""Looks at the files of the flows while the server runs: a changed one is for new calls, a broken one is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import assert_never

import structlog

from voicecore.calls.numbers import Canary, NumberEntry
from voicecore.config.settings import NumberSettings
from voicecore.ivr.flows import FlowLibrary, NotReloaded, Reloaded

LOOK_EVERY_S = 1.0

_log = structlog.get_logger(__name__)


def entry_of(number: NumberSettings) -> NumberEntry:
    """A number of the configuration as calls know it."""
    canary = None if number.canary is None else Canary(number.canary.flow, number.canary.share)
    return NumberEntry(number.match, number.flow, number.args, number.language, canary)


@asynccontextmanager
async def flows_watched(library: FlowLibrary) -> AsyncIterator[None]:
    """While the block runs."""
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(_watch(library))
        try:
            yield
        finally:
            watching.cancel()


async def _watch(library: FlowLibrary) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        for one in await asyncio.to_thread(library.refresh):
            match one:
                case Reloaded(reference, version):
                    _log.info("new version of a flow", flow=reference, version=version)
                case NotReloaded():
                    _log.error(
                        "flow not loaded again: its last version stays", flow=one.reference, fault=str(one)
                    )
                case _:
                    assert_never(one)
