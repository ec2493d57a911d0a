"""What a flow does beside the line: it asks servers, writes the journal, switches the light of a phone."""

from __future__ import annotations

from collections.abc import Mapping

from voicecore.calls.journal import EventKind
from voicecore.ivr.facts import Facts
from voicecore.ivr.noted import noted
from voicecore.ivr.verbs import fetch
from voicecore.ivr.web.message import MAX_TEXT, WebReply


@noted
class Surroundings(Facts):
    """Verbs that need no answered call, and nobody on the line."""

    async def fetch(
        self,
        url: str,
        *,
        method: str = "POST",
        form: Mapping[str, str] | None = None,
        json: object = None,
        limit: int = MAX_TEXT,
    ) -> WebReply:
        """Asks a web server of `[web] allow`: a form, or JSON. Returns its reply, whatever the status.

        Raises Unavailable where none comes in time, or the URL is not allowed. Needs nobody on the line.
        """
        return await fetch.fetch(self._line, url, method=method, form=form, json=json, limit=limit)

    def recording_url(self, path: str) -> str:
        """Where a recording of this call can be had: below `[web] recordings`, or as a file of this machine.

        Raises UsageError for a path that is no finished recording of it.
        """
        return fetch.recording_url(self._line, path)

    def note(self, text: str) -> None:
        """Writes a line into the call's journal; within `secret` it says `hidden`."""
        self._line.note(EventKind.NOTE, text)

    def message_light(self, account: str, *, new: int, old: int) -> bool:
        """Says how many voice messages wait for an account, and how many it heard; its phones show it (RFC 3842).

        False where there is no such account. The light is kept until the server restarts.
        """
        return self._line.active.services.registry.message_light(account, new, old)
