"""Sound files of web servers, fetched once a call."""

from __future__ import annotations

from voicecore.errors import Unavailable
from voicecore.ivr.call import Call
from voicecore.ivr.prompt import AudioData
from voicecore.ivr.web.message import MAX_SOUND
from voicecore.ivr.web.rules import shown

MAX_KEPT = 20
"""Sounds kept of one call; when there are more, the oldest is fetched again."""


class WebSounds:
    def __init__(self, call: Call) -> None:
        self._call = call
        self._kept: dict[str, AudioData] = {}

    async def get(self, url: str) -> AudioData | None:
        """None for one that cannot be had: the journal says why, and the call goes on without."""
        if url not in self._kept:
            try:
                reply = await self._call.fetch(url, method="GET", limit=MAX_SOUND)
            except Unavailable:
                return None
            if not reply.is_good:
                return None
            if len(self._kept) >= MAX_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[url] = AudioData(reply.body, shown(url))
        return self._kept[url]
