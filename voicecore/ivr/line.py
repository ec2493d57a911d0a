"""What a verb works with: the caller's leg, the call around it, and the studio. Not for flows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from voicecore.calls.active_call import ActiveCall
from voicecore.calls.inbox import DigitBuffer
from voicecore.calls.journal import EventKind
from voicecore.calls.leg import Leg
from voicecore.calls.media_session import MediaSession, Playout
from voicecore.errors import Unavailable
from voicecore.ivr.prompt import Prompt, describe, flat
from voicecore.ivr.studio import Studio
from voicecore.media.sounds import Sound

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Line:
    """The caller's end of a call, as verbs see it. `language` is the flow's to change."""

    active: ActiveCall
    leg: Leg
    studio: Studio
    language: str
    recordings: int = 0
    voices: dict[str, str] = field(default_factory=dict)
    """The voice that the flow asked for, by language."""

    @property
    def media(self) -> MediaSession:
        return self.leg.media

    @property
    def digits(self) -> DigitBuffer:
        """Keys that were pressed and not taken yet, typed-ahead ones included."""
        return self.leg.media.digits

    @property
    def voice(self) -> str:
        return self.voices.get(self.language, "")

    def note(self, kind: EventKind, detail: str = "") -> None:
        self.active.journal.note(kind, detail)

    async def sounds(self, prompts: Sequence[Prompt]) -> list[Sound]:
        """One that cannot be had is left out, noted and logged: the call goes on."""
        found: list[Sound] = []
        for prompt in flat(prompts):
            try:
                found.extend(await self.studio.sounds(prompt, self.language, self.voice))
            except Unavailable as error:
                self.note(EventKind.DEGRADED, f"not played: {describe(prompt)}")
                _log.error("prompt not played", call=self.active.id, error=str(error))
        return found

    async def start(self, prompts: Sequence[Prompt]) -> Playout | None:
        """Begins to play the prompts, one after the other without a gap. None when there is nothing to play."""
        sounds = await self.sounds(prompts)
        if not sounds or self.leg.is_over:
            return None
        self.note(EventKind.PROMPT, ", ".join(map(describe, flat(prompts))))
        return self.media.play(sounds)

    def next_recording(self, kind: str) -> str:
        self.recordings += 1
        now = self.active.services.clock.wall()
        return self.studio.recording_path(self.active.id, kind, self.recordings, now)
