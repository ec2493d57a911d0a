"""Who understands callers: the recognisers that are configured and installed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from voicecore.config.recognition import RecognitionSettings
from voicecore.speech.recognition.facts import ENGINES
from voicecore.speech.recognition.live import LiveRecogniser
from voicecore.speech.recognition.voice_activity import Detectors, detector_maker

_log = structlog.get_logger(__name__)

DETECTORS_AHEAD = 4
"""Made before the first caller speaks; each takes a tenth of a second."""


def recognisers(settings: RecognitionSettings) -> list[LiveRecogniser]:
    """Those of [speech] recognisers, in its order, installed or not. Nothing is started."""
    detectors = Detectors(detector_maker())
    return [
        LiveRecogniser(
            ENGINES[name],
            {language: str(folder) for language, folder in settings.models.get(name, {}).items()},
            detectors,
            settings.processes,
        )
        for name in settings.recognisers
    ]


@asynccontextmanager
async def running(settings: RecognitionSettings) -> AsyncIterator[Sequence[LiveRecogniser]]:
    """The recognisers that are installed, at work during the block; the others are told in the log."""
    async with AsyncExitStack() as stack:
        working = list[LiveRecogniser]()
        for one in recognisers(settings):
            found = one.available()
            if not found.present:
                _log.error(
                    "recogniser left out", recogniser=one.name, reason=found.detail, remedy=found.remedy
                )
                continue
            await stack.enter_async_context(one.running())
            working.append(one)
        if working:
            await working[0].prepare(DETECTORS_AHEAD)
        yield working
