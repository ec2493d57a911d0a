"""What a verb works with: the caller's leg, the call around it, and the studio. Not for flows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Protocol

import structlog

from voicecore.calls.active_call import ActiveCall
from voicecore.calls.inbox import DigitBuffer
from voicecore.calls.journal import EventKind
from voicecore.calls.leg import Leg
from voicecore.calls.media_session import MediaSession
from voicecore.calls.playout import Playout
from voicecore.calls.recording import Recording
from voicecore.clock import Instant
from voicecore.errors import Unavailable
from voicecore.ivr.options import NONE, Universal
from voicecore.ivr.prompt import Prompt, describe, flat
from voicecore.ivr.studio import Studio
from voicecore.ivr.web.message import NoWeb, Web
from voicecore.media.engine import RecordingLayout
from voicecore.media.sounds import Sound
from voicecore.store.records import MarkField

_log = structlog.get_logger(__name__)


class Tape(Protocol):
    """A recording of the call."""

    def mask(self) -> None: ...
    def unmask(self) -> None: ...
    def mark(self, text: str, fields: Mapping[str, MarkField]) -> None: ...
    def joined(self, party: Leg) -> None: ...


@dataclass(slots=True)
class Line:
    """One party's end of a call, as verbs see it. `language` is the flow's to change."""

    active: ActiveCall
    leg: Leg
    studio: Studio
    language: str
    universal: Universal = NONE
    """Options that every question has."""
    tapes: list[Tape] = field(default_factory=list)
    """What is being recorded of the whole call, whichever party it is of."""
    recording_numbers: Iterator[int] = field(default_factory=lambda: count(1))
    voices: dict[str, str] = field(default_factory=dict)
    """The voice that the flow asked for, by language."""
    web: Web = field(default_factory=NoWeb)

    def of(self, party: Leg) -> Line:
        """The end of another party of the same call, which has none of this one's options."""
        return Line(
            self.active,
            party,
            self.studio,
            self.language,
            tapes=self.tapes,
            recording_numbers=self.recording_numbers,
            web=self.web,
        )

    @property
    def now(self) -> datetime:
        return self.active.services.clock.wall()

    @property
    def is_secret(self) -> bool:
        """Whether what the caller presses must not be kept anywhere."""
        return self.active.journal.is_secret

    @property
    def media(self) -> MediaSession:
        return self.leg.media

    @property
    def digits(self) -> DigitBuffer:
        """Keys that were pressed and not taken yet, typed-ahead ones included."""
        return self.leg.media.digits

    @property
    def country(self) -> str:
        """Whose call-progress tones the party's network makes (ISO 3166 code), as far as is known."""
        return self.leg.identity.country or self.active.services.country

    @property
    def voice(self) -> str:
        return self.voices.get(self.language, "")

    def note(self, kind: EventKind, detail: str = "") -> None:
        self.active.journal.note(kind, detail)

    async def sounds(self, prompts: Sequence[Prompt]) -> list[Sound]:
        """One that cannot be had is left out, noted and logged: the call goes on."""
        found: list[Sound] = []
        log = self.active.flow_log
        for prompt in flat(prompts):
            try:
                sounds = await self.studio.sounds(prompt, self.language, self.voice)
                found.extend(sounds)
                if log is not None:
                    log.spoken(describe(prompt), sum(sound.duration_ms for sound in sounds))
            except Unavailable as error:
                self.note(EventKind.DEGRADED, f"not played: {describe(prompt)}")
                problem = "hidden" if self.is_secret else str(error)  # it may name what was to be read back
                _log.error("prompt not played", call=self.active.id, error=problem)
        return found

    async def start(self, prompts: Sequence[Prompt], *, until_key: bool = False) -> Playout | None:
        """Begins to play the prompts, one after the other without a gap. None when there is nothing to play."""
        return self.begin(await self.sounds(prompts), prompts, until_key=until_key)

    def begin(
        self, sounds: Sequence[Sound], prompts: Sequence[Prompt], *, until_key: bool = False
    ) -> Playout | None:
        """The same with sounds that were made. `prompts` are noted; none, where they were noted before."""
        if not sounds or self.leg.is_over:
            return None
        if prompts:
            self.note(EventKind.PROMPT, ", ".join(map(describe, flat(prompts))))
        return self.media.play(sounds, until_key=until_key)

    def begin_recording(
        self, kind: str, layout: RecordingLayout, *, of: Leg | None = None, since: Instant | None = None
    ) -> Recording:
        """A new file, of this leg or another one. `kind` is in its name; `since` as in `MediaSession.record`."""
        studio, leg = self.studio, of or self.leg
        path = studio.recording_path(self.active.id, kind, next(self.recording_numbers), self.now)
        self.note(EventKind.RECORDING_STARTED, path)
        places = studio.places
        return leg.media.record(
            path,
            layout=layout,
            format=places.recording_format,
            highest_rate=places.recording_rate,
            since=since,
        )
