"""Says a text with the best synthesiser that can do it now."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import structlog

from voicecore.clock import Instant
from voicecore.errors import Unavailable
from voicecore.speech.cache import PromptCache, Rendering
from voicecore.speech.child_program import TooSlow
from voicecore.speech.language.tag import canonical
from voicecore.speech.pcm import Pcm
from voicecore.speech.synthesis import Synthesiser, speakable

_log = structlog.get_logger(__name__)

REST_S: Final = 60.0
"""How long a synthesiser that was too slow is passed over, so that not every caller waits for it in vain."""


class Speaker:
    """`synthesisers` in order of preference; for a language, those of them that have a voice for it.

    One that was too slow is passed over for REST_S seconds of the clock `now`; what it rendered before is
    still given from the cache.
    """

    def __init__(
        self,
        synthesisers: Sequence[Synthesiser],
        cache: PromptCache,
        now: Callable[[], Instant] = time.monotonic,
    ) -> None:
        self._synthesisers = tuple(synthesisers)
        self._cache = cache
        self._now = now
        self._resting_until: dict[str, Instant] = {}

    def speaks(self, language: str) -> bool:
        """Whether any synthesiser has a voice for the language; not whether it is installed."""
        return any(synthesiser.voice_for(language) for synthesiser in self._synthesisers)

    async def say(self, text: str, language: str) -> Pcm:
        """The text spoken, from the cache where it was said before.

        Raises Unavailable with everything that was tried; UsageError for no text, or one that is too long.
        """
        line, language = speakable(text), canonical(language)
        tried: list[str] = []
        for synthesiser in self._synthesisers:
            voice = synthesiser.voice_for(language)
            if voice is None:
                continue
            rendering = Rendering(synthesiser.name, voice, language, line)
            try:
                return await self._cache.sound(rendering, partial(self._render, synthesiser, rendering))
            except Unavailable as error:
                _log.warning("synthesiser failed", synthesiser=synthesiser.name, reason=str(error))
                tried.append(f"{synthesiser.name}: {error}")
        reasons = "; ".join(tried) or "no synthesiser has a voice for it"
        raise Unavailable(f"cannot speak {language}: {reasons}")

    async def _render(self, synthesiser: Synthesiser, rendering: Rendering) -> Pcm:
        if self._now() < self._resting_until.get(synthesiser.name, -math.inf):
            raise Unavailable("was too slow a short while ago")
        try:
            return await synthesiser.render(rendering.text, rendering.language, rendering.voice)
        except TooSlow:
            self._resting_until[synthesiser.name] = self._now() + REST_S
            raise
