"""What we can do, as header fields: one list for OPTIONS, for calls, and for who asked for something else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from voicecore.sip.headers import Field

ACCEPT: Final[Field] = ("Accept", "application/sdp, multipart/mixed")
"""Bodies of calls (RFC 3261, 20.1; RFC 5621, 3.1); see `multipart.py`."""
ACCEPT_ENCODING: Final[Field] = ("Accept-Encoding", "identity")
ACCEPT_LANGUAGE: Final[Field] = ("Accept-Language", "en")
"""Of reason phrases."""


class Abilities:
    """Of one stack, made once: `call` is what responses that make a dialog carry, `all` what OPTIONS is told."""

    def __init__(self, methods: Iterable[str], option_tags: Iterable[str], events: Iterable[str]) -> None:
        self.allow: Field = ("Allow", ", ".join(methods))
        self.supported: Field = ("Supported", ", ".join(option_tags))
        names = ", ".join(events)
        # RFC 6665, 8.2.2: who is no notifier says nothing of it.
        self.events: tuple[Field, ...] = (("Allow-Events", names),) if names else ()
        self.call: tuple[Field, ...] = (self.allow, *self.events)
        self.all: tuple[Field, ...] = (
            self.allow,
            ACCEPT,
            ACCEPT_ENCODING,
            ACCEPT_LANGUAGE,
            self.supported,
            *self.events,
        )
