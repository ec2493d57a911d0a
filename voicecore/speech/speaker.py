"""Says a text with the best synthesiser that can do it now."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from voicecore.clock import Instant
from voicecore.errors import Unavailable, UsageError
from voicecore.speech.cache import PromptCache, Rendering
from voicecore.speech.language.tag import canonical
from voicecore.speech.pcm import Pcm
from voicecore.speech.sound_stream import Hear, Part
from voicecore.speech.synthesis import (
    VOICE_NAME,
    EngineDown,
    StreamingSynthesiser,
    Synthesiser,
    speakable,
)

_log = structlog.get_logger(__name__)


class _Resting(Unavailable):
    """It was not asked: it failed a short while ago, which was logged then."""


class _Once:
    """Passes parts on, and knows whether there were any."""

    def __init__(self, hear: Hear) -> None:
        self.heard = False
        self._hear = hear

    def __call__(self, part: Part) -> None:
        self.heard = True
        self._hear(part)


class Speaker:
    """`synthesisers` in order of preference; for a language, those of them that have a voice for it.

    One that is down is passed over for as long as its `EngineDown` says, by the clock `now`; what it rendered
    before is still given from the cache.
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

    def streams(self, language: str, voice: str = "") -> bool:
        """Whether the synthesiser that is asked first gives its sound while it makes it."""
        able = self._voices(canonical(language), voice)
        first = next((one for one, _ in able if not self._rests(one)), None)
        return isinstance(first, StreamingSynthesiser) and first.streams

    async def say(
        self, text: str, language: str, voice: str = "", *, keep: bool = True, hear: Hear | None = None
    ) -> Pcm:
        """The text spoken, from the cache where it was said before.

        `voice` asks for an engine, "flite", or for an engine and one of its voices, "flite/slt"; where that engine
        is not here, does not speak the language, or fails, the others speak. `keep` False: it is for one caller
        alone, and not written to disk. `hear` gets the parts as they come, where the text has to be made and by one
        that streams; once a part was heard, nobody else begins the text anew. Raises Unavailable with everything that
        was tried; UsageError for no text, or one that is too long.
        """
        line, language = speakable(text), canonical(language)
        tried: list[str] = []
        once = None if hear is None else _Once(hear)
        for synthesiser, name in self._voices(language, voice):
            rendering = Rendering(synthesiser.name, name, language, line)
            try:
                if not keep:
                    return await self._render(synthesiser, rendering, once)
                return await self._cache.sound(rendering, partial(self._render, synthesiser, rendering, once))
            except _Resting as error:
                tried.append(f"{synthesiser.name}: {error}")
            except Unavailable as error:
                _log.warning("synthesiser failed", synthesiser=synthesiser.name, reason=str(error))
                tried.append(f"{synthesiser.name}: {error}")
                if once is not None and once.heard:
                    break
        reasons = "; ".join(tried) or "no synthesiser has a voice for it"
        raise Unavailable(f"cannot speak {language}: {reasons}")

    def _voices(self, language: str, wanted: str) -> list[tuple[Synthesiser, str]]:
        """Who is asked, in which order, and with which voice."""
        engine, _, name = wanted.partition("/")
        if name and not VOICE_NAME.fullmatch(name):
            raise UsageError(f"not a voice's name: {name!r}")
        able = [(one, voice) for one in self._synthesisers if (voice := one.voice_for(language)) is not None]
        chosen = [(one, voice) for one, voice in able if one.name == engine]
        named = [(one, name) for one, _ in chosen if name]
        others = [(one, voice) for one, voice in able if one.name != engine]
        return [*named, *chosen, *others]

    def _rests(self, synthesiser: Synthesiser) -> bool:
        return self._now() < self._resting_until.get(synthesiser.name, -math.inf)

    async def _render(self, synthesiser: Synthesiser, rendering: Rendering, hear: Hear | None) -> Pcm:
        if self._rests(synthesiser):
            raise _Resting("failed a short while ago")
        try:
            if hear is not None and isinstance(synthesiser, StreamingSynthesiser):
                return await synthesiser.render(
                    rendering.text, rendering.language, rendering.voice, hear=hear
                )
            return await synthesiser.render(rendering.text, rendering.language, rendering.voice)
        except EngineDown as error:
            self._resting_until[synthesiser.name] = self._now() + error.rest_s
            raise
